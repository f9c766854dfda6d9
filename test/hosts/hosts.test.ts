import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missingRequirements } from './debian.ts';
import { startDelay } from './delay.ts';
import { bootHost, deployPassword, type TestHost } from './host.ts';
import { pidsOf, processStat, runningHosts, stopHost, stopStale } from './running.ts';
import { requirementLines } from './wheels.ts';

const missing = missingRequirements();
const scratch = mkdtempSync(path.join(tmpdir(), 'forgeboard-hosts-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** The real ssh client, with a known_hosts of its own; answers with the exit code and both outputs. */
async function ssh(host: TestHost, user: string, words: string[], known = 'known_hosts'): Promise<{ code: number; stdout: string; stderr: string }> {
  const own = [`UserKnownHostsFile=${path.join(scratch, known)}`, 'StrictHostKeyChecking=accept-new', 'IdentitiesOnly=yes', 'BatchMode=yes', 'ConnectTimeout=2'];
  const argv = ['-F', 'none', '-i', host.identity, '-p', String(host.port), ...own.flatMap((one) => ['-o', one]), `${user}@${host.address}`, ...words];
  return new Promise((resolve) => {
    execFile('ssh', argv, (error, stdout, stderr) => resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }));
  });
}

describe.skipIf(missing.length > 0)('a real test host', () => {
  let host: TestHost;
  beforeAll(async () => {
    host = await bootHost();
  }, 240_000);
  afterAll(async () => host?.stop());

  it('boots to an sshd that takes the key for root, deploy and ops', async () => {
    for (const user of ['root', 'deploy', 'ops']) expect(await ssh(host, user, ['id', '-un'])).toMatchObject({ code: 0, stdout: `${user}\n` });
    const known = readFileSync(path.join(scratch, 'known_hosts'), 'utf8');
    expect(known).toContain('ssh-ed25519');
  });

  it('has the sudo users that real hosts have', async () => {
    expect((await ssh(host, 'ops', ['sudo', '-n', 'id', '-u'])).stdout).toBe('0\n');
    expect((await ssh(host, 'deploy', ['sudo', '-n', 'id', '-u'])).code).not.toBe(0);
    const asked = await host.run(['su', '-', 'deploy', '-c', 'sudo -S id -u'], { input: `${deployPassword}\n` });
    expect(asked.stdout).toBe('0\n');
  });

  it('starts as a plain Debian and installs nginx and venv from packages without any way out', async () => {
    expect((await host.run(['sh', '-c', 'command -v nginx pip || python3 -m ensurepip --version'], { check: false })).code).not.toBe(0);
    await host.run(['apt-get', 'update', '-q']);
    await host.run(['apt-get', 'install', '-y', '-q', 'nginx', 'python3-venv'], { env: { DEBIAN_FRONTEND: 'noninteractive' } });
    expect((await host.run(['curl', '-sI', 'http://localhost/'])).stdout).toMatch(/^HTTP\/1\.1 200/);
  }, 60_000);

  it('keeps its files and address over a reboot, and is really another boot', async () => {
    const bootId = await host.read('/proc/sys/kernel/random/boot_id');
    await host.write('/srv/kept/file', 'still here');
    await host.reboot();
    expect(await host.read('/srv/kept/file')).toBe('still here');
    expect(await host.read('/proc/sys/kernel/random/boot_id')).not.toBe(bootId);
    await expect.poll(async () => (await host.run(['systemctl', 'is-active', 'nginx'], { check: false })).stdout).toBe('active\n'); // sshd may be there first
    expect((await ssh(host, 'root', ['true'])).code).toBe(0);
    await host.reboot({ hard: true });
    expect((await ssh(host, 'root', ['cat', '/srv/kept/file'])).stdout).toBe('still here');
  });

  it('goes silent while it is cut off, and comes back', async () => {
    await host.cut();
    expect((await ssh(host, 'root', ['true'])).stderr).toContain('timed out');
    await host.mend();
    expect((await ssh(host, 'root', ['true'])).code).toBe(0);
  });

  it('resets connections, freezes sshd, and changes its host keys on demand', async () => {
    const before = await host.hostKeyFingerprint();
    const open = ssh(host, 'root', ['sleep', '30']);
    while (!(await host.run(['pgrep', '-x', 'sleep'], { check: false })).stdout) await new Promise((resolve) => setTimeout(resolve, 20));
    await host.resetConnections();
    expect((await open).code).toBe(255);
    await host.freezeSshd();
    expect((await ssh(host, 'root', ['true'])).stderr).toContain('timed out');
    await host.thawSshd();
    await host.changeHostKeys();
    expect(await host.hostKeyFingerprint()).not.toBe(before);
    expect((await ssh(host, 'root', ['true'])).stderr).toContain('HOST IDENTIFICATION HAS CHANGED');
  });

  it('runs out of disk where told to', async () => {
    const undo = await host.shrinkDisk('/srv/kept', 2);
    const full = await host.run(['sh', '-c', 'head -c 4000000 /dev/zero > /srv/kept/big'], { check: false });
    expect(full.stderr).toContain('No space left on device');
    await undo();
    expect(await host.run(['ls', '/srv/kept'])).toMatchObject({ stdout: 'file\n' });
  });

  it('kills what exceeds its MemoryMax', async () => {
    const grow = (size: string) => host.run(['systemd-run', '--wait', '-p', 'MemoryMax=30M', 'python3', '-c', `bytearray(${size})`], { check: false });
    expect((await grow('10**6')).code).toBe(0);
    expect((await grow('10**8')).stderr).toMatch(/oom-kill|signal/);
  });
});

