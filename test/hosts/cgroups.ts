import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

// What systemd inside uses for limits and accounting. cpuset is left out: a new group there takes no process before it is filled in.
const wanted = new Set(['memory', 'cpu', 'cpuacct', 'pids', 'blkio', 'name=systemd', '']);

/**
 * Where the groups of a host of this name go on a machine with cgroup v1: one below our own in every hierarchy.
 * Empty on cgroup v2, where nspawn does all of it.
 */
export function groupPaths(name: string): string[] {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .flatMap((line) => {
      const fields = line.split(' ');
      const [type, , options = ''] = fields.slice(fields.indexOf('-') + 1);
      if (type !== 'cgroup' && type !== 'cgroup2') return [];
      return [{ root: fields[3]!, at: fields[4]!, controllers: type === 'cgroup2' ? [''] : options.split(',') }];
    });
  if (!mounts.some((mount) => mount.controllers.includes('memory'))) return [];
  return readFileSync('/proc/self/cgroup', 'utf8')
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [, controllers = '', own = '/'] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
      const first = controllers.split(',')[0]!;
      const mount = mounts.find((one) => one.controllers.includes(first));
      if (!mount || !wanted.has(first)) return [];
      const below = path.posix.relative(mount.root, own);
      return [path.join(mount.at, below.startsWith('..') ? '' : below, `forgeboard-${name}`)];
    });
}

/** Makes the groups; `memory` is the limit of the whole host in bytes. */
export function makeGroups(groups: string[], memory?: number): void {
  for (const group of groups) {
    mkdirSync(group, { recursive: true });
    if (memory === undefined) continue;
    // The second counts memory and swap together and exists only where swap is accounted for.
    for (const limit of ['memory.limit_in_bytes', 'memory.memsw.limit_in_bytes']) {
      if (existsSync(path.join(group, limit))) writeFileSync(path.join(group, limit), String(memory));
    }
  }
}

/** Removes groups and all below them; false while a process is still in one. */
export function removeGroups(groups: string[]): boolean {
  return groups.map(removeGroup).every(Boolean);
}

function removeGroup(group: string): boolean {
  try {
    for (const entry of readdirSync(group, { withFileTypes: true })) if (entry.isDirectory()) removeGroup(path.join(group, entry.name));
    rmdirSync(group);
    return true;
  } catch {
    return !existsSync(group);
  }
}
