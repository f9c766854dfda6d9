import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { forge } from '../../electron/forge.ts';
import type { Failure } from '../../shared/errors.ts';
import { Secret } from '../../shared/secret.ts';
import { connect, findHostKey } from '../../electron/ssh/connect.ts';
import type { Connection } from '../../electron/ssh/connection.ts';
import { openConnections } from '../../electron/ssh/connections.ts';
import { noCredentials } from '../../electron/ssh/credentials.ts';
import type { HostKey } from '../../electron/ssh/host-key.ts';
import { hopCredentials, type Via } from '../../electron/ssh/jump.ts';
import { KnownHosts } from '../../electron/ssh/known-hosts.ts';
import { resolveHost } from '../../electron/ssh/ssh-config.ts';
import type { SshTarget } from '../../electron/ssh/target.ts';
import { command } from '../hosts/command.ts';
import { missingRequirements } from '../hosts/debian.ts';
import { bootHost, deployPassword, type TestHost } from '../hosts/host.ts';
import { keyPair } from './fake-server.ts';
import { sshKeygen } from './folder.ts';

const addresses = { inner: '192.0.2.2', shop: '192.0.2.6' };

/** A cable between two hosts, who have no other way to each other. */
async function cable(a: TestHost, b: TestHost, name: string, [ours, theirs]: [string, string]): Promise<void> {
  await command(['ip', '-n', a.name, 'link', 'add', name, 'type', 'veth', 'peer', 'name', name, 'netns', b.name]);
  for (const [host, address] of [
    [a, ours],
    [b, theirs],
  ] as const) {
    await command(['ip', '-n', host.name, 'address', 'add', `${address}/30`, 'dev', name]);
    await command(['ip', '-n', host.name, 'link', 'set', name, 'up']);
  }
}

/** What ssh itself makes of it: the same files, and nobody to ask. */
function ssh(config: string, alias: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(
      'ssh',
      ['-F', config, '-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=yes', '-o', 'ConnectTimeout=10', alias, 'id', '-un'],
      { timeout: 30_000 },
      (error, stdout, stderr) => {
        if (error === null) return resolve(stdout.trim());
        if (stderr.includes('is revoked') || stderr.includes('REVOKED')) return resolve('host-key-revoked');
        if (stderr.includes('IDENTIFICATION HAS CHANGED')) return resolve('host-key-changed');
        // A jump host's own ssh says no more than the second.
        if (/No \S+ host key is known|Host key verification failed/.test(stderr)) return resolve('host-key-unknown');
        resolve(stderr);
      },
    );
  });
}

