import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { connect, findHostKey, probeHostKey } from '../../electron/ssh/connect.ts';
import type { Connection } from '../../electron/ssh/connection.ts';
import { openConnections } from '../../electron/ssh/connections.ts';
import { type Credentials, noCredentials } from '../../electron/ssh/credentials.ts';
import { parseFingerprint } from '../../electron/ssh/host-key.ts';
import { KnownHosts } from '../../electron/ssh/known-hosts.ts';
import type { Limits } from '../../electron/ssh/limits.ts';
import { lines } from '../../electron/ssh/lines.ts';
import type { SshTarget } from '../../electron/ssh/target.ts';
import { missingRequirements } from '../hosts/debian.ts';
import { bootHost, deployPassword, type TestHost } from '../hosts/host.ts';
import { answering } from './fake-server.ts';
import { sshKeygen } from './folder.ts';

describe.skipIf(missingRequirements().length > 0)('a real sshd', () => {
  let host: TestHost;
  let known: KnownHosts;
  let cleanups: (() => unknown)[] = [];
  const scratch = mkdtempSync(path.join(tmpdir(), 'forgeboard-ssh-'));
  const target = (more: Partial<SshTarget> = {}): SshTarget => ({ address: host.address, port: host.port, user: 'deploy', identity: host.identity, agent: false, ...more });

  async function open(more: Partial<SshTarget> = {}, credentials: Credentials = noCredentials, limits: Partial<Limits> = {}): Promise<Connection> {
    const connection = await connect(target(more), { hostKeys: { known }, credentials, limits, name: 'shop-1' });
    cleanups.push(() => connection.close());
    return connection;
  }
  const say = async (connection: Connection, command: string): Promise<string> => text((await connection.exec(command)).stdout);

  /** sshd with more lines of configuration, for the length of the test. */
  async function configured(content: string): Promise<void> {
    const restart = async (value: string): Promise<void> => {
      // First wins in sshd's configuration, so this file must sort before the rig's own.
      await host.write('/etc/ssh/sshd_config.d/00-test.conf', value);
      // Not reload: sshd closes its port for a moment then, and nothing says when it listens again. systemd counts restarts.
      await host.run(['systemctl', 'reset-failed', 'ssh']);
      await host.run(['systemctl', 'restart', 'ssh']);
    };
    await restart(content);
    onTestFinished(() => restart(''));
  }

  beforeAll(async () => {
    host = await bootHost({ image: 'base' });
    const file = path.join(scratch, 'known_hosts');
    known = new KnownHosts({ read: [file], append: file });
    await known.accept(host.address, host.port, await findHostKey(target(), await host.hostKeyFingerprint()));
  });
  afterEach(() => {
    for (const cleanup of cleanups) cleanup();
    cleanups = [];
  });
  afterAll(async () => {
    await host?.stop();
    rmSync(scratch, { recursive: true, force: true });
  });

  it('lets in with a key file', async () => {
    const connection = await open();
    expect(await say(connection, 'id -un')).toBe('deploy\n');
    expect(connection.handshake).toMatchObject({ kex: 'curve25519-sha256', cipher: 'aes128-gcm@openssh.com', server: expect.stringContaining('OpenSSH') });
  });

  it('lets in with a key of the agent', async () => {
    const socket = path.join(scratch, 'agent');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
    onTestFinished(() => void agent.kill());
    vi.stubEnv('SSH_AUTH_SOCK', socket);
    onTestFinished(() => void vi.unstubAllEnvs());
    // The socket is there before anybody listens on it.
    await vi.waitFor(() => execFileSync('ssh-add', ['-q', host.identity], { stdio: 'ignore' }));
    expect(await say(await open({ identity: undefined, agent: true }), 'id -un')).toBe('deploy\n');
  });

  it('lets in with a password', async () => {
    const credentials = answering(deployPassword);
    expect(await say(await open({ identity: undefined }, credentials), 'id -un')).toBe('deploy\n');
    expect(credentials.questions).toHaveLength(1);
  });

  it('lets in with a password over PAM’s keyboard-interactive', async () => {
    await configured('PasswordAuthentication no\nKbdInteractiveAuthentication yes\n');
    expect(await say(await open({ identity: undefined }, answering(deployPassword)), 'id -un')).toBe('deploy\n');
  });

  it('that wants a key and then a password gets both', async () => {
    await configured('AuthenticationMethods publickey,password\n');
    expect(await say(await open({}, answering(deployPassword)), 'id -un')).toBe('deploy\n');
  });

  it.each([
    ['ed25519', []],
    ['rsa', []],
    ['ecdsa', []],
    ['rsa', ['-m', 'PEM']],
  ])('lets in with an encrypted key: %s %j', async (type, more) => {
    const file = path.join(scratch, `${type}${more.length}`);
    sshKeygen('-q', '-t', type, ...more, '-N', 'open sesame', '-f', file);
    await host.run(['sh', '-c', 'cat >> /home/deploy/.ssh/authorized_keys'], { input: readFileSync(`${file}.pub`, 'utf8') });
    const credentials = answering('wrong', 'open sesame');
    expect(await say(await open({ identity: file }, credentials), 'id -un')).toBe('deploy\n');
    expect(credentials.questions.map(({ kind }) => kind)).toEqual(['passphrase', 'passphrase']);
  });

  it('runs a hundred commands and gives each its own output and code', async () => {
    const connection = await open();
    const ends = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const channel = await connection.exec(`echo ${index}; exit ${index % 7}`);
        return `${(await text(channel.stdout)).trim()} ${(await channel.exit).code}`;
      }),
    );
    expect(ends).toEqual(Array.from({ length: 100 }, (_, index) => `${index} ${index % 7}`));
  });

  it('that allows two sessions runs all commands, two at a time', async () => {
    await configured('MaxSessions 2\n');
    const connection = await open();
    const numbers = await Promise.all(Array.from({ length: 20 }, (_, index) => say(connection, `sleep 0.05; echo ${index}`)));
    expect(numbers.map(Number)).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  it('that allows one session still runs all commands; one that allows none says so', async () => {
    await configured('MaxSessions 1\n');
    const connection = await open();
    expect((await Promise.all(['a', 'b', 'c'].map((word) => say(connection, `echo ${word}`)))).join('')).toBe('a\nb\nc\n');
    await configured('MaxSessions 0\n');
    await expect((await open()).exec('true')).rejects.toMatchObject({ problem: 'limit', hint: expect.stringContaining('MaxSessions') });
  });

  it('that renews its keys all the time loses not a byte, both ways, with a line going back and forth meanwhile', async () => {
    await configured('RekeyLimit 1M\n');
    const connection = await open();
    const size = 64 * 1024 * 1024;
    const sent = Buffer.alloc(size, 'forgeboard ');
    const up = await connection.exec('sha256sum');
    const down = await connection.exec(`head -c ${size} /dev/zero | tr '\\0' x`);
    const echo = await connection.exec('cat');
    const answers = lines(echo.stdout);
    let going = true;
    const talking = (async () => {
      let count = 0;
      while (going) {
        echo.stdin.write(`${count}\n`);
        expect((await answers.next()).value).toBe(String(count++));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return count;
    })();
    let received = 0;
    const [, sum] = await Promise.all([
      pipeline(
        Readable.from(
          (function* () {
            for (let at = 0; at < size; at += 256 * 1024) yield sent.subarray(at, at + 256 * 1024);
          })(),
        ),
        up.stdin,
      ),
      text(up.stdout),
      (async () => {
        for await (const chunk of down.stdout) received += (chunk as Buffer).length;
      })(),
    ]);
    going = false;
    expect(await talking).toBeGreaterThan(5);
    expect(sum.slice(0, 64)).toBe(createHash('sha256').update(sent).digest('hex'));
    expect(received).toBe(size);
  });

  it('with a login shell that refuses says so on standard error, with its exit code', async () => {
    await host.run(['usermod', '-s', '/usr/sbin/nologin', 'ops']);
    const channel = await (await open({ user: 'ops' })).exec('true');
    expect(await text(channel.stdout)).toContain('not available');
    expect((await channel.exit).code).toBe(1);
  });

  it('that only transfers files gives an exit code and no hang', async () => {
    await configured('ForceCommand internal-sftp\n');
    const channel = await (await open()).exec('true');
    channel.stdin.end();
    channel.stdout.resume();
    expect(await channel.exit).toMatchObject({ signal: null });
  });

  it('that refuses the login is asked once, and not again until somebody wants it', async () => {
    await configured('LogLevel VERBOSE\n');
    const file = path.join(scratch, 'stranger');
    sshKeygen('-q', '-t', 'ed25519', '-N', '', '-f', file);
    const connections = openConnections({ hostKeys: { known } });
    const stranger = { name: 'shop-1', target: target({ identity: file }) };
    const failed = async (): Promise<number> =>
      (await host.journal())
        .split('\n')
        .filter((line) => /Failed (publickey|none) for deploy|Connection closed by authenticating user deploy|Disconnected from authenticating user deploy/.test(line)).length;
    await expect(connections.get(stranger, { credentials: noCredentials })).rejects.toMatchObject({ problem: 'auth-failed', facts: { offered: ['publickey', 'password'] } });
    await vi.waitFor(async () => expect(await failed()).toBeGreaterThan(0));
    const once = await failed();
    for (let round = 0; round < 5; round++) await expect(connections.get(stranger, { credentials: noCredentials, wait: true })).rejects.toMatchObject({ problem: 'auth-failed' });
    expect(await failed()).toBe(once);
    connections.closeAll();
  });

  it('that resets the connection is connected again when something is asked', async () => {
    const connections = openConnections({ hostKeys: { known } });
    cleanups.push(() => connections.closeAll());
    const shop = { name: 'shop-1', target: target() };
    const first = await connections.get(shop, { credentials: noCredentials });
    const running = await first.exec('sleep 60');
    running.stdout.resume();
    await host.resetConnections();
    expect(await first.closed).toMatchObject({ problem: 'unreachable', message: expect.stringContaining('lost') });
    await expect(running.exit).rejects.toMatchObject({ problem: 'unreachable' });
    const second = await connections.get(shop, { credentials: noCredentials });
    expect(await say(second, 'id -un')).toBe('deploy\n');
  });

  it('that is cut off without a word is noticed, and found again after the cut', async () => {
    const connections = openConnections({ hostKeys: { known }, limits: { keepaliveMs: 500, silenceMs: 2_000, connectMs: 1_000 } });
    cleanups.push(() => connections.closeAll());
    const shop = { name: 'shop-1', target: target() };
    const first = await connections.get(shop, { credentials: noCredentials });
    await host.cut();
    onTestFinished(() => host.mend().catch(() => {})); // mended already, unless the test failed
    expect(await first.closed).toMatchObject({ problem: 'unreachable', message: expect.stringMatching(/answer/) });
    const waiting = connections.get(shop, { credentials: noCredentials, wait: true });
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    await host.mend();
    expect(await say(await waiting, 'id -un')).toBe('deploy\n');
  });

  it('that freezes is noticed by a probe', async () => {
    const connection = await open();
    await host.freezeSshd();
    onTestFinished(() => host.thawSshd());
    expect(await connection.probe(500)).toBe(false);
    expect(await connection.closed).toMatchObject({ problem: 'unreachable' });
    await host.thawSshd();
  });

  it('whose keys are changed as planned raises no alarm: the next key is learnt from a trusted connection', async () => {
    const file = path.join(scratch, 'planned');
    const own = new KnownHosts({ read: [file], append: file });
    await own.accept(host.address, host.port, await findHostKey(target(), await host.hostKeyFingerprint()));
    const learned: string[] = [];
    const through = async (): Promise<void> => {
      const connection = await connect(target(), {
        hostKeys: { known: own },
        credentials: noCredentials,
        onLearned: (keys) => learned.push(...keys.map((key) => key.fingerprint)),
      });
      cleanups.push(() => connection.close());
      expect(await say(connection, 'id -un')).toBe('deploy\n');
    };
    await host.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', '/etc/ssh/next']);
    const next = parseFingerprint((await host.run(['ssh-keygen', '-lf', '/etc/ssh/next.pub'])).stdout);
    const both = ['HostKey /etc/ssh/ssh_host_ed25519_key', 'HostKey /etc/ssh/next', ''].join('\n');
    await configured(both);
    await through();
    await vi.waitFor(() => expect(learned).toEqual([next]));
    await configured('HostKey /etc/ssh/next\n');
    await through();
    expect(learned).toEqual([next]);
  });

  // The last ones: they change the host's keys.
  it('whose key changed gets no authentication request: its own journal shows none', async () => {
    await configured('LogLevel DEBUG1\n');
    const before = await probeHostKey(target());
    await host.changeHostKeys();
    const mark = (await host.journal()).length;
    const credentials = answering(deployPassword);
    for (let round = 0; round < 5; round++) {
      await expect(connect(target(), { hostKeys: { known }, credentials })).rejects.toMatchObject({
        problem: 'host-key-changed',
        facts: { fingerprint: await host.hostKeyFingerprint(), known: [{ fingerprint: before.fingerprint }] },
      });
    }
    const seen = await vi.waitFor(async () => {
      const journal = (await host.journal()).slice(mark);
      expect(journal.match(/Connection closed by|Unable to negotiate|key exchange|Connection reset by/gi)?.length ?? 0).toBeGreaterThan(0);
      return journal;
    });
    expect(seen).toContain('kex:');
    expect(seen).not.toMatch(/userauth-request|Accepted|Failed (password|publickey|none)/);
    expect(credentials.questions).toEqual([]);
  });

  it('that was rebuilt is trusted again by the fingerprint read on it, and its old key is not', async () => {
    const key = await findHostKey(target(), await host.hostKeyFingerprint());
    await expect(known.accept(host.address, host.port, key)).rejects.toMatchObject({ problem: 'host-key-changed' });
    await known.replace(host.address, host.port, key);
    expect(await say(await open(), 'id -un')).toBe('deploy\n');
    expect((await known.lookup(host.address, host.port)).revoked.map((entry) => entry.key.type).sort()).toEqual(['ecdsa-sha2-nistp256', 'ssh-ed25519']);
  });
});
