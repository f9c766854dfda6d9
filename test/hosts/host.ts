import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fingerprint, ready, start } from './boot.ts';
import { command, type CommandOptions, type Outcome, until } from './command.ts';
import { type Delay, startDelay } from './delay.ts';
import { missingRequirements } from './debian.ts';
import { images } from './images.ts';
import type { Release } from './packages.ts';
import { remove, type RunningHost, runningHosts, stopStale } from './running.ts';

export { deployPassword } from './images.ts';

export interface HostOptions {
  /** 'web' has nginx and python3-venv installed; 'base' (the default) is a plain Debian whose apt can install them. */
  image?: 'base' | 'web';
  release?: Release;
  /** What the whole host may use and sees in /proc/meminfo: '512M', '2G'. */
  memory?: string;
  /** Adds a proxy that makes each round trip this much longer; address and port are the proxy's then. */
  delayMs?: number;
  /** Lets the host outlive this process; stopHost(name) ends it. */
  keep?: boolean;
}

export interface TestHost {
  name: string;
  /** Where to connect to sshd. */
  address: string;
  port: number;
  /** The host's own address (differs from `address` only with delayMs). */
  ownAddress: string;
  bootMs: number;
  /** Private key file that root, deploy and ops accept. */
  identity: string;
  delay?: Delay;
  /** The host's file system as seen from outside (without what is mounted inside: /run, /tmp of units, /proc). */
  root: string;
  hostKeyFingerprint(): Promise<string>;
  /** Runs a program inside as root, without ssh. */
  run(argv: string[], options?: Omit<CommandOptions, 'cwd'>): Promise<Outcome>;
  read(file: string): Promise<string>;
  write(file: string, content: string | Buffer, mode?: number): Promise<void>;
  /** Boots again on the same files and address; `hard` pulls the plug instead of shutting down. */
  reboot(options?: { hard?: boolean }): Promise<void>;
  /** Drops every packet from and to the host without telling anybody, until mend(). */
  cut(): Promise<void>;
  mend(): Promise<void>;
  /** Every open connection to sshd gets a TCP reset from the host. */
  resetConnections(): Promise<void>;
  freezeSshd(): Promise<void>;
  thawSshd(): Promise<void>;
  /** Gives a folder a small disk of its own, with its files copied in; the result takes it away again, with all written since. */
  shrinkDisk(folder: string, megabytes: number): Promise<() => Promise<void>>;
  changeHostKeys(): Promise<void>;
  /** The journal of this boot. */
  journal(): Promise<string>;
  /** Removes the host whole: nothing of it is left on this machine. */
  stop(): Promise<void>;
}

// A login shell's PATH on Debian; nothing of this process's environment reaches the host.
const guestEnv = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', LANG: 'C.UTF-8', TERM: 'dumb' };

/** Boots a fresh Debian with systemd and sshd. The first call on a machine builds the images (half a minute); later ones take about a second. */
export async function bootHost(options: HostOptions = {}): Promise<TestHost> {
  const missing = missingRequirements();
  if (missing.length > 0) throw new Error(missing.join(' '));
  stopStale();
  const layers = await images(options.image ?? 'base', options.release ?? 'bookworm');
  const started = performance.now();
  const { host, identity } = await start(layers, { memory: bytes(options.memory), keep: options.keep });
  if (!options.keep) stopAtExit(host);
  try {
    const leader = await ready(host);
    const bootMs = Math.round(performance.now() - started);
    const delay = options.delayMs ? await startDelay({ host: host.address, port: 22 }, options.delayMs) : undefined;
    return testHost(host, { leader, identity, bootMs, delay });
  } catch (error) {
    remove(host);
    throw error;
  }
}

function bytes(size: string | undefined): number | undefined {
  const [, number, unit = ''] = /^(\d+)([KMG]?)$/.exec(size ?? '') ?? [];
  if (size && !number) throw new Error(`memory is a number with K, M or G, not ${size}`);
  return number ? Number(number) * { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }[unit]! : undefined;
}

