import { readdirSync, readFileSync } from 'node:fs';

/** MB of a process and all below it: PSS, which counts pages that processes share once. */
export function pss(pid: number): number {
  const own = (id: number) => Number(/^Pss:\s+(\d+)/m.exec(read(id, 'smaps_rollup'))?.[1] ?? 0);
  return Math.round(family(pid).reduce((sum, id) => sum + own(id), 0) / 1024);
}

/** Milliseconds of processor time that an app's processes of one kind have used so far: `renderer` draws, `utility` is the backend. */
export function cpuMs(pid: number, kind: 'renderer' | 'utility'): number {
  const own = (id: number) => {
    const [, , , , , , , , , , , user = 0, system = 0] = read(id, 'stat').split(') ')[1]?.split(' ').map(Number) ?? [];
    return (user + system) * 10;
  };
  return family(pid)
    .filter((id) => read(id, 'cmdline').includes(`--type=${kind}`))
    .reduce((sum, id) => sum + own(id), 0);
}

function family(pid: number): number[] {
  const parents = new Map<number, number[]>();
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const parent = Number(read(Number(entry), 'stat').split(') ')[1]?.split(' ')[1]);
    parents.set(parent, [...(parents.get(parent) ?? []), Number(entry)]);
  }
  const below = (id: number): number[] => [id, ...(parents.get(id) ?? []).flatMap(below)];
  return below(pid);
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    // It ended meanwhile.
    return '';
  }
}
