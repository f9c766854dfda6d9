import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fingerprint, ready } from './boot.ts';
import { command, type CommandOptions, type Outcome } from './command.ts';
import { ensurePackages } from './debian.ts';
import type { Delay } from './delay.ts';
import { pidsOf, remove, type RunningHost, runningHosts } from './running.ts';

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
  delay: Delay | undefined;
  /** The host's file system as seen from outside (without what is mounted inside: /run, /tmp of units, /proc). */
  root: string;
  hostKeyFingerprint(): Promise<string>;
  /** Runs a program inside as root, without ssh. */
  run(argv: string[], options?: Omit<CommandOptions, 'cwd'>): Promise<Outcome>;
  read(file: string): Promise<string>;
  write(file: string, content: string | Buffer, mode?: number): Promise<void>;
  /** Boots again on the same files and address; `hard` pulls the plug instead of shutting down. */
  reboot(options?: { hard?: boolean }): Promise<void>;
  /** Waits until sshd answers, after a reboot that somebody inside asked for. */
  ready(): Promise<void>;
  /** Drops every packet from and to the host without telling anybody, until mend(). */
  cut(): Promise<void>;
  mend(): Promise<void>;
  /** Every open connection to sshd gets a TCP reset from the host. */
  resetConnections(): Promise<void>;
  /** Gives this machine another address towards the host, as a laptop gets in another network: what is open over the old one hears nothing more. */
  moveLaptop(): Promise<void>;
  freezeSshd(): Promise<void>;
  thawSshd(): Promise<void>;
  /** Gives a folder a small disk of its own, with its files copied in; the result takes it away again, with all written since. */
  shrinkDisk(folder: string, megabytes: number): Promise<() => Promise<void>>;
  /** Puts a folder, which is moved along, under a disk quota of so many megabytes. Gives a function that takes it off again. */
  setQuota(folder: string, megabytes: number): Promise<() => Promise<void>>;
  /** Leaves the whole host so many megabytes more than it uses now, on cgroup v1. Gives a function that takes that back. */
  limitMemory(megabytes: number): () => void;
  changeHostKeys(): Promise<void>;
  /** The journal of this boot. */
  journal(): Promise<string>;
  /** Removes the host whole: nothing of it is left on this machine. */
  stop(): Promise<void>;
}

// A login shell's PATH on Debian; nothing of this process's environment reaches the host.
const guestEnv = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', LANG: 'C.UTF-8', TERM: 'dumb' };

