import path from 'node:path';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { connect, findHostKey } from '../../../electron/ssh/connect.ts';
import type { Connection } from '../../../electron/ssh/connection.ts';
import { noCredentials } from '../../../electron/ssh/credentials.ts';
import type { HostKey } from '../../../electron/ssh/host-key.ts';
import { command } from '../../hosts/command.ts';
import { keyPair } from '../fake-server.ts';
import { sshKeygen } from '../folder.ts';
import { addresses, agreed, all, atHome, configured, line, ours, proxied, threeHosts } from './hosts.ts';
import { describe, expect, it, vi } from 'vitest';
import { missingRequirements } from '../../hosts/debian.ts';

describe.skipIf(missingRequirements().length > 0)('by the system’s ssh, for what ours cannot do', () => {
  const at = threeHosts();

  const other = keyPair().key;

  it('goes by ProxyCommand: commands, codes, input, terminals with their size, forwarding, and the loss of it', async () => {
    const setup = configured(at, all(at));
    proxied(setup);
    const connection = await connect(await agreed(setup, 'shop'), { hostKeys: { known: setup.known }, credentials: noCredentials, name: 'shop-1' });
    at.cleanups.push(() => connection.close());
    expect(connection.handshake).toMatchObject({
      server: expect.stringContaining('OpenSSH'),
      hostKey: { fingerprint: at.keys.shop.fingerprint },
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
    await at.shop.run(['pkill', '-u', 'deploy', 'sshd']);
    expect(await connection.closed).toMatchObject({ problem: 'unreachable' });
    await expect(running.exit).rejects.toMatchObject({ problem: 'unreachable' });
    await expect(connection.exec('true')).rejects.toMatchObject({ problem: 'unreachable' });
  });

  it('signs in with a certificate, where the key alone is not let in', async () => {
    const file = (name: string): string => path.join(at.scratch, name);
    sshKeygen('-q', '-t', 'ed25519', '-N', '', '-f', file('ca'));
    sshKeygen('-q', '-t', 'ed25519', '-N', '', '-f', file('id_cert'));
    sshKeygen('-q', '-s', file('ca'), '-I', 'ana', '-n', 'deploy', file('id_cert.pub'));
    await at.gate.write('/etc/ssh/user_ca.pub', readFileSync(file('ca.pub')));
    await at.gate.write('/etc/ssh/sshd_config.d/00-test.conf', 'Port 22\nPort 2222\nTrustedUserCAKeys /etc/ssh/user_ca.pub\n');
    await at.gate.run(['systemctl', 'restart', 'ssh']);
    const setup = configured(at, all(at), `Host gate\n HostName ${at.gate.address}\n IdentityFile ${file('id_cert')}\n ProxyJump none\n`);
    writeFileSync(setup.config, readFileSync(setup.config, 'utf8').replace(` IdentityFile ${at.gate.identity}\n`, ''));
    const { target } = await setup.resolve('gate');
    expect(target.system).toMatchObject({ reasons: ['a certificate'] });
    expect(await ours(at, setup, 'gate')).toBe('deploy');
    rmSync(file('id_cert-cert.pub'));
    expect(await ours(at, setup, 'gate')).toBe('auth-failed');
  });

  it.each<[string, () => string, string]>([
    ['an unknown key', () => all(at).replace(line(addresses.shop, at.keys.shop), ''), 'host-key-unknown'],
    ['a changed key', () => all(at).replace(line(addresses.shop, at.keys.shop), line(addresses.shop, other)), 'host-key-changed'],
    ['a revoked key', () => all(at) + line('*', at.keys.shop, '@revoked '), 'host-key-revoked'],
  ])('refuses %s, also where the configuration would not', async (_name, known, verdict) => {
    const setup = configured(at, known(), 'StrictHostKeyChecking no\n');
    proxied(setup);
    const target = await agreed(setup, 'shop');
    await expect(connect(target, { hostKeys: { known: setup.known }, credentials: noCredentials })).rejects.toMatchObject({ problem: verdict });
  });

  it('adds such a server once its program and its key were agreed to, and works with it', async () => {
    const setup = configured(at, line(at.gate.address, at.keys.gate) + line(addresses.inner, at.keys.inner));
    // The command reads a configuration of its own: this one moves to ~/.ssh.
    copyFileSync(setup.config, `${setup.config}-jumps`);
    writeFileSync(setup.config, `Host shop\n ProxyCommand ssh -F ${setup.config}-jumps -W %h:%p inner\n${readFileSync(setup.config, 'utf8')}`);
    const { asked, run } = atHome(at, setup);
    expect(await run('hosts.add', { name: 'behind', address: 'shop' })).toMatchObject({
      ok: true,
      value: { agreement: expect.stringMatching(/./), fingerprint: at.keys.shop.fingerprint },
    });
    expect(asked).toEqual([expect.stringContaining('runs programs'), expect.stringContaining(at.keys.shop.fingerprint)]);
    expect(await run('hosts.check', { name: 'behind' })).toMatchObject({ ok: true, value: { prepared: false } });
    expect(await run('hosts.probe', { address: 'shop' })).toMatchObject({ ok: true, value: { verdict: 'known', fingerprint: at.keys.shop.fingerprint } });
  });

  it('brings files there and back, goes on where that was cut, changes them, and does so as root', async () => {
    const setup = configured(at, line(at.gate.address, at.keys.gate) + line(addresses.inner, at.keys.inner));
    copyFileSync(setup.config, `${setup.config}-jumps`);
    writeFileSync(setup.config, `Host shop\n ProxyCommand ssh -F ${setup.config}-jumps -W %h:%p inner\n${readFileSync(setup.config, 'utf8')}`);
    const { home, run, open } = atHome(at, setup);
    expect(await run('hosts.add', { name: 'behind', address: 'shop' })).toMatchObject({ ok: true });
    const files = (name: string, input: object, signal?: AbortSignal) => run(`files.${name}`, { host: 'behind', ...input }, signal);
    const site = path.join(home, 'site');
    mkdirSync(path.join(site, 'deep'), { recursive: true });
    for (let file = 0; file < 200; file++) writeFileSync(path.join(site, 'deep', `${file}`), `${file}\n`);
    writeFileSync(path.join(site, 'large'), randomBytes(64 << 20));
    const up = { from: open(site), path: '/home/deploy' };
    const cut = new AbortController();
    const cutting = files('put', up, cut.signal);
    const arrived = async () => Number((await at.shop.run(['sh', '-c', 'cat /home/deploy/.forgeboard-*.part/.forgeboard-*.part 2>/dev/null | wc -c'])).stdout);
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
    await at.shop.run(['chmod', '700', '/usr/bin/find', '/usr/bin/tar']);
    expect(await files('list', { path: 'site' })).toMatchObject({ ok: true, value: { path: '/home/deploy/site', entries: [{ name: 'deep' }, { name: 'large' }] } });
    expect(await files('put', { ...up, overwrite: true })).toMatchObject({ ok: true, value: { files: 201 } });
    await at.shop.run(['chmod', '755', '/usr/bin/find', '/usr/bin/tar']);
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
    await at.shop.run(['pkill', '-u', 'deploy', 'sshd']);
    expect(await lost).toMatchObject({ ok: false, failure: { problem: 'unreachable' } });
    expect(await files('get', { path: 'site', into: open(home), overwrite: true })).toMatchObject({ ok: true, value: { files: 201 } });
    await at.shop.run(['sh', '-c', "sed -i 's/^Subsystem/#Subsystem/' /etc/ssh/sshd_config && systemctl reload ssh && pkill -u deploy sshd"]);
    expect(await files('read', { path: 'site/deep/7' })).toMatchObject({ ok: false, failure: { problem: 'unsupported', message: expect.stringContaining('SFTP') } });
    await at.shop.run(['sh', '-c', "sed -i 's/^#Subsystem/Subsystem/' /etc/ssh/sshd_config && systemctl reload ssh"]);
  });

  it('shows the key of a new server before anything else, and pins it', async () => {
    const setup = configured(at, line(at.gate.address, at.keys.gate) + line(addresses.inner, at.keys.inner));
    proxied(setup);
    const target = await agreed(setup, 'shop');
    const key = await findHostKey(target, at.keys.shop.fingerprint, { known: setup.known });
    expect(key.blob.equals(at.keys.shop.blob)).toBe(true);
    const pinned = (to: HostKey): Promise<Connection> => connect(target, { hostKeys: { pinned: to.fingerprint, type: to.type, key: to }, credentials: noCredentials });
    (await pinned(key)).close();
    await expect(pinned(other)).rejects.toMatchObject({ problem: 'host-key-changed' });
  });
});