describe.skipIf(missing.length > 0)('a web host', () => {
  it('installs Flask and gunicorn into a venv, with limited memory, and leaves nothing when it stops', async () => {
    const host = await bootHost({ image: 'web', memory: '512M', delayMs: 40 });
    try {
      expect(await host.read('/proc/meminfo')).toMatch(/^MemTotal: +524288 kB/);
      await host.run(['python3', '-m', 'venv', '/opt/app']);
      await host.run(['/opt/app/bin/pip', 'install', '-q', 'flask', 'gunicorn']);
      const serve = 'import flask, gunicorn; print(flask.Flask("x").test_client().get("/").status_code)';
      expect((await host.run(['/opt/app/bin/python', '-c', serve])).stdout).toBe('404\n');
      expect((await host.run(['/opt/app/bin/gunicorn', '--version'])).stdout).toContain('gunicorn');
      expect((await host.run(['/opt/app/bin/pip', 'check'])).stdout).toContain('No broken requirements');
      expect(await ssh(host, 'ops', ['id', '-un'], 'known_delayed')).toMatchObject({ code: 0, stdout: 'ops\n' });
      expect(host.delay!.bytes.up).toBeGreaterThan(1000);
    } finally {
      const running = runningHosts().find((one) => one.name === host.name)!;
      const { leader } = pidsOf(running);
      await host.stop();
      expect(processStat(leader!)).toBeUndefined();
      expect(processStat(running.supervisor!)).toBeUndefined();
      expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(host.name);
      expect(existsSync(`/sys/class/net/${running.veth}`)).toBe(false);
      for (const left of [...running.cgroups, running.folder, `/run/netns/${host.name}`]) expect(existsSync(left)).toBe(false);
      expect(runningHosts().some((one) => one.name === host.name)).toBe(false);
    }
  }, 240_000);

  it('can be stopped by name from elsewhere', async () => {
    const host = await bootHost({ image: 'web' });
    expect(stopHost(host.name)).toBe(true);
    expect(stopHost(host.name)).toBe(false);
    await host.stop();
  }, 30_000);
});

describe.skipIf(missing.length > 0)('a test that crashes', () => {
  it('has its host removed by whoever comes next', async () => {
    const script = `import { bootHost } from ${JSON.stringify(path.join(import.meta.dirname, 'host.ts'))}; bootHost({ image: 'web' }).then((host) => console.log(host.name)); setInterval(() => {}, 1000)`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const name = String(await new Promise((resolve) => child.stdout.once('data', resolve))).trim();
    const running = runningHosts().find((one) => one.name === name)!;
    expect(stopStale()).not.toContain(name);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    expect(pidsOf(running).leader).toBeDefined();
    expect(stopStale()).toContain(name);
    expect(existsSync(running.folder)).toBe(false);
  }, 30_000);
});

describe('the delay proxy', () => {
  it('adds its round trip, keeps the order, and can go silent and come back', async () => {
    const server = net.createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const delay = await startDelay({ host: '127.0.0.1', port: (server.address() as net.AddressInfo).port }, 60);
    const socket = net.connect(delay.port, delay.address);
    const heard: Buffer[] = [];
    socket.on('data', (chunk) => heard.push(chunk));
    const echo = async (text: Buffer) => {
      heard.length = 0;
      const started = performance.now();
      socket.write(text);
      while (Buffer.concat(heard).length < text.length) await new Promise((resolve) => setTimeout(resolve, 1));
      expect(Buffer.concat(heard).equals(text)).toBe(true);
      return performance.now() - started;
    };
    expect(await echo(Buffer.from('first'))).toBeGreaterThan(115); // with the handshake, two round trips
    expect(await echo(Buffer.from('second'))).toBeGreaterThan(58);
    const big = Buffer.alloc(20_000_000, 'x0123456789');
    await echo(big); // what is under way is not limited to a window's worth a round trip
    delay.cutSilently();
    setTimeout(() => delay.mend(), 200);
    expect(await echo(Buffer.from('late'))).toBeGreaterThan(200);
    expect(delay.bytes.up).toBe(delay.bytes.down);
    const reset = new Promise<NodeJS.ErrnoException>((resolve) => socket.once('error', resolve));
    delay.cutHard();
    expect((await reset).code).toBe('ECONNRESET');
    await delay.close();
    server.close();
  });
});

describe('wheels from Debian packages', () => {
  it("turn an egg's requirements into metadata", () => {
    const text = 'core>=1\n\n[:python_version < "3.10"]\nold\n\n[fast]\nnative\n\n[fast:sys_platform == "linux"]\nloop\n';
    expect(requirementLines(text)).toEqual([
      'Requires-Dist: core>=1',
      'Requires-Dist: old; (python_version < "3.10")',
      'Requires-Dist: native; extra == "fast"',
      'Requires-Dist: loop; (sys_platform == "linux") and extra == "fast"',
    ]);
  });
});