/** What a test can do to a host that runs. */
export function testHost(host: RunningHost, facts: { identity: string; bootMs: number; delay: Delay | undefined }): TestHost {
  const { delay } = facts;

  const run: TestHost['run'] = async (argv, given = {}) => {
    // Asked for every time, because a host may reboot by itself.
    const { leader } = pidsOf(host);
    if (!leader) throw new Error(`${host.name} is off: "${argv.join(' ')}" cannot run`);
    const namespaces = ['nsenter', '-t', String(leader), '--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup', '--'];
    return command([...namespaces, ...argv], { ...given, env: { ...guestEnv, ...given.env } });
  };
  const signalSshd = async (signal: string) => {
    await run(['pkill', `--signal=${signal}`, '^sshd']);
  };
  const cut = async () => {
    const chain = (way: string, device: string) => `chain ${way} { type filter hook ${way} priority -300; ${device} host0 drop; }`;
    await run(['nft', '-f', '-'], { input: `table inet rig_cut {\n${chain('input', 'iif')}\n${chain('output', 'oif')}\n}\n` });
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
      const before = pidsOf(host).leader;
      // A machine without power says no goodbye to its connections; the new boot has a network without these rules.
      if (hard) await cut();
      await run(hard ? ['reboot', '-ff'] : ['systemctl', 'reboot'], { check: false });
      await ready(host, before);
    },
    ready: async () => {
      await ready(host);
    },
    cut,
    mend: async () => {
      await run(['nft', 'delete', 'table', 'inet', 'rig_cut']);
    },
    resetConnections: async () => {
      await run(['ss', '-K', 'state', 'established', 'sport', '=', ':22']);
    },
    moveLaptop: async () => {
      // Of the range for measuring networks, which nobody routes; unique as the host's own is.
      const next = host.address.replace(/^\d+\.\d+/, '198.18');
      await run(['ip', 'route', 'add', `${next}/32`, 'dev', 'host0']);
      await command(['ip', 'addr', 'flush', 'dev', host.veth, 'scope', 'global']);
      await command(['ip', 'addr', 'add', `${next}/32`, 'dev', host.veth]);
      await command(['ip', 'route', 'add', `${host.address}/32`, 'dev', host.veth, 'src', next]);
    },
    freezeSshd: async () => {
      // One that signed somebody in forks: only when all are stopped can no other come.
      for (let round = 0; round < 50; round += 1) {
        await signalSshd('STOP');
        const { stdout } = await run(['ps', '-eo', 'stat=,comm=']);
        if (stdout.split('\n').every((line) => !/^\S+\s+sshd/.test(line) || line.startsWith('T'))) return;
      }
      throw new Error('sshd does not stop');
    },
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
    setQuota: async (folder, megabytes) => {
      // btrfs: the quotas of other file systems are no part of many a kernel.
      await ensurePackages(['btrfs-progs']);
      const place = await mkdtemp(path.join(tmpdir(), 'forgeboard-quota-'));
      const [image, at] = [path.join(place, 'image'), path.join(place, 'at')];
      await command(['truncate', '--size=256M', image]);
      await command(['mkfs.btrfs', '--quiet', image]);
      const device = (await command(['losetup', '--find', '--show', image])).stdout.trim();
      await mkdir(at);
      await command(['mount', device, at]);
      await command(['btrfs', 'quota', 'enable', at]);
      await command(['btrfs', 'qgroup', 'limit', `${megabytes}M`, at]);
      await command(['umount', at]);
      // In /dev: /run takes no devices.
      const [disk, node] = [`/run/rig-quota-${path.basename(device)}`, `/dev/rig-${path.basename(device)}`];
      const script =
        'mknod "$3" b "$4" "$5" && mkdir "$2" && mount -t btrfs "$3" "$2" && cp -a "$1/." "$2/" && chown --reference="$1" "$2" && chmod --reference="$1" "$2" && mount --bind "$2" "$1"';
      const [, major = '', minor = ''] = /^(\d+):(\d+)$/.exec((await command(['lsblk', '--noheadings', '--nodeps', '--output=MAJ:MIN', device])).stdout.trim()) ?? [];
      await run(['sh', '-c', script, 'sh', folder, disk, node, major, minor]);
      // From now on it goes by itself when it is unmounted, also with a host that is thrown away.
      await command(['losetup', '--detach', device]);
      await rm(place, { recursive: true });
      return async () => void (await run(['umount', folder, disk]));
    },
    limitMemory: (megabytes) => {
      const group = host.cgroups.find((one) => existsSync(path.join(one, 'memory.limit_in_bytes')));
      if (group === undefined) throw new Error('the memory of a host that runs can only be limited on cgroup v1');
      const limit = path.join(group, 'memory.limit_in_bytes');
      writeFileSync(path.join(group, 'memory.force_empty'), '0');
      writeFileSync(limit, String(Number(readFileSync(path.join(group, 'memory.usage_in_bytes'), 'utf8')) + megabytes * 1024 * 1024));
      return () => writeFileSync(limit, '-1');
    },
    changeHostKeys: async () => {
      for (const type of ['ed25519', 'ecdsa']) {
        const file = `/etc/ssh/ssh_host_${type}_key`;
        await run(['rm', '-f', file, `${file}.pub`]);
        await run(['ssh-keygen', '-q', '-t', type, '-N', '', '-f', file]);
      }
      await run(['systemctl', 'reset-failed', 'ssh']);
      await run(['systemctl', 'restart', 'ssh']);
      await ready(host);
    },
    journal: async () => (await run(['journalctl', '-b', '--no-pager', '-o', 'short-precise'], { check: false })).stdout,
    stop: async () => {
      await delay?.close();
      if (runningHosts().some((one) => one.name === host.name)) remove(host);
    },
  };
}
