import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stageName } from '../../../electron/engine/files/copying.ts';
import type { CopyEvent, FileEntry } from '../../../shared/contract/files.ts';
import { missingRequirements } from '../../hosts/debian.ts';
import { copyingClient } from '../copying-client.ts';

const sha = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe.skipIf(missingRequirements().length > 0)('files of a server', () => {
  const at = copyingClient();
  const { run, get, put, sh } = at;
  const parts = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.part'));

  it('lists a folder as the account sees it, and names what is not there or not allowed', async () => {
    await sh(
      'install -d -o deploy /home/deploy/list/in && echo hello > /home/deploy/list/a.txt && chmod 640 /home/deploy/list/a.txt && ln -s a.txt /home/deploy/list/b && mkfifo /home/deploy/list/pipe && touch "$(printf \'/home/deploy/list/odd\\342\\200\\256\')"',
    );
    const listed = await run('files.list', { host: 'box', path: 'list' });
    expect(listed).toMatchObject({
      ok: true,
      value: {
        path: '/home/deploy/list',
        kind: 'folder',
        entries: [
          { name: 'a.txt', kind: 'file', size: 6, mode: '0640', owner: 'root', group: 'root', target: null, sayable: true },
          { name: 'b', kind: 'link', target: 'a.txt', leadsTo: 'file' },
          { name: 'in', kind: 'folder' },
          { name: 'odd\u202e', kind: 'file', sayable: false },
          { name: 'pipe', kind: 'other' },
        ],
      },
    });
    // The same without find on the server, but for what only find says.
    await sh('chmod 700 /usr/bin/find');
    const without = await run('files.list', { host: 'box', path: 'list' }).finally(() => sh('chmod 755 /usr/bin/find'));
    const facts = (answer: unknown) =>
      (answer as { value: { path: string; entries: FileEntry[] } }).value.entries.map(({ owner: _o, group: _g, target: _t, leadsTo: _l, ...rest }) => rest);
    expect(facts(without)).toEqual(facts(listed));
    expect(await run('files.list', { host: 'box', path: 'list/a.txt' })).toMatchObject({
      ok: true,
      value: { path: '/home/deploy/list/a.txt', kind: 'file', entries: [{ name: 'a.txt', kind: 'file' }] },
    });
    expect(await run('files.list', { host: 'box', path: 'list/in/../nothing' })).toMatchObject({ ok: false, failure: { problem: 'not-found', field: 'path' } });
    expect(await run('files.list', { host: 'box', path: '/root' })).toMatchObject({ ok: false, failure: { problem: 'denied', field: 'path' } });
  });

  it('reads the text of a small file, and says of others what they are', async () => {
    await sh(
      'cd /home/deploy && printf "größe = 1\\n" > a.ini && head -c 2000000 /dev/zero > large && printf "a\\000b" > binary && printf "a\\r\\nb\\r\\n" > dos.ini && printf "a = \\342\\200\\2561\\n" > trojan.py && printf "\\377" > latin && : > empty && mkfifo p',
    );
    const read = async (path: string) => run('files.read', { host: 'box', path });
    expect(await read('a.ini')).toMatchObject({ ok: true, value: { text: 'größe = 1\n', size: 12, hidden: false, why: null } });
    expect(await read('dos.ini')).toMatchObject({ ok: true, value: { text: 'a\nb\n', size: 6, hidden: false } });
    expect(await read('trojan.py')).toMatchObject({ ok: true, value: { text: 'a = \u202e1\n', hidden: true } });
    expect(await read('large')).toMatchObject({ ok: true, value: { text: null, size: 2_000_000, why: 'large' } });
    for (const path of ['binary', 'latin']) expect(await read(path)).toMatchObject({ ok: true, value: { text: null, why: 'binary' } });
    expect(await read('empty')).toMatchObject({ ok: true, value: { text: '', size: 0 } });
    expect(await read('/proc/self/status')).toMatchObject({ ok: true, value: { text: expect.stringContaining('Name:') } });
    for (const path of ['p', '/dev/zero', '/home']) expect(await read(path)).toMatchObject({ ok: false, failure: { problem: 'invalid', field: 'path' } });
    expect(await read('/etc/shadow')).toMatchObject({ ok: false, failure: { problem: 'denied' } });
    expect(await read('none')).toMatchObject({ ok: false, failure: { problem: 'not-found' } });
  });

  it('brings a folder there and back byte for byte, with permissions and times, and leaves links', async () => {
    const site = join(at.here, 'site');
    mkdirSync(join(site, 'deep/er'), { recursive: true });
    writeFileSync(join(site, 'run me.sh'), '#!/bin/sh\n');
    chmodSync(join(site, 'run me.sh'), 0o750);
    writeFileSync(join(site, 'deep/er/-rf'), randomBytes(300_000));
    writeFileSync(join(site, 'empty'), '');
    symlinkSync('/etc/shadow', join(site, 'way out'));
    const notes: CopyEvent[] = [];
    expect(await put(site, '/home/deploy', {}, undefined, (event) => notes.push(event as CopyEvent))).toMatchObject({
      ok: true,
      value: { to: '/home/deploy/site', files: 3, left: 1, resumed: 0 },
    });
    expect(notes).toContainEqual({ type: 'note', text: expect.stringContaining('way out') });
    expect(await sh("cd /home/deploy/site && stat -c '%a %U' 'run me.sh' && find . -name '*.part' | wc -l && find . -type l | wc -l")).toBe('750 deploy\n0\n0');

    await sh('ln -s /etc /home/deploy/site/etc');
    rmSync(site, { recursive: true });
    expect(await get('site')).toMatchObject({ ok: true, value: { to: site, files: 3, left: 1 } });
    expect(readdirSync(site).sort()).toEqual(['deep', 'empty', 'run me.sh']);
    expect(statSync(join(site, 'run me.sh')).mode & 0o777).toBe(0o750);
    expect(sha(readFileSync(join(site, 'deep/er/-rf')))).toBe((await sh('sha256sum /home/deploy/site/deep/er/-rf')).slice(0, 64));
    expect(Math.floor(statSync(join(site, 'empty')).mtimeMs / 1000)).toBe(Number(await sh('stat -c %Y /home/deploy/site/empty')));
  });

  it('brings folders of small files there and back the same way with tar and find on the server as without, and goes on where that was cut', async () => {
    const many = join(at.here, 'many');
    const names = ['-C', '--owner=x', 'line\nbreak', 'späte Grüße', `${'long'.repeat(50)}.txt`, ' lead', "quote'", '$(id)', '\\0'];
    for (let group = 0; group < 40; group++) {
      mkdirSync(join(many, `in ${group}`), { recursive: true });
      for (let file = 0; file < 50; file++) writeFileSync(join(many, `in ${group}`, `${file}`), `${group} ${file}\n`.repeat(file));
    }
    for (const name of names) writeFileSync(join(many, name), name);
    chmodSync(join(many, '-C'), 0o751);
    utimesSync(join(many, '-C'), 1_000_000_000, 1_000_000_000);
    writeFileSync(join(many, 'large'), randomBytes(3 << 20));
    const sums = (where: string) =>
      `cd ${where} && find . -type f -exec stat -c '%n %a %Y' {} + | sort -z | sha256sum && find . -type f -print0 | sort -z | xargs -0 cat | sha256sum`;
    const wanted = execFileSync('sh', ['-c', sums(many)])
      .toString()
      .trim();
    const roundTrip = async () => {
      await sh('rm -rf /home/deploy/many');
      expect(await put(many, '/home/deploy')).toMatchObject({ ok: true, value: { files: 2010, left: 0 } });
      expect(await sh(sums('/home/deploy/many'))).toBe(wanted);
      expect(await sh("find /home/deploy/many ! -user deploy | wc -l; ls -A /home/deploy | grep -c '^.forgeboard' || true")).toBe('0\n0');
      const down = mkdtempSync(join(at.here, 'down-'));
      expect(await get('many', { into: at.forgeboard.openFolder(down) })).toMatchObject({ ok: true, value: { files: 2010, left: 0 } });
      expect(
        execFileSync('sh', ['-c', sums(join(down, 'many'))])
          .toString()
          .trim(),
      ).toBe(wanted);
      expect(parts(down)).toEqual([]);
    };
    await roundTrip();
    // Only root runs them now: the account gets none of the streams.
    await sh('chmod 700 /usr/bin/tar /usr/bin/find');
    await roundTrip().finally(() => sh('chmod 755 /usr/bin/tar /usr/bin/find'));
    // Whoever guesses the name under which a folder arrives neither sees what comes nor leads it away.
    await sh('rm -rf /home/deploy/many && install -d -m 1777 /srv/shared');
    const sharedStage = `/srv/shared/${stageName(many, '/srv/shared/many')}`;
    for (const trap of [`install -d -m 777 -o nobody ${sharedStage}`, `ln -sfn /home/deploy ${sharedStage}`]) {
      await sh(`rm -rf ${sharedStage} && ${trap}`);
      expect(await put(many, '/srv/shared')).toMatchObject({ ok: false, failure: { problem: 'conflict', field: 'path', message: expect.stringContaining('somebody else') } });
    }
    expect(await sh('ls -A /home/deploy | grep -c "^in " || true')).toBe('0');
    const localStage = join(at.here, stageName('/home/deploy/list', 'list'));
    symlinkSync(at.home, localStage);
    expect(await get('list')).toMatchObject({ ok: false, failure: { problem: 'conflict', field: 'into' } });
    rmSync(localStage);
    // What a copy that was cut leaves: some files whole, one begun.
    const cut = new AbortController();
    await sh('rm -rf /home/deploy/many');
    const stages = async () => Number(await sh('find /home/deploy/.forgeboard-*.part -type f 2>/dev/null | wc -l'));
    const cutting = put(many, '/home/deploy', {}, cut.signal);
    while ((await stages()) < 300) await new Promise((resolve) => setTimeout(resolve, 5));
    cut.abort();
    expect(await cutting).toMatchObject({ ok: false, failure: { problem: 'cancelled' } });
    expect(await sh('test -e /home/deploy/many || echo none')).toBe('none');
    await sh('cd /home/deploy/.forgeboard-*.part && truncate -s 1 "$(find . -type f -size +0 | head -1)"');
    const again = await put(many, '/home/deploy');
    expect(again).toMatchObject({ ok: true, value: { files: 2010 } });
    expect((again as { value: { resumed: number } }).value.resumed).toBeGreaterThan(10_000);
    expect(await sh(sums('/home/deploy/many'))).toBe(wanted);
  });

  it('replaces nothing unless that is said', async () => {
    const file = join(at.here, 'note.txt');
    writeFileSync(file, 'mine');
    await sh('echo theirs > /home/deploy/note.txt && chown deploy /home/deploy/note.txt');
    expect(await put(file, '/home/deploy')).toMatchObject({ ok: false, failure: { problem: 'exists', field: 'path' } });
    expect(await get('/home/deploy/note.txt')).toMatchObject({ ok: false, failure: { problem: 'exists', field: 'into' } });
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect(await sh('cat /home/deploy/note.txt')).toBe('theirs');
    expect(await put(file, '/home/deploy', { overwrite: true })).toMatchObject({ ok: true });
    expect(await sh('cat /home/deploy/note.txt')).toBe('mine');
  });

  it('goes on where a cut copy stopped, both ways, and what was there is whole until then', async () => {
    const large = join(at.here, 'large.bin');
    writeFileSync(large, randomBytes(120 << 20));
    const wanted = sha(readFileSync(large));
    const cutAt = async (work: (signal: AbortSignal) => Promise<unknown>, isHalf: () => Promise<boolean>) => {
      const controller = new AbortController();
      const cut = work(controller.signal);
      while (!(await isHalf())) await new Promise((resolve) => setTimeout(resolve, 5));
      controller.abort();
      expect(await cut).toMatchObject({ ok: false, failure: { problem: 'cancelled' } });
    };
    await sh('echo old > /home/deploy/large.bin && chown deploy /home/deploy/large.bin');
    await cutAt(
      (signal) => put(large, '/home/deploy', { overwrite: true }, signal),
      async () => Number(await sh('stat -c %s /home/deploy/.forgeboard-*.part 2>/dev/null || echo 0')) > 16 << 20,
    );
    expect(await sh('cat /home/deploy/large.bin')).toBe('old');
    const again = await put(large, '/home/deploy', { overwrite: true });
    expect(again).toMatchObject({ ok: true, value: { files: 1, bytes: 120 << 20 } });
    expect((again as { value: { resumed: number } }).value.resumed).toBeGreaterThan(8 << 20);
    expect((await sh('sha256sum /home/deploy/large.bin')).slice(0, 64)).toBe(wanted);

    rmSync(large);
    await cutAt(
      (signal) => get('large.bin', {}, signal),
      async () => parts(at.here).some((name) => statSync(join(at.here, name)).size > 16 << 20),
    );
    expect(existsSync(large)).toBe(false);
    const back = await get('large.bin');
    expect(back).toMatchObject({ ok: true });
    expect((back as { value: { resumed: number } }).value.resumed).toBeGreaterThan(8 << 20);
    expect(sha(readFileSync(large))).toBe(wanted);
    expect(parts(at.here)).toEqual([]);
  });

  it('says that a folder may not be written, and leaves nothing half done', async () => {
    const file = join(at.here, 'a.txt');
    writeFileSync(file, 'a');
    expect(await put(file, '/etc')).toMatchObject({ ok: false, failure: { problem: 'denied', field: 'path' } });
    expect(await put(file, '/etc/hostname')).toMatchObject({ ok: false, failure: { problem: 'not-found', field: 'path' } });
    expect(await put(join(at.here, 'none'), '/home/deploy')).toMatchObject({ ok: false, failure: { problem: 'unreadable', field: 'from' } });
  });

  it('says that the disk is full, and goes on when there is room', async () => {
    await sh('mkdir -p /mnt/small && mount -t tmpfs -o size=4m,mode=1777 none /mnt/small');
    const file = join(at.here, 'big.bin');
    writeFileSync(file, randomBytes(8 << 20));
    const full = await put(file, '/mnt/small');
    expect(full).toMatchObject({ ok: false, failure: { field: 'path' } });
    expect((full as { failure: { hint: string } }).failure.hint).toContain('disk full');
    await sh('mount -o remount,size=32m /mnt/small');
    expect(await put(file, '/mnt/small')).toMatchObject({ ok: true });
    expect((await sh('sha256sum /mnt/small/big.bin')).slice(0, 64)).toBe(sha(readFileSync(file)));
  });

  it('makes folders, renames and deletes, never over something and never through a link', async () => {
    await sh(
      'install -d -o deploy /home/deploy/own /home/deploy/own/sub && echo a > /home/deploy/own/a && echo b > /home/deploy/own/sub/b && mkdir /home/kept && echo kept > /home/kept/file && ln -s /home/kept /home/deploy/own/sub/out && chown -R deploy /home/deploy/own /home/kept',
    );
    const change = (name: string, input: object, answer?: boolean) => {
      const asked: unknown[] = [];
      return at.forgeboard
        .dispatch(
          `files.${name}`,
          { host: 'box', ...input },
          { actor: { name: 'ana', role: 'admin' }, emit: () => {}, ask: async (question) => (asked.push(question), answer), signal: never },
        )
        .then((outcome) => ({ outcome, asked }));
    };
    const never = new AbortController().signal;
    expect((await change('mkdir', { path: 'own/new one' })).outcome).toMatchObject({ ok: true, value: { made: '/home/deploy/own/new one' } });
    expect((await change('mkdir', { path: 'own/new one' })).outcome).toMatchObject({ ok: false, failure: { problem: 'exists', field: 'path' } });
    expect((await change('mkdir', { path: '/etc/new' })).outcome).toMatchObject({ ok: false, failure: { problem: 'denied' } });
    expect((await change('move', { from: 'own/a', to: 'own/sub/b' })).outcome).toMatchObject({ ok: false, failure: { problem: 'exists', field: 'to' } });
    expect((await change('move', { from: 'own/none', to: 'own/c' })).outcome).toMatchObject({ ok: false, failure: { problem: 'not-found', field: 'from' } });
    expect((await change('move', { from: 'own/a', to: 'own/new one/a' })).outcome).toMatchObject({ ok: true });
    expect((await change('remove', { path: 'own' })).outcome).toMatchObject({ ok: false, failure: { problem: 'needs-input' } });
    const kept = await change('remove', { path: 'own' }, false);
    expect(kept.outcome).toMatchObject({ ok: false, failure: { problem: 'cancelled', message: '/home/deploy/own was kept' } });
    expect(kept.asked).toMatchObject([
      { kind: 'confirm', text: 'Delete /home/deploy/own on box? This cannot be undone.', lines: ['With all that is in it: 3 files in 3 folders.'] },
    ]);
    for (const path of ['/', '/home', '/home/deploy/../../etc'])
      expect((await change('remove', { path, yes: true })).outcome).toMatchObject({ ok: false, failure: { problem: 'invalid', field: 'path' } });
    expect((await change('remove', { path: 'own', yes: true })).outcome).toMatchObject({ ok: true, value: { removed: '/home/deploy/own', files: 3, folders: 3 } });
    expect(await sh('ls -A /home/deploy/own 2>&1 | grep -c . ; cat /home/kept/file')).toBe('1\nkept');
    await sh('ln -s /home/kept /home/deploy/link && chown -h deploy /home/deploy/link');
    expect((await change('remove', { path: 'link', yes: true })).outcome).toMatchObject({ ok: true, value: { removed: '/home/deploy/link', files: 1, folders: 0 } });
    expect(await sh('cat /home/kept/file')).toBe('kept');
  });

  it('leaves no channel behind: a hundred listings find room', async () => {
    for (let round = 0; round < 100; round++) expect(await run('files.list', { host: 'box', path: '.' })).toMatchObject({ ok: true });
  });

  it('says that a server gives out no files; what lies there is still seen', async () => {
    await sh("sed -i 's/^Subsystem/#Subsystem/' /etc/ssh/sshd_config && systemctl reload ssh");
    await at.host.resetConnections();
    const refused = { ok: false, failure: { problem: 'unsupported', message: expect.stringContaining('SFTP') } };
    expect(await run('files.read', { host: 'box', path: 'a.ini' })).toMatchObject(refused);
    expect(await get('list')).toMatchObject(refused);
    expect(await run('files.list', { host: 'box', path: 'list' })).toMatchObject({ ok: true, value: { path: '/home/deploy/list' } });
    // Nor to an account that may do nothing but transfer files, of whose commands sshd makes nothing.
    await sh(
      "sed -i 's/^#Subsystem/Subsystem/' /etc/ssh/sshd_config && printf 'Match User deploy\\n  ForceCommand internal-sftp\\n' >> /etc/ssh/sshd_config && systemctl reload ssh",
    );
    await at.host.resetConnections();
    for (const path of ['.', 'list'])
      expect(await run('files.list', { host: 'box', path })).toMatchObject({ ok: true, value: { path: path === '.' ? '/home/deploy' : '/home/deploy/list' } });
    expect(await get('a.ini')).toMatchObject({ ok: true, value: { files: 1 } });
  });
});
