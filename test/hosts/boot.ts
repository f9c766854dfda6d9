import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, openSync, closeSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { cacheFolder, withLock } from './cache.ts';
import { groupPaths, makeGroups } from './cgroups.ts';
import { command, until } from './command.ts';
import { type Images, users } from './images.ts';
import { freeSubnet } from './network.ts';
import { pidsOf, processStat, record, remove, runningHosts, type RunningHost } from './running.ts';

export interface Booted {
  host: RunningHost;
  identity: string;
}

/** Reserves a name and a subnet, lays the file system out and starts the container; ready() says when it can be used. */
export async function start(images: Images, options: { memory: number | undefined; keep: boolean }): Promise<Booted> {
  const { host, outside } = await reserve(options.keep);
  try {
    await mountRoot(host, images);
    const identity = await identify(host, outside);
    makeGroups(host.cgroups, options.memory);
    writeFileSync(path.join(host.folder, 'cgroups'), host.cgroups.map((group) => `${group}\n`).join(''));
    if (options.memory) writeFileSync(path.join(host.root, 'var/lib/rig-meminfo'), meminfo(options.memory));
    supervise(host, outside, images, options.memory);
    record(host);
    return { host, identity };
  } catch (error) {
    remove(host);
    throw error;
  }
}

async function reserve(keep: boolean): Promise<{ host: RunningHost; outside: string }> {
  return withLock('hosts', async () => {
    const others = runningHosts();
    const { outside, inside } = await freeSubnet(others.map((host) => host.address));
    const name = `rig${randomBytes(4).toString('hex')}`;
    const folder = path.join(cacheFolder('hosts'), name);
    const owner = { pid: process.pid, started: processStat(process.pid)!.started };
    const host = { name, address: inside, owner, keep, folder, root: path.join(folder, 'root'), veth: `v${name}`, cgroups: groupPaths(name) };
    record(host);
    return { host, outside };
  });
}

/** Puts the host's own layer over the images. Where the cache cannot carry one (it lies on an overlay itself), /var/tmp is tried. */
async function mountRoot(host: RunningHost, images: Images): Promise<void> {
  let reason = '';
  for (const folder of [host.folder, path.join('/var/tmp/forgeboard-rig', host.name)]) {
    host.folder = folder;
    host.root = path.join(folder, 'root');
    record(host);
    const [upper, work] = [path.join(folder, 'upper'), path.join(folder, 'work')];
    for (const one of [upper, work, host.root]) mkdirSync(one, { recursive: true, mode: 0o755 });
    const layers = `lowerdir=${images.lower.join(':')},upperdir=${upper},workdir=${work}`;
    const mounted = await command(['mount', '-t', 'overlay', host.name, '-o', layers, host.root], { check: false });
    if (mounted.code === 0) return;
    reason = mounted.stderr;
  }
  throw new Error(`No overlay could be mounted in the cache folder or in /var/tmp: ${reason}`);
}

/** What makes this host itself: name, machine id, host keys, and the key that root, deploy and ops accept. */
async function identify(host: RunningHost, outside: string): Promise<string> {
  const inside = (name: string) => path.join(host.root, name);
  writeFileSync(inside('etc/hostname'), `${host.name}\n`);
  // Without its own name here, sudo and git wait for name look-ups.
  writeFileSync(inside('etc/hosts'), `127.0.0.1 localhost\n::1 localhost ip6-localhost\n127.0.1.1 ${host.name}\n${outside} laptop\n`);
  writeFileSync(inside('etc/machine-id'), `${randomBytes(16).toString('hex')}\n`);
  const identity = path.join(host.folder, 'identity');
  const keys = [
    ['ed25519', identity],
    ['ed25519', inside('etc/ssh/ssh_host_ed25519_key')],
    ['ecdsa', inside('etc/ssh/ssh_host_ecdsa_key')],
  ] as const;
  await Promise.all(keys.map(([type, file]) => command(['ssh-keygen', '-q', '-t', type, '-N', '', '-C', host.name, '-f', file])));
  for (const { id, home } of Object.values(users)) {
    const folder = inside(path.join(home, '.ssh'));
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(path.join(folder, 'authorized_keys'), readFileSync(`${identity}.pub`), { mode: 0o600 });
    for (const one of [folder, path.join(folder, 'authorized_keys')]) chownSync(one, id, id);
  }
  return identity;
}