const owned = new Set<RunningHost>();

function stopAtExit(host: RunningHost): void {
  if (owned.size === 0) {
    const stopAll = () => {
      for (const one of owned) if (runningHosts().some((other) => other.name === one.name)) remove(one);
      owned.clear();
    };
    process.once('exit', stopAll);
    for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]] as const) {
      process.once(signal, () => {
        stopAll();
        process.exit(code);
      });
    }
  }
  owned.add(host);
}

function testHost(host: RunningHost, facts: { leader: number; identity: string; bootMs: number; delay?: Delay }): TestHost {
  let { leader } = facts;
  const { delay } = facts;

  const run: TestHost['run'] = (argv, given = {}) => {
    const namespaces = ['nsenter', '-t', String(leader), '--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup', '--'];
    return command([...namespaces, ...argv], { ...given, env: { ...guestEnv, ...given.env } });
  };
  const signalSshd = async (signal: string) => {
    await run(['pkill', `--signal=${signal}`, '^sshd']);
  };
  const cut = async () => {
    const chain = (way: string, device: string) => `chain ${way} { type filter hook ${way} priority -300; ${device} host0 drop; }`;
    await run(['nft', '-f', '-'], { input: `table inet rig_cut { ${chain('input', 'iif')} ${chain('output', 'oif')} }\n` });
  };

  return {
    name: host.name,
    address: delay?.address ?? host.address,
    port: delay?.port ?? 22,
    ownAddress: host.address,
    bootMs: facts.bootMs,
    identity: facts.identity,
    delay,
    root: host.root,
    hostKeyFingerprint: async () => fingerprint(readFileSync(path.join(host.root, 'etc/ssh/ssh_host_ed25519_key.pub'), 'utf8')),
    run,
    read: async (file) => (await run(['cat', file])).stdout,
    write: async (file, content, mode = 0o644) => {
      const script = 'mkdir -p "$(dirname "$1")" && cat > "$1" && chmod "$2" "$1"';
      await run(['sh', '-c', script, 'sh', file, mode.toString(8)], { input: content });
    },
    reboot: async ({ hard = false } = {}) => {
      const before = leader;
      // A machine without power says no goodbye to its connections; the new boot has a network without these rules.
      if (hard) await cut();
      await run(hard ? ['reboot', '-ff'] : ['systemctl', 'reboot'], { check: false });
      leader = await ready(host, before);
    },
    cut,
    mend: async () => {
      await run(['nft', 'delete', 'table', 'inet', 'rig_cut']);
    },
    resetConnections: async () => {
      await run(['ss', '-K', 'state', 'established', 'sport', '=', ':22']);
    },
    freezeSshd: () => signalSshd('STOP'),
    thawSshd: () => signalSshd('CONT'),
    shrinkDisk: async (folder, megabytes) => {
      const disk = `/run/rig-disk-${Date.now()}`;
      const script =
        'mkdir "$2" && mount -t tmpfs -o "size=$3m" tmpfs "$2" && cp -a "$1/." "$2/" && chown --reference="$1" "$2" && chmod --reference="$1" "$2" && mount --bind "$2" "$1"';
      await run(['sh', '-c', script, 'sh', folder, disk, String(megabytes)]);
      return async () => {
        await run(['umount', folder]);
        await run(['umount', disk]);
      };
    },
    changeHostKeys: async () => {
      for (const type of ['ed25519', 'ecdsa']) {
        const file = `/etc/ssh/ssh_host_${type}_key`;
        await run(['rm', '-f', file, `${file}.pub`]);
        await run(['ssh-keygen', '-q', '-t', type, '-N', '', '-f', file]);
      }
      await run(['systemctl', 'restart', 'ssh']);
      leader = await ready(host);
    },
    journal: async () => (await run(['journalctl', '-b', '--no-pager', '-o', 'short-precise'], { check: false })).stdout,
    stop: async () => {
      await delay?.close();
      if (owned.delete(host) || runningHosts().some((one) => one.name === host.name)) remove(host);
    },
  };
}
