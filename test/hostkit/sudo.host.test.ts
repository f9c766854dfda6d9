import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OpenChannel } from '../../electron/hostkit/hostkit.ts';
import type { Connection } from '../../electron/ssh/connection.ts';
import { Secret } from '../../shared/secret.ts';
import { bootHost, deployPassword, type TestHost } from '../hosts/host.ts';
import { connectAs, kitAs, prepare } from './over-ssh.ts';
import { openKit } from '../../electron/hostkit/hostkit.ts';

let host: TestHost;
const connections: Connection[] = [];

async function as(user: string): Promise<Connection> {
  const connection = await connectAs(host, user);
  connections.push(connection);
  return connection;
}

/** Answers like a person who knows these passwords, one after another. */
function person(...passwords: string[]) {
  const asked: number[] = [];
  const askSudo = async (attempt: number) => {
    asked.push(attempt);
    const password = passwords.shift();
    return password === undefined ? undefined : new Secret(password);
  };
  return { asked, askSudo };
}

beforeEach(async () => {
  host = await bootHost({ image: 'web' });
});
afterEach(async () => {
  for (const connection of connections.splice(0)) connection.close();
  await host?.stop();
});

describe('sudo with a password', () => {
  it('asks once, runs the kit as root, and knows who signed in', async () => {
    const { asked, askSudo } = person(deployPassword);
    const kit = await kitAs(await as('deploy'), 'deploy', { askSudo });
    expect(asked).toEqual([1]);
    expect(kit.hello.uid).toBe(0);
    expect((await kit.call('hosts.check', {})).user).toEqual({ name: 'deploy', uid: 1000 });
    kit.close();
  });

  it('asks again after a wrong one, and gives up after two', async () => {
    const second = person('wrong', deployPassword);
    const connection = await as('deploy');
    (await kitAs(connection, 'deploy', second)).close();
    expect(second.asked).toEqual([1, 2]);

    const never = person('wrong', 'wrong too', deployPassword);
    await expect(kitAs(connection, 'deploy', never)).rejects.toMatchObject({ problem: 'sudo-failed', facts: { reason: 'wrong-password' } });
    expect(never.asked).toEqual([1, 2]);
  });

  it('says that it needs one where nobody can be asked', async () => {
    await expect(kitAs(await as('deploy'), 'deploy')).rejects.toMatchObject({ problem: 'needs-input' });
  });

  it('is never in a command line or a log', async () => {
    await host.run([
      'sh',
      '-c',
      'apt-get install -y -q --no-install-recommends procps >/dev/null; systemd-run --unit=watch sh -c "while :; do cat /proc/[0-9]*/cmdline; done > /run/seen 2>/dev/null"',
    ]);
    const kit = await kitAs(await as('deploy'), 'deploy', person(deployPassword));
    await prepare(kit, 'deploy');
    await host.run(['systemctl', 'stop', 'watch']);
    const seen = await host.run(['cat', '/run/seen']);
    expect(seen.stdout).toContain('sudo');
    expect(seen.stdout).not.toContain(deployPassword);
    expect(await host.journal()).not.toContain(deployPassword);
    kit.close();
  });

  it('is needed no more after prepare: the rule for the kit alone is enough', async () => {
    const connection = await as('deploy');
    const kit = await kitAs(connection, 'deploy', person(deployPassword));
    await prepare(kit, 'deploy');
    kit.close();
    await host.run(['gpasswd', '-d', 'deploy', 'sudo']);
    const later = await as('deploy');
    const again = await kitAs(later, 'deploy');
    expect(again.hello).toMatchObject({ installed: true, uid: 0 });
    expect((await again.call('hosts.check', {})).forgeboard.sudoers).toEqual(['deploy']);
    again.close();
    expect(
      (await host.run(['sudo', '-l', '-U', 'deploy'])).stdout
        .split('\n')
        .filter((line) => line.includes('(root)'))
        .map((line) => line.trim()),
    ).toEqual(['(root) NOPASSWD: /usr/local/lib/forgeboard/kit']);
    // Other commands stay closed.
    const channel = await later.exec('sudo -n /usr/bin/id');
    channel.stdout.resume();
    expect((await channel.exit).code).not.toBe(0);
  });
});