// Containers see the whole machine's memory; a host that decides by its memory must see its own.
function meminfo(bytes: number): string {
  const kilobytes = Math.floor(bytes / 1024);
  const free = Math.max(kilobytes - 80 * 1024, 0);
  const lines = { MemTotal: kilobytes, MemFree: free, MemAvailable: free, Buffers: 0, Cached: 0, SwapTotal: 0, SwapFree: 0 };
  return Object.entries(lines)
    .map(([name, value]) => `${`${name}:`.padEnd(16)}${String(value).padStart(8)} kB\n`)
    .join('');
}

// cgroup v1 arrives read-only: made writable before systemd looks, it uses the controllers from its first moment on.
const init = [
  'for one in memory cpu cpuacct pids blkio; do mount -o remount,rw,bind "/sys/fs/cgroup/$one" 2> /dev/null; done',
  '[ ! -e /var/lib/rig-meminfo ] || mount --bind /var/lib/rig-meminfo /proc/meminfo',
  'exec /sbin/init',
].join('\n');

function supervise(host: RunningHost, outside: string, images: Images, memory: number | undefined): void {
  // Under a real systemd with cgroup v2 the container needs a group that is delegated to it.
  const own = ['-p', 'Delegate=yes', ...(memory ? ['-p', `MemoryMax=${memory}`] : [])];
  const scope = existsSync('/run/systemd/system') && host.cgroups.length === 0 ? ['systemd-run', '--scope', '-q', '--collect', ...own] : [];
  const machine = ['-q', '-D', host.root, '-M', host.name, `--network-namespace-path=/run/netns/${host.name}`];
  const plain = ['--register=no', '--keep-unit', '--resolv-conf=off', '--link-journal=no', '--timezone=off', '--capability=CAP_NET_ADMIN'];
  const binds = [`--bind-ro=${images.debs}:/opt/debs`, `--bind-ro=${images.wheels}:/opt/wheels`];
  const nspawn = [...scope, 'systemd-nspawn', ...machine, ...plain, ...binds, 'sh', '-c', init];
  const script = path.join(import.meta.dirname, 'supervise.sh');
  const console = openSync(path.join(host.folder, 'console.log'), 'a');
  const child = spawn('sh', [script, host.name, outside, host.address, host.folder, ...nspawn], { detached: true, stdio: ['ignore', console, console] });
  closeSync(console);
  child.unref();
  if (child.pid !== undefined) host.supervisor = child.pid;
}

/** Waits until sshd answers and ordinary users may log in of a boot other than the one with PID 1 `not`. */
export async function ready(host: RunningHost, not?: number): Promise<void> {
  const console = () => readFileSync(path.join(host.folder, 'console.log'), 'utf8').slice(-3000);
  await until(
    () => `${host.name} (${host.address}) to boot and sshd to answer:\n${console()}`,
    60_000,
    async () => {
      if (!processStat(host.supervisor ?? 0)) throw new Error(`${host.name} is off or did not boot:\n${console()}`);
      const { leader } = pidsOf(host);
      if (!leader || leader === not || !(await sshAnswers(host.address))) return false;
      // While this file is there, PAM turns everybody but root away.
      return !existsSync(`/proc/${leader}/root/run/nologin`);
    },
  );
}

async function sshAnswers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: address, port: 22, timeout: 1000 });
    const answer = (value: boolean) => {
      socket.destroy();
      resolve(value);
    };
    socket.once('data', (data) => answer(data.toString('latin1').startsWith('SSH-')));
    socket
      .once('error', () => answer(false))
      .once('timeout', () => answer(false))
      .once('end', () => answer(false));
  });
}

/** The fingerprint of a public key file's text, as ssh-keygen -l prints it. */
export function fingerprint(publicKey: string): string {
  const blob = Buffer.from(publicKey.split(' ')[1] ?? '', 'base64');
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}
