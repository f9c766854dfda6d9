import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { removeGroups } from './cgroups.ts';
import { cacheFolder } from './cache.ts';

/** All that a running host has on this machine, so that anybody can remove it, also after a crash. */
export interface RunningHost {
  name: string;
  address: string;
  owner: { pid: number; started: string };
  /** A host that outlives the process which booted it (a demo). */
  keep: boolean;
  supervisor?: number;
  folder: string;
  root: string;
  veth: string;
  cgroups: string[];
}

const recordFile = (name: string) => path.join(cacheFolder('running'), `${name}.json`);

/** Writes the record of a host; called before anything of it exists. */
export function record(host: RunningHost): void {
  writeFileSync(`${recordFile(host.name)}.new`, JSON.stringify(host, null, 2));
  renameSync(`${recordFile(host.name)}.new`, recordFile(host.name));
}

/** The hosts that were booted and not stopped, of all processes. */
export function runningHosts(): RunningHost[] {
  const names = readdirSync(cacheFolder('running')).filter((name) => name.endsWith('.json'));
  return names.flatMap((name) => {
    const text = readIfThere(path.join(cacheFolder('running'), name));
    return text ? [JSON.parse(text) as RunningHost] : [];
  });
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // ended at this moment
  }
}

/** State, parent and start time of a process; undefined if it has ended (also when nobody has reaped it yet). */
export function processStat(pid: number): { parent: number; started: string } | undefined {
  const fields = readIfThere(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ');
  return fields.length < 20 || fields[0] === 'Z' || fields[0] === 'X' ? undefined : { parent: Number(fields[1]), started: fields[19]! };
}

/** The process of ours that runs this host's container, and its PID 1 as numbered outside. */
export function pidsOf(host: RunningHost): { nspawn?: number; leader?: number | undefined } {
  const nspawn = Number(readIfThere(path.join(host.folder, 'nspawn')));
  // A number can be taken by another process: only one that runs this very machine name counts.
  if (!nspawn || !readIfThere(`/proc/${nspawn}/cmdline`).includes(`\0${host.name}\0`)) return {};
  const children = readIfThere(`/proc/${nspawn}/task/${nspawn}/children`).trim().split(' ').filter(Boolean).map(Number);
  const leader = children.find((pid) => /^NSpid:\s+\d+\s+1$/m.test(readIfThere(`/proc/${pid}/status`)));
  return { nspawn, leader };
}

function signal(pid: number | undefined, name: NodeJS.Signals): void {
  if (!pid) return;
  try {
    process.kill(pid, name);
  } catch {
    // ended by itself
  }
}

function waitSync(done: () => boolean, timeoutMs: number): boolean {
  const deadline = performance.now() + timeoutMs;
  while (!done()) {
    if (performance.now() > deadline) return false;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
  }
  return true;
}

/** Removes a host whole: processes, network, mounts, groups, folder, record. Without await, because an exit handler cannot wait. */
export function remove(host: RunningHost): void {
  const { nspawn, leader } = pidsOf(host);
  // The supervisor first, or it would start the host again.
  if (host.supervisor && readIfThere(`/proc/${host.supervisor}/cmdline`).includes(`\0${host.name}\0`)) signal(host.supervisor, 'SIGKILL');
  signal(leader, 'SIGKILL');
  // nspawn ends with its container and tidies up after itself; one that hangs is ended as well.
  if (nspawn && !waitSync(() => !processStat(nspawn), 3000)) signal(nspawn, 'SIGKILL');
  const mounted = () => readIfThere('/proc/self/mountinfo').includes(` ${host.root} `);
  const unmounted = waitSync(() => !mounted() || spawnSync('umount', [host.root]).status === 0, 2000);
  if (!unmounted) spawnSync('umount', ['--lazy', host.root]);
  spawnSync('ip', ['link', 'delete', host.veth], { stdio: 'ignore' });
  if (existsSync(`/run/netns/${host.name}`)) spawnSync('ip', ['netns', 'delete', host.name]);
  rmSync(`/run/systemd/nspawn/propagate/${host.name}`, { recursive: true, force: true });
  const tidy = waitSync(() => removeGroups(host.cgroups), 2000);
  if (mounted()) throw new Error(`${host.root} is still mounted; its record is kept for the next try`);
  rmSync(host.folder, { recursive: true, force: true });
  if (!tidy) throw new Error(`The control groups of ${host.name} still hold processes: ${host.cgroups.join(' ')}`);
  rmSync(recordFile(host.name), { force: true });
}

/** Stops a host by name, from any process; false if there is none. */
export function stopHost(name: string): boolean {
  const host = runningHosts().find((one) => one.name === name);
  if (host) remove(host);
  return host !== undefined;
}

/** Removes the hosts whose process has gone without stopping them, and says which; hosts that are kept stay. */
export function stopStale(): string[] {
  const stale = runningHosts().filter((host) => !host.keep && processStat(host.owner.pid)?.started !== host.owner.started);
  for (const host of stale) {
    try {
      remove(host);
    } catch (error) {
      // Another process may have had the same idea at the same moment.
      if (existsSync(recordFile(host.name))) throw error;
    }
  }
  return stale.map((host) => host.name);
}