describe('sudo that lets nobody through', () => {
  it('says that the user is not allowed to', async () => {
    await host.run(['gpasswd', '-d', 'deploy', 'sudo']);
    await expect(kitAs(await as('deploy'), 'deploy', person(deployPassword))).rejects.toMatchObject({ problem: 'sudo-failed', facts: { reason: 'not-allowed' } });
  });

  it('says that it wants a terminal', async () => {
    await host.write('/etc/sudoers.d/tty', 'Defaults requiretty\n', 0o440);
    await expect(kitAs(await as('ops'), 'ops')).rejects.toMatchObject({ problem: 'sudo-failed', facts: { reason: 'requiretty' } });
  });

  it('says that there is none', async () => {
    await host.run(['mv', '/usr/bin/sudo', '/usr/bin/sudo.away']);
    await expect(kitAs(await as('ops'), 'ops')).rejects.toMatchObject({ problem: 'missing-requirement', message: 'the host has no sudo, and ops is not root' });
  });

  it('says that the account has expired', async () => {
    const connection = await as('deploy');
    await host.run(['chage', '-E', '0', 'deploy']); // sshd itself lets nobody in from now on
    await expect(kitAs(connection, 'deploy', person(deployPassword))).rejects.toMatchObject({ problem: 'sudo-failed', facts: { reason: 'expired' } });
  });

  it('says that this sudo reads passwords from a terminal only', async () => {
    await host.run(['mv', '/usr/bin/sudo', '/usr/bin/sudo.away']);
    // The words of sudo-rs 0.2.
    const words =
      '#!/bin/sh\n[ "$1" = -n ] && { echo "sudo: interactive authentication is required" >&2; exit 1; }\necho "sudo: A terminal is required to read the password" >&2\nexit 1\n';
    await host.write('/usr/bin/sudo', words, 0o755);
    await expect(kitAs(await as('deploy'), 'deploy', person(deployPassword))).rejects.toMatchObject({ problem: 'missing-requirement', facts: { reason: 'no-password-on-stdin' } });
  });
});

describe('login shells', () => {
  it('may print what they like', async () => {
    await host.write('/root/.bashrc', 'echo "Welcome! $(date)"; echo 0123456789abcdefJ0000000; echo noise >&2; stty -a; printf "\\033]0;title\\007"\n');
    await host.write('/home/ops/.bashrc', 'echo hello from ops; seq 20000\n');
    for (const user of ['root', 'ops']) {
      const kit = await kitAs(await as(user), user);
      expect(kit.hello.uid).toBe(0);
      expect((await kit.call('hosts.check', {})).os.id).toBe('debian');
      kit.close();
    }
  });

  it('may be dash, zsh, or one that refuses, which is then quoted', async () => {
    await host.run(['sh', '-c', 'apt-get update -q && apt-get install -y -q --no-install-recommends zsh'], { env: { DEBIAN_FRONTEND: 'noninteractive' } });
    for (const shell of ['/bin/dash', '/usr/bin/zsh']) {
      await host.run(['usermod', '-s', shell, 'ops']);
      const kit = await kitAs(await as('ops'), 'ops');
      expect(kit.hello.uid).toBe(0);
      kit.close();
    }
    await host.run(['usermod', '-s', '/usr/sbin/nologin', 'ops']);
    await expect(kitAs(await as('ops'), 'ops')).rejects.toMatchObject({ problem: 'unsupported' });
  });
});

describe('a host', () => {
  it('says that python3 is missing', async () => {
    await host.run(['mv', '/usr/bin/python3', '/usr/bin/python3.away']);
    await expect(kitAs(await as('root'), 'root')).rejects.toMatchObject({ problem: 'missing-requirement', message: 'the host has no /usr/bin/python3' });
    await expect(kitAs(await as('ops'), 'ops')).rejects.toMatchObject({ problem: 'missing-requirement' });
  });

  it('is left without a process of ours when somebody gives up, or the connection is lost', async () => {
    const connection = await as('root');
    const stop = new AbortController();
    const open: OpenChannel = async (command) => {
      const channel = await connection.exec(command);
      stop.abort();
      return channel;
    };
    await expect(openKit(open, { user: 'root', askSudo: async () => undefined, signal: stop.signal })).rejects.toMatchObject({ problem: 'cancelled' });
    await expect.poll(async () => (await host.run(['pgrep', '-c', 'python3'], { check: false })).stdout.trim(), { timeout: 10_000 }).toBe('0');

    const kit = await kitAs(connection, 'root');
    await host.resetConnections();
    await kit.closed;
    await expect(kit.call('hosts.check', {})).rejects.toMatchObject({ problem: 'unreachable' });
    await expect.poll(async () => (await host.run(['pgrep', '-c', 'python3'], { check: false })).stdout.trim(), { timeout: 10_000 }).toBe('0');
  });
});