describe.skipIf(missingRequirements().length > 0)('beside OpenSSH on real hosts', () => {
  let gate: TestHost;
  let inner: TestHost;
  let shop: TestHost;
  let keys: { gate: HostKey; inner: HostKey; shop: HostKey };
  const scratch = mkdtempSync(path.join(tmpdir(), 'forgeboard-openssh-'));
  const cleanups: (() => unknown)[] = [];

  beforeAll(async () => {
    [gate, inner, shop] = await Promise.all([bootHost({ image: 'base' }), bootHost({ image: 'base' }), bootHost({ image: 'base' })]);
    await cable(gate, inner, 'gi', ['192.0.2.1', addresses.inner]);
    await cable(inner, shop, 'is', ['192.0.2.5', addresses.shop]);
    const keyOf = async (host: TestHost): Promise<HostKey> => findHostKey({ address: host.address, port: host.port, user: 'deploy' }, await host.hostKeyFingerprint());
    await gate.write('/etc/ssh/sshd_config.d/00-test.conf', 'Port 22\nPort 2222\n');
    await gate.run(['systemctl', 'restart', 'ssh']);
    keys = { gate: await keyOf(gate), inner: await keyOf(inner), shop: await keyOf(shop) };
  });
  afterEach(() => {
    for (const cleanup of cleanups.splice(0)) cleanup();
  });
  afterAll(async () => {
    await Promise.all([gate, inner, shop].map((host) => host?.stop()));
    rmSync(scratch, { recursive: true, force: true });
  });

  const line = (names: string, key: HostKey, mark = ''): string => `${mark}${names} ${key.type} ${key.blob.toString('base64')}\n`;
  const all = (): string => line(gate.address, keys.gate) + line(addresses.inner, keys.inner) + line(addresses.shop, keys.shop);

  let written = 0;
  /** A configuration of three hosts behind each other, with these known hosts; more lines come first, and so count. */
  function configured(known: string, more = ''): { config: string; known: KnownHosts; resolve: (alias: string, agreed?: string) => ReturnType<typeof resolveHost> } {
    const folder = path.join(scratch, String(++written));
    mkdirSync(folder);
    const file = path.join(folder, 'known_hosts');
    writeFileSync(file, known);
    const config = path.join(folder, 'config');
    const host = (alias: string, address: string, identity: string, jump: string): string => `Host ${alias}\n HostName ${address}\n IdentityFile ${identity}\n ProxyJump ${jump}\n`;
    writeFileSync(
      config,
      `${more}Host *\n User deploy\n UserKnownHostsFile ${file}\n GlobalKnownHostsFile none\n IdentitiesOnly yes\n IdentityAgent none\n${host('gate', gate.address, gate.identity, 'none')}${host('inner', addresses.inner, inner.identity, 'gate')}${host('shop', addresses.shop, shop.identity, 'gate,inner')}`,
      { mode: 0o600 },
    );
    const places = { home: folder, files: [{ path: config, folder, own: true }] };
    return { config, known: new KnownHosts({ read: [], append: path.join(folder, 'own') }), resolve: (alias, agreed) => resolveHost(alias, { home: folder, places, agreed }) };
  }

  /** What we make of it. */
  async function ours({ known, resolve }: ReturnType<typeof configured>, alias: string): Promise<string> {
    const { target } = await resolve(alias);
    try {
      const via: Via = async (jump) => {
        const hop = await connect(jump, { hostKeys: { known }, credentials: hopCredentials(noCredentials, jump), via });
        return { connection: hop, release: () => hop.close() };
      };
      const connection = await connect(target, { hostKeys: { known }, credentials: noCredentials, via });
      cleanups.push(() => connection.close());
      return (await text((await connection.exec('id -un')).stdout)).trim();
    } catch (error) {
      return (error as Failure).problem;
    }
  }

  it('goes through two jump hosts, each with its own key file and its own host key, and shares the way with others', async () => {
    const setup = configured(all());
    const { target } = await setup.resolve('shop');
    const connections = openConnections({ hostKeys: { known: setup.known } });
    cleanups.push(() => connections.closeAll());
    const states: string[] = [];
    connections.onState(({ host, state }) => states.push(`${host} ${state}`));
    const get = (name: string, to = target): Promise<Connection> => connections.get({ name, target: to }, { credentials: noCredentials });
    const [first, second] = await Promise.all([get('shop'), get('inner', (await setup.resolve('inner')).target)]);
    expect(await text((await first.exec('echo "$SSH_CONNECTION"')).stdout)).toMatch(/^192\.0\.2\.5 \d+ 192\.0\.2\.6 22\n$/);
    expect(await text((await second.exec('echo "$SSH_CONNECTION"')).stdout)).toMatch(/^192\.0\.2\.1 \d+ 192\.0\.2\.2 22\n$/);
    expect(first.handshake.hostKey.fingerprint).toBe(keys.shop.fingerprint);
    // Much at once, and a terminal beside it, through both.
    const bulk = await first.exec('head -c 20000000 /dev/zero');
    const shell = await first.shell({ columns: 80, rows: 24, command: 'echo over the terminal' });
    const shown = new Promise<string>((resolve) => shell.onOutput((bytes) => resolve(bytes.toString())));
    let received = 0;
    for await (const chunk of bulk.stdout) received += (chunk as Buffer).length;
    expect(received).toBe(20_000_000);
    expect(await shown).toContain('over the terminal');
    const logins = async (host: TestHost): Promise<number> => (await host.journal()).match(/Accepted publickey for deploy/g)?.length ?? 0;
    expect([await logins(gate), await logins(shop)]).toEqual([1, 1]);
    expect(states.filter((state) => state.includes('@'))).toEqual([]);
    // With the jump host's connection those through it end, and come back when they are wanted.
    await gate.resetConnections();
    expect(await first.closed).toMatchObject({ problem: 'unreachable' });
    expect(await text((await (await get('shop')).exec('id -un')).stdout)).toBe('deploy\n');
    connections.closeAll();
    expect(await ssh(setup.config, 'shop')).toBe('deploy');
  });

  /** ForgeBoard of somebody whose ~/.ssh/config this is, who says yes to everything. */
  function atHome(setup: ReturnType<typeof configured>) {
    const home = path.dirname(setup.config);
    mkdirSync(path.join(home, '.ssh'));
    renameSync(setup.config, path.join(home, '.ssh/config'));
    vi.stubEnv('HOME', home);
    vi.stubEnv('FORGEBOARD_HOME', '');
    onTestFinished(() => void vi.unstubAllEnvs());
    const forgeboard = forge({ home: path.join(home, 'state'), log: () => {} });
    cleanups.push(() => forgeboard.close());
    const asked: string[] = [];
    const run = (name: string, input: unknown, signal = new AbortController().signal): ReturnType<typeof forgeboard.dispatch> =>
      forgeboard.dispatch(name, input, {
        actor: { name: 'ana', role: 'admin' },
        emit: () => {},
        ask: async (question) => {
          if (question.kind === 'confirm') asked.push(question.text);
          return question.kind === 'confirm' ? true : new Secret(deployPassword);
        },
        signal,
      });
    return { home, asked, run, open: (folder: string) => forgeboard.openFolder(folder) };
  }

  it('is added by its name in ~/.ssh/config, after every new key on the way was shown, and is reached so from then on', async () => {
    const setup = configured('');
    const { home, asked, run } = atHome(setup);
    expect(await run('hosts.suggest', {})).toMatchObject({
      value: { servers: [{ name: 'gate' }, { name: 'inner' }, { name: 'shop', address: `deploy@${addresses.shop}`, jumps: 'gate,inner' }] },
    });
    expect(await run('hosts.add', { name: 'behind', address: 'shop' })).toMatchObject({
      ok: true,
      value: { alias: 'shop', address: addresses.shop, fingerprint: keys.shop.fingerprint },
    });
    expect(asked).toEqual([expect.stringContaining(keys.gate.fingerprint), expect.stringContaining(keys.inner.fingerprint), expect.stringContaining(keys.shop.fingerprint)]);
    expect(await run('hosts.check', { name: 'behind' })).toMatchObject({ ok: true, value: { prepared: false } });
    expect(asked).toHaveLength(3);
    // The command line, as a process of its own: pipes and exit status, then a terminal with its size.
    const cli = [process.execPath, '--import', 'tsx', path.resolve('electron/cli.ts'), 'ssh', 'behind'];
    const env = { ...process.env, HOME: home, FORGEBOARD_HOME: path.join(home, 'state') };
    expect(await command([...cli, 'cat; echo done >&2; exit 7'], { input: 'sent', check: false, env })).toMatchObject({ code: 7, stdout: 'sent', stderr: 'done\n' });
    const typed = await command(['script', '-qec', `stty rows 31 cols 97; ${cli.join(' ')}`, '/dev/null'], { input: 'stty size; exit 5\n', check: false, env });
    expect(typed).toMatchObject({ code: 5, stdout: expect.stringContaining('31 97') });
    expect(await run('hosts.add', { name: 'nobody', address: 'gates' })).toMatchObject({
      ok: false,
      failure: { problem: 'invalid', field: 'address', hint: expect.stringContaining('~/.ssh/config') },
    });
  });

  const other = keyPair().key;
  const ecdsa = keyPair('ecdsa').key;
  const rsa = keyPair('rsa').key;
  it.each<[string, () => string, string, string?, string?]>([
    ['a known key', all, 'deploy'],
    ['an unknown key', () => line('elsewhere', keys.gate), 'host-key-unknown'],
    ['a key known under a hashed name', () => hashed(all()), 'deploy'],
    ['a changed key', () => line(gate.address, other), 'host-key-changed'],
    ['a changed key, hashed', () => hashed(line(gate.address, other)), 'host-key-changed'],
    ['a revoked key', () => all() + line('*', keys.gate, '@revoked '), 'host-key-revoked'],
    ['a key revoked for another host', () => all() + line('elsewhere', keys.gate, '@revoked '), 'deploy'],
    ['another key of the same type beside the right one', () => line(gate.address, other) + all(), 'deploy'],
    ['a key of an algorithm the host has not', () => line(gate.address, rsa), 'host-key-changed'],
    ['a changed key of the algorithm that is known', () => line(gate.address, ecdsa), 'host-key-changed'],
    ['the right key beside a changed one of another algorithm', () => line(gate.address, ecdsa) + all(), 'deploy'],
    ['a name that a pattern takes out', () => line(`*,!${gate.address}`, keys.gate), 'host-key-unknown'],
    ['a certificate authority only', () => line('*', keys.gate, '@cert-authority '), 'host-key-unknown'],
    ['a key known by its alias', () => line('the-gate', keys.gate), 'deploy', 'Host gate\n HostKeyAlias The-Gate\n'],
    ['an alias that is not known, whatever the address is', all, 'host-key-unknown', 'Host gate\n HostKeyAlias other\n'],
    ['another port, where only the address is known', all, 'deploy', 'Host gate\n Port 2222\n'],
    ['another port with a changed key', () => all() + line(`[${gate?.address}]:2222`, other), 'host-key-changed', 'Host gate\n Port 2222\n'],
    ['all known on the way', all, 'deploy', '', 'shop'],
    ['the first jump host’s key changed', () => line(gate.address, other) + line(addresses.inner, keys.inner) + line(addresses.shop, keys.shop), 'host-key-changed', '', 'shop'],
    ['the second jump host’s key unknown', () => line(gate.address, keys.gate) + line(addresses.shop, keys.shop), 'host-key-unknown', '', 'shop'],
    ['the second jump host’s key revoked', () => all() + line(addresses.inner, keys.inner, '@revoked '), 'host-key-revoked', '', 'shop'],
    ['the key behind the jump hosts changed', () => all().replace(line(addresses.shop, keys.shop), line(addresses.shop, other)), 'host-key-changed', '', 'shop'],
  ])('comes to the same verdict as ssh with strict checking: %s', async (_name, known, verdict, more = '', alias = 'gate') => {
    const setup = configured(known(), more);
    expect({ ssh: await ssh(setup.config, alias), ours: await ours(setup, alias) }).toEqual({ ssh: verdict, ours: verdict });
  });

  describe('by the system’s ssh, for what ours cannot do', () => {
    /** The shop by a ProxyCommand, which is what ssh itself runs for a jump host. */
    const proxied = (setup: ReturnType<typeof configured>): string => {
      const text = readFileSync(setup.config, 'utf8');
      writeFileSync(setup.config, `Host shop\n ProxyCommand ssh -F ${setup.config} -W %h:%p inner\n${text}`);
      return setup.config;
    };
    const agreed = async (setup: ReturnType<typeof configured>, alias: string): Promise<SshTarget> => {
      const refused = (await setup.resolve(alias).catch((error: unknown) => error)) as Failure;
      return (await setup.resolve(alias, refused.facts?.agreement as string)).target;
    };

    it('goes by ProxyCommand: commands, codes, input, terminals with their size, forwarding, and the loss of it', async () => {
      const setup = configured(all());
      proxied(setup);
      const connection = await connect(await agreed(setup, 'shop'), { hostKeys: { known: setup.known }, credentials: noCredentials, name: 'shop-1' });
      cleanups.push(() => connection.close());
      expect(connection.handshake).toMatchObject({
        server: expect.stringContaining('OpenSSH'),
        hostKey: { fingerprint: keys.shop.fingerprint },
        kex: expect.stringMatching(/./),
        cipher: expect.stringMatching(/./),
      });
      const many = await Promise.all(
        Array.from({ length: 20 }, async (_, index) => {
          const channel = await connection.exec(`cat; echo ${index} >&2; exit ${index % 7}`);
          channel.stdin.end(`in ${index}`);
          return [await text(channel.stdout), await text(channel.stderr), (await channel.exit).code];
        }),
      );
      expect(many).toEqual(many.map((_, index) => [`in ${index}`, `${index}\n`, index % 7]));
      const shell = await connection.shell({ columns: 91, rows: 33 });
      let shown = '';
      shell.onOutput((bytes) => {
        shown += bytes.toString();
      });
      shell.write('stty size\n');
      await vi.waitFor(() => expect(shown).toContain('33 91'), 10_000);
      shell.resize(120, 40);
      await vi.waitFor(() => {
        shell.write('stty size\n');
        expect(shown).toContain('40 120');
      }, 10_000);
      expect(shown).not.toContain('\u0001');
      shell.write('exit 3\n');
      expect(await shell.ended).toEqual({ code: 3 });
      const wire = await connection.forward({ address: '127.0.0.1', port: 22 });
      expect(String((await once(wire, 'data'))[0])).toContain('SSH-2.0');
      wire.destroy();
      expect(await connection.probe(5_000)).toBe(true);
      expect(connection.bytes.in).toBeGreaterThan(100);
      const running = await connection.exec('sleep 60');
      const controller = new AbortController();
      const given = await connection.exec('sleep 60', { signal: controller.signal });
      controller.abort();
      await expect(given.exit).rejects.toMatchObject({ problem: 'cancelled' });
      await shop.run(['pkill', '-u', 'deploy', 'sshd']);
      expect(await connection.closed).toMatchObject({ problem: 'unreachable' });
      await expect(running.exit).rejects.toMatchObject({ problem: 'unreachable' });
      await expect(connection.exec('true')).rejects.toMatchObject({ problem: 'unreachable' });
    });

    it('signs in with a certificate, where the key alone is not let in', async () => {
      const at = (name: string): string => path.join(scratch, name);
      sshKeygen('-q', '-t', 'ed25519', '-N', '', '-f', at('ca'));
      sshKeygen('-q', '-t', 'ed25519', '-N', '', '-f', at('id_cert'));
      sshKeygen('-q', '-s', at('ca'), '-I', 'ana', '-n', 'deploy', at('id_cert.pub'));
      await gate.write('/etc/ssh/user_ca.pub', readFileSync(at('ca.pub')));
      await gate.write('/etc/ssh/sshd_config.d/00-test.conf', 'Port 22\nPort 2222\nTrustedUserCAKeys /etc/ssh/user_ca.pub\n');
      await gate.run(['systemctl', 'restart', 'ssh']);
      const setup = configured(all(), `Host gate\n HostName ${gate.address}\n IdentityFile ${at('id_cert')}\n ProxyJump none\n`);
      writeFileSync(setup.config, readFileSync(setup.config, 'utf8').replace(` IdentityFile ${gate.identity}\n`, ''));
      const { target } = await setup.resolve('gate');
      expect(target.system).toMatchObject({ reasons: ['a certificate'] });
      expect(await ours(setup, 'gate')).toBe('deploy');
      rmSync(at('id_cert-cert.pub'));
      expect(await ours(setup, 'gate')).toBe('auth-failed');
    });

    it.each<[string, () => string, string]>([
      ['an unknown key', () => all().replace(line(addresses.shop, keys.shop), ''), 'host-key-unknown'],
      ['a changed key', () => all().replace(line(addresses.shop, keys.shop), line(addresses.shop, other)), 'host-key-changed'],
      ['a revoked key', () => all() + line('*', keys.shop, '@revoked '), 'host-key-revoked'],
    ])('refuses %s, also where the configuration would not', async (_name, known, verdict) => {
      const setup = configured(known(), 'StrictHostKeyChecking no\n');
      proxied(setup);
      const target = await agreed(setup, 'shop');
      await expect(connect(target, { hostKeys: { known: setup.known }, credentials: noCredentials })).rejects.toMatchObject({ problem: verdict });
    });

    it('adds such a server once its program and its key were agreed to, and works with it', async () => {
      const setup = configured(line(gate.address, keys.gate) + line(addresses.inner, keys.inner));
      // The command reads a configuration of its own: this one moves to ~/.ssh.
      copyFileSync(setup.config, `${setup.config}-jumps`);
      writeFileSync(setup.config, `Host shop\n ProxyCommand ssh -F ${setup.config}-jumps -W %h:%p inner\n${readFileSync(setup.config, 'utf8')}`);
      const { asked, run } = atHome(setup);
      expect(await run('hosts.add', { name: 'behind', address: 'shop' })).toMatchObject({
        ok: true,
        value: { agreement: expect.stringMatching(/./), fingerprint: keys.shop.fingerprint },
      });
      expect(asked).toEqual([expect.stringContaining('runs programs'), expect.stringContaining(keys.shop.fingerprint)]);
      expect(await run('hosts.check', { name: 'behind' })).toMatchObject({ ok: true, value: { prepared: false } });
      expect(await run('hosts.probe', { address: 'shop' })).toMatchObject({ ok: true, value: { verdict: 'known', fingerprint: keys.shop.fingerprint } });
    });

    it('brings files there and back, goes on where that was cut, changes them, and does so as root', async () => {
      const setup = configured(line(gate.address, keys.gate) + line(addresses.inner, keys.inner));
      copyFileSync(setup.config, `${setup.config}-jumps`);
      writeFileSync(setup.config, `Host shop\n ProxyCommand ssh -F ${setup.config}-jumps -W %h:%p inner\n${readFileSync(setup.config, 'utf8')}`);
      const { home, run, open } = atHome(setup);
      expect(await run('hosts.add', { name: 'behind', address: 'shop' })).toMatchObject({ ok: true });
      const files = (name: string, input: object, signal?: AbortSignal) => run(`files.${name}`, { host: 'behind', ...input }, signal);
      const site = path.join(home, 'site');
      mkdirSync(path.join(site, 'deep'), { recursive: true });
      for (let file = 0; file < 200; file++) writeFileSync(path.join(site, 'deep', `${file}`), `${file}\n`);
      writeFileSync(path.join(site, 'large'), randomBytes(64 << 20));
      const up = { from: open(site), path: '/home/deploy' };
      const cut = new AbortController();
      const cutting = files('put', up, cut.signal);
      const arrived = async () => Number((await shop.run(['sh', '-c', 'cat /home/deploy/.forgeboard-*.part/.forgeboard-*.part 2>/dev/null | wc -c'])).stdout);
      while ((await arrived()) < 16 << 20) await new Promise((resolve) => setTimeout(resolve, 5));
      cut.abort();
      expect(await cutting).toMatchObject({ ok: false, failure: { problem: 'cancelled' } });
      const again = await files('put', up);
      expect(again).toMatchObject({ ok: true, value: { to: '/home/deploy/site', files: 201 } });
      expect((again as { value: { resumed: number } }).value.resumed).toBeGreaterThan(4 << 20);
      const down = path.join(home, 'down');
      mkdirSync(down);
      expect(await files('get', { path: 'site', into: open(down) })).toMatchObject({ ok: true, value: { files: 201 } });
      await command(['diff', '-r', site, path.join(down, 'site')]);
      // Without find and tar on the server everything goes over SFTP.
      await shop.run(['chmod', '700', '/usr/bin/find', '/usr/bin/tar']);
      expect(await files('list', { path: 'site' })).toMatchObject({ ok: true, value: { path: '/home/deploy/site', entries: [{ name: 'deep' }, { name: 'large' }] } });
      expect(await files('put', { ...up, overwrite: true })).toMatchObject({ ok: true, value: { files: 201 } });
      await shop.run(['chmod', '755', '/usr/bin/find', '/usr/bin/tar']);
      expect(await files('read', { path: 'site/deep/7' })).toMatchObject({ ok: true, value: { text: '7\n' } });
      expect(await files('read', { path: '/root/.bashrc' })).toMatchObject({ ok: false, failure: { problem: 'denied' } });
      expect(await files('mkdir', { path: 'made' })).toMatchObject({ ok: true });
      expect(await files('move', { from: 'made', to: 'moved' })).toMatchObject({ ok: true });
      expect(await files('remove', { path: 'moved', yes: true })).toMatchObject({ ok: true, value: { folders: 1 } });
      expect(await files('read', { path: '/root/.bashrc', sudo: true })).toMatchObject({ ok: true, value: { text: expect.stringContaining('bash') } });
      expect(await files('put', { ...up, path: '/opt', sudo: true })).toMatchObject({ ok: true, value: { to: '/opt/site' } });
      expect(await files('remove', { path: '/opt/site', yes: true, sudo: true })).toMatchObject({ ok: true, value: { files: 201, folders: 2 } });
      // The connection goes in the middle, and comes back by itself.
      const lost = files('get', { path: 'site', into: open(home), overwrite: true });
      await vi.waitFor(() => expect(readdirSync(site).some((name) => name.endsWith('.part'))).toBe(true), 10_000);
      await shop.run(['pkill', '-u', 'deploy', 'sshd']);
      expect(await lost).toMatchObject({ ok: false, failure: { problem: 'unreachable' } });
      expect(await files('get', { path: 'site', into: open(home), overwrite: true })).toMatchObject({ ok: true, value: { files: 201 } });
      await shop.run(['sh', '-c', "sed -i 's/^Subsystem/#Subsystem/' /etc/ssh/sshd_config && systemctl reload ssh && pkill -u deploy sshd"]);
      expect(await files('read', { path: 'site/deep/7' })).toMatchObject({ ok: false, failure: { problem: 'unsupported', message: expect.stringContaining('SFTP') } });
      await shop.run(['sh', '-c', "sed -i 's/^#Subsystem/Subsystem/' /etc/ssh/sshd_config && systemctl reload ssh"]);
    });

    it('shows the key of a new server before anything else, and pins it', async () => {
      const setup = configured(line(gate.address, keys.gate) + line(addresses.inner, keys.inner));
      proxied(setup);
      const target = await agreed(setup, 'shop');
      const key = await findHostKey(target, keys.shop.fingerprint, { known: setup.known });
      expect(key.blob.equals(keys.shop.blob)).toBe(true);
      const pinned = (to: HostKey): Promise<Connection> => connect(target, { hostKeys: { pinned: to.fingerprint, type: to.type, key: to }, credentials: noCredentials });
      (await pinned(key)).close();
      await expect(pinned(other)).rejects.toMatchObject({ problem: 'host-key-changed' });
    });
  });

  function hashed(known: string): string {
    const file = path.join(scratch, `hashed-${++written}`);
    writeFileSync(file, known);
    sshKeygen('-H', '-f', file);
    return readFileSync(file, 'utf8');
  }
});
