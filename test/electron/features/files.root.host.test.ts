import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { partName, stageName } from '../../../electron/engine/files/copying.ts';
import { forge, type Forge } from '../../../electron/forge.ts';
import type { FileEntry } from '../../../shared/contract/files.ts';
import { Secret } from '../../../shared/secret.ts';
import { missingRequirements } from '../../hosts/debian.ts';
import { bootHost, deployPassword, type TestHost } from '../../hosts/host.ts';

/** deploy may use sudo with its password, ops without one, and guest not at all. */
describe.skipIf(missingRequirements().length > 0)('files of a server as root', () => {
  let host: TestHost;
  let forgeboard: Forge;
  let here: string;
  let passwords: string[];
  let asked: string[];
  const home = mkdtempSync(join(tmpdir(), 'forgeboard-root-files-'));

  const run = (name: string, input: object, signal = new AbortController().signal) =>
    forgeboard.dispatch(name, input, {
      actor: { name: 'ana', role: 'admin' },
      emit: () => {},
      ask: async ({ kind }) => {
        asked.push(kind);
        const password = passwords.shift();
        return kind === 'confirm' ? true : password === undefined ? undefined : new Secret(password);
      },
      signal,
    });
  const as = (user: string, name: string, input: object, signal?: AbortSignal) => run(`files.${name}`, { host: user, sudo: true, ...input }, signal);
  const put = (from: string, path: string, more: object = {}, signal?: AbortSignal) => as('ops', 'put', { from: forgeboard.openFolder(from), path, ...more }, signal);
  const sh = async (script: string) => (await host.run(['sh', '-c', script])).stdout.trim();

  beforeAll(async () => {
    host = await bootHost({ image: 'base' });
    await sh(
      'useradd --create-home --shell /bin/bash guest && install -d -m 700 -o guest /home/guest/.ssh && install -m 600 -o guest /home/ops/.ssh/authorized_keys /home/guest/.ssh/',
    );
    forgeboard = forge({ home, log: () => {} });
    passwords = [];
    asked = [];
    for (const user of ['deploy', 'ops', 'guest'])
      expect(
        await run('hosts.add', { name: user, address: `${user}@${host.address}:${host.port}`, identity: host.identity, fingerprint: await host.hostKeyFingerprint() }),
      ).toMatchObject({ ok: true });
  });
  beforeEach(() => {
    here = mkdtempSync(join(home, 'here-'));
    passwords = [];
    asked = [];
  });
  afterAll(async () => {
    forgeboard?.close();
    await host?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  it('are seen and read, from the home of the account on, and not without the switch', async () => {
    await sh('install -d -m 700 /root/kept && echo secret > /root/kept/note && ln -s note /root/kept/link && echo mine > /home/ops/mine');
    expect(await run('files.list', { host: 'ops', path: '/root/kept' })).toMatchObject({ ok: false, failure: { problem: 'denied', hint: expect.stringContaining('--sudo') } });
    expect(await as('ops', 'list', { path: '/root/kept' })).toMatchObject({
      ok: true,
      value: {
        path: '/root/kept',
        kind: 'folder',
        entries: [
          { name: 'link', kind: 'link', target: 'note', leadsTo: 'file' },
          { name: 'note', owner: 'root', size: 7 },
        ],
      },
    });
    const listed = await as('ops', 'list', {});
    expect(listed).toMatchObject({ ok: true, value: { path: '/home/ops' } });
    expect((listed as { value: { entries: FileEntry[] } }).value.entries.map(({ name }) => name)).toContain('mine');
    expect(await as('ops', 'list', { path: '/root/kept/note' })).toMatchObject({ ok: true, value: { path: '/root/kept/note', kind: 'file' } });
    expect(await as('ops', 'list', { path: '/root/none' })).toMatchObject({ ok: false, failure: { problem: 'not-found', field: 'path' } });
    expect(await as('ops', 'read', { path: '/root/kept/note' })).toMatchObject({ ok: true, value: { text: 'secret\n' } });
    expect(await as('ops', 'read', { path: 'mine' })).toMatchObject({ ok: true, value: { text: 'mine\n' } });
    expect(await run('files.read', { host: 'ops', path: '/root/kept/note' })).toMatchObject({ ok: false });
    expect(asked).toEqual([]);
  });

  it('ask for the password of sudo once, and say where sudo is refused or not there', async () => {
    passwords = ['wrong', deployPassword];
    expect(await as('deploy', 'list', { path: '/root' })).toMatchObject({ ok: true, value: { path: '/root' } });
    expect(asked).toEqual(['sudo-password', 'sudo-password']);
    expect(await as('deploy', 'read', { path: '/root/kept/note' })).toMatchObject({ ok: true });
    expect(asked).toHaveLength(2);
    expect(await as('guest', 'list', { path: '/root' })).toMatchObject({ ok: false, failure: { problem: 'needs-input' } });
    passwords = ['x', 'x'];
    expect(await as('guest', 'read', { path: '/root/kept/note' })).toMatchObject({ ok: false, failure: { problem: 'sudo-failed' } });
    await sh('mv /usr/bin/sudo /usr/bin/sudo.away');
    const without = await as('ops', 'list', { path: '/root' }).finally(() => sh('mv /usr/bin/sudo.away /usr/bin/sudo'));
    expect(without).toMatchObject({ ok: false, failure: { problem: 'missing-requirement', message: 'the host has no sudo, and ops is not root' } });
  });

  it('go there and back whole, many and large; new ones are root’s, and one that is replaced keeps its owner and permissions', async () => {
    const site = join(here, 'site');
    mkdirSync(join(site, 'deep'), { recursive: true });
    for (let file = 0; file < 300; file++) writeFileSync(join(site, 'deep', `${file}`), `${file}\n`, { mode: 0o644 });
    writeFileSync(join(site, 'large'), randomBytes(12 << 20));
    expect(await put(site, '/opt')).toMatchObject({ ok: true, value: { to: '/opt/site', files: 301 } });
    expect(await sh("find /opt/site ! -user root -o ! -group root | wc -l; stat -c '%a' /opt/site/deep/7; find /opt -name '*.part' | wc -l")).toBe('0\n644\n0');
    expect(await as('ops', 'get', { path: '/opt/site', into: forgeboard.openFolder(join(here, 'site', 'deep')) })).toMatchObject({ ok: true, value: { files: 301 } });
    expect(readFileSync(join(site, 'deep/site/large')).equals(readFileSync(join(site, 'large')))).toBe(true);
    expect(readFileSync(join(site, 'deep/site/deep/299'), 'utf8')).toBe('299\n');

    await sh('cd /opt/site/deep && rm -f 2?? && chown deploy 7 && chmod 600 7 && touch kept');
    expect(await put(site, '/opt', { overwrite: true })).toMatchObject({ ok: true, value: { files: 602 } });
    expect(await sh("cd /opt/site/deep && cat 7 && stat -c '%a %U' 7 8 250 && ls kept && find /opt -name '*.part' | wc -l")).toBe('7\n600 deploy\n644 root\n644 root\nkept\n0');

    const file = join(here, 'app.conf');
    const large = join(here, 'app.bin');
    writeFileSync(file, 'new\n', { mode: 0o644 });
    writeFileSync(large, randomBytes(1 << 20), { mode: 0o755 });
    await sh('install -d -o deploy /srv/app && cd /srv/app && for name in app.conf app.bin; do echo old > $name && chown deploy:ops $name && chmod 4640 $name; done');
    for (const one of [file, large]) {
      expect(await put(one, '/srv/app')).toMatchObject({ ok: false, failure: { problem: 'exists' } });
      expect(await put(one, '/srv/app', { overwrite: true })).toMatchObject({ ok: true });
    }
    expect(await sh("cat /srv/app/app.conf; stat -c '%a %U:%G %s' /srv/app/app.conf /srv/app/app.bin")).toBe(`new\n640 deploy:ops 4\n640 deploy:ops ${1 << 20}`);
  });

  it('are made, renamed and deleted', async () => {
    expect(await run('files.mkdir', { host: 'ops', path: '/opt/new' })).toMatchObject({ ok: false, failure: { problem: 'denied' } });
    expect(await as('ops', 'mkdir', { path: '/opt/new' })).toMatchObject({ ok: true });
    expect(await sh('stat -c "%a %U" /opt/new')).toBe('755 root');
    expect(await as('ops', 'move', { from: '/opt/new', to: '/opt/newer' })).toMatchObject({ ok: true });
    await sh('mkdir -p /opt/newer/a/b && touch /opt/newer/a/b/c && mkdir /opt/kept && touch /opt/kept/file && ln -s /opt/kept /opt/newer/a/out');
    expect(await as('ops', 'remove', { path: '/opt' })).toMatchObject({ ok: false, failure: { problem: 'invalid' } });
    expect(await as('ops', 'remove', { path: '/opt/newer' })).toMatchObject({ ok: true, value: { removed: '/opt/newer', files: 2, folders: 3 } });
    expect(asked).toEqual(['confirm']);
    expect(await sh('ls /opt/newer 2>&1 | grep -c cannot; ls /opt/kept')).toBe('1\nfile');
  });

  it('are not led elsewhere by whoever may write the folder too', async () => {
    await sh('install -d -o guest /srv/theirs && echo untouched > /etc/target');
    const file = join(here, 'a.txt');
    writeFileSync(file, randomBytes(300_000));
    const facts = { from: file, to: '', size: 300_000, mode: 0, modified: Math.floor(statSync(file).mtimeMs / 1000) };
    const part = `/srv/theirs/${partName('a.txt', facts)}`;
    for (const trap of [`ln -s /etc/target ${part}`, `install -o guest /dev/null ${part}`]) {
      await sh(`rm -f /srv/theirs/a.txt ${part} && ${trap}`);
      expect(await put(file, '/srv/theirs')).toMatchObject({ ok: true, value: { resumed: 0 } });
      expect(await sh("stat -c '%U %s' /srv/theirs/a.txt; cat /etc/target")).toBe('root 300000\nuntouched');
    }
    const many = join(here, 'many');
    mkdirSync(many);
    for (let at = 0; at < 50; at++) writeFileSync(join(many, `${at}`), `${at}`);
    const stage = `/srv/theirs/${stageName(many, '/srv/theirs/many')}`;
    for (const trap of [`ln -s /etc ${stage}`, `install -d -o guest ${stage}`]) {
      await sh(`rm -rf ${stage} && ${trap}`);
      expect(await put(many, '/srv/theirs')).toMatchObject({ ok: false, failure: { problem: 'conflict', field: 'path' } });
    }
    expect(await sh('ls /etc/7 2>&1 | grep -c cannot')).toBe('1');
  });

  it('need no more than the rule for the kit, on a server that was prepared', async () => {
    expect(await run('hosts.prepare', { name: 'ops', yes: true })).toMatchObject({ ok: true });
    await sh('rm /etc/sudoers.d/ops');
    expect(await as('ops', 'list', { path: '/root/kept' })).toMatchObject({ ok: true, value: { path: '/root/kept' } });
  });
});
