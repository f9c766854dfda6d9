import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { Connection } from '../../../electron/ssh/connection.ts';
import { openConnections } from '../../../electron/ssh/connections.ts';
import { noCredentials } from '../../../electron/ssh/credentials.ts';
import { command } from '../../hosts/command.ts';
import type { TestHost } from '../../hosts/host.ts';
import { keyPair } from '../fake-server.ts';
import { addresses, all, atHome, configured, hashed, line, ours, ssh, threeHosts } from './hosts.ts';
import { describe, expect, it } from 'vitest';
import { missingRequirements } from '../../hosts/debian.ts';

describe.skipIf(missingRequirements().length > 0)('beside OpenSSH on real hosts', () => {
  const at = threeHosts();
  const known = () => all(at);

  it('goes through two jump hosts, each with its own key file and its own host key, and shares the way with others', async () => {
    const setup = configured(at, all(at));
    const { target } = await setup.resolve('shop');
    const connections = openConnections({ hostKeys: { known: setup.known } });
    at.cleanups.push(() => connections.closeAll());
    const states: string[] = [];
    connections.onState(({ host, state }) => states.push(`${host} ${state}`));
    const get = (name: string, to = target): Promise<Connection> => connections.get({ name, target: to }, { credentials: noCredentials });
    const [first, second] = await Promise.all([get('shop'), get('inner', (await setup.resolve('inner')).target)]);
    expect(await text((await first.exec('echo "$SSH_CONNECTION"')).stdout)).toMatch(/^192\.0\.2\.5 \d+ 192\.0\.2\.6 22\n$/);
    expect(await text((await second.exec('echo "$SSH_CONNECTION"')).stdout)).toMatch(/^192\.0\.2\.1 \d+ 192\.0\.2\.2 22\n$/);
    expect(first.handshake.hostKey.fingerprint).toBe(at.keys.shop.fingerprint);
    // Much at once, and a terminal beside it, through both.
    const bulk = await first.exec('head -c 20000000 /dev/zero');
    const shell = await first.shell({ columns: 80, rows: 24, command: 'echo over the terminal' });
    const shown = new Promise<string>((resolve) => shell.onOutput((bytes) => resolve(bytes.toString())));
    let received = 0;
    for await (const chunk of bulk.stdout) received += (chunk as Buffer).length;
    expect(received).toBe(20_000_000);
    expect(await shown).toContain('over the terminal');
    const logins = async (host: TestHost): Promise<number> => (await host.journal()).match(/Accepted publickey for deploy/g)?.length ?? 0;
    expect([await logins(at.gate), await logins(at.shop)]).toEqual([1, 1]);
    expect(states.filter((state) => state.includes('@'))).toEqual([]);
    // With the jump host's connection those through it end, and come back when they are wanted.
    await at.gate.resetConnections();
    expect(await first.closed).toMatchObject({ problem: 'unreachable' });
    expect(await text((await (await get('shop')).exec('id -un')).stdout)).toBe('deploy\n');
    connections.closeAll();
    expect(await ssh(setup.config, 'shop')).toBe('deploy');
  });

  it('is added by its name in ~/.ssh/config, after every new key on the way was shown, and is reached so from then on', async () => {
    const setup = configured(at, '');
    const { home, asked, run } = atHome(at, setup);
    expect(await run('hosts.suggest', {})).toMatchObject({
      value: { servers: [{ name: 'gate' }, { name: 'inner' }, { name: 'shop', address: `deploy@${addresses.shop}`, jumps: 'gate,inner' }] },
    });
    expect(await run('hosts.add', { name: 'behind', address: 'shop' })).toMatchObject({
      ok: true,
      value: { alias: 'shop', address: addresses.shop, fingerprint: at.keys.shop.fingerprint },
    });
    expect(asked).toEqual([
      expect.stringContaining(at.keys.gate.fingerprint),
      expect.stringContaining(at.keys.inner.fingerprint),
      expect.stringContaining(at.keys.shop.fingerprint),
    ]);
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
    ['a known key', known, 'deploy'],
    ['an unknown key', () => line('elsewhere', at.keys.gate), 'host-key-unknown'],
    ['a key known under a hashed name', () => hashed(at, all(at)), 'deploy'],
    ['a changed key', () => line(at.gate.address, other), 'host-key-changed'],
    ['a changed key, hashed', () => hashed(at, line(at.gate.address, other)), 'host-key-changed'],
    ['a revoked key', () => all(at) + line('*', at.keys.gate, '@revoked '), 'host-key-revoked'],
    ['a key revoked for another host', () => all(at) + line('elsewhere', at.keys.gate, '@revoked '), 'deploy'],
    ['another key of the same type beside the right one', () => line(at.gate.address, other) + all(at), 'deploy'],
    ['a key of an algorithm the host has not', () => line(at.gate.address, rsa), 'host-key-changed'],
    ['a changed key of the algorithm that is known', () => line(at.gate.address, ecdsa), 'host-key-changed'],
    ['the right key beside a changed one of another algorithm', () => line(at.gate.address, ecdsa) + all(at), 'deploy'],
    ['a name that a pattern takes out', () => line(`*,!${at.gate.address}`, at.keys.gate), 'host-key-unknown'],
    ['a certificate authority only', () => line('*', at.keys.gate, '@cert-authority '), 'host-key-unknown'],
    ['a key known by its alias', () => line('the-gate', at.keys.gate), 'deploy', 'Host gate\n HostKeyAlias The-Gate\n'],
    ['an alias that is not known, whatever the address is', known, 'host-key-unknown', 'Host gate\n HostKeyAlias other\n'],
    ['another port, where only the address is known', known, 'deploy', 'Host gate\n Port 2222\n'],
    ['another port with a changed key', () => all(at) + line(`[${at.gate?.address}]:2222`, other), 'host-key-changed', 'Host gate\n Port 2222\n'],
    ['all known on the way', known, 'deploy', '', 'shop'],
    [
      'the first jump host’s key changed',
      () => line(at.gate.address, other) + line(addresses.inner, at.keys.inner) + line(addresses.shop, at.keys.shop),
      'host-key-changed',
      '',
      'shop',
    ],
    ['the second jump host’s key unknown', () => line(at.gate.address, at.keys.gate) + line(addresses.shop, at.keys.shop), 'host-key-unknown', '', 'shop'],
    ['the second jump host’s key revoked', () => all(at) + line(addresses.inner, at.keys.inner, '@revoked '), 'host-key-revoked', '', 'shop'],
    ['the key behind the jump hosts changed', () => all(at).replace(line(addresses.shop, at.keys.shop), line(addresses.shop, other)), 'host-key-changed', '', 'shop'],
  ])('comes to the same verdict as ssh with strict checking: %s', async (_name, known, verdict, more = '', alias = 'gate') => {
    const setup = configured(at, known(), more);
    expect({ ssh: await ssh(setup.config, alias), ours: await ours(at, setup, alias) }).toEqual({ ssh: verdict, ours: verdict });
  });
});
