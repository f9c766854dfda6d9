import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { root } from '../../build/run.ts';
import { bootHost } from '../hosts/host.ts';
import { figure, type Figure, printTable } from './figures.ts';
import { type Laptop, openLaptop } from './laptop.ts';

/** Peak memory of a program, and how long it took. */
interface Ran {
  ms: number;
  peakMb: number;
  steps: string;
}

/**
 * A folder with one file of 1 GB, and one with 100,000 small ones: the first deploy of each by the command line, as a process
 * of its own, beside scp and tar over an open ssh. The contents are new to the host each time.
 */
export async function benchUpload({ rounds, megabytes, files, rows }: { rounds: number; megabytes: number; files: number; rows: string[] }): Promise<void> {
  const chosen = (row: string) => rows.length === 0 || rows.includes(row);
  const loadBefore = loadavg();
  const scratch = await mkdtemp('/var/tmp/forgeboard-bench-');
  const host = await bootHost({ image: 'web' });
  const laptop = await openLaptop(host, 0, await mkdtemp(join(tmpdir(), 'forgeboard-bench-')));
  const table: Record<string, Record<string, Figure>> = {};
  const peaks: Record<string, number> = {};
  const steps: Record<string, string> = {};
  const put = (row: string, name: string, { ms, peakMb, steps: told }: Ran) => {
    const cells = table[row] ?? {};
    table[row] = { ...cells, [name]: figure([...(times[row + name] ?? []), ms]) };
    times[row + name] = [...(times[row + name] ?? []), ms];
    if (peakMb > 0) peaks[row] = Math.max(peaks[row] ?? 0, peakMb);
    if (told !== '') steps[row] = told;
  };
  const times: Record<string, number[]> = {};
  try {
    await laptop.board.call('hosts.prepare', { name: 'box', yes: true });
    for (let round = 1; round <= rounds; round += 1) {
      for (const [row, write] of [
        ['one file', (folder: string) => writeLarge(folder, megabytes, round)],
        ['many files', (folder: string) => writeMany(folder, files, round)],
      ] as const) {
        if (!chosen(row.split(' ')[0] as string)) continue;
        const name = row === 'one file' ? `one file of ${megabytes} MB` : `${files.toLocaleString('en')} files`;
        const folder = join(scratch, 'folder');
        await write(folder);
        const app = `up-${row.split(' ')[0]}-${round}`;
        const ways: Record<string, () => Promise<Ran>> = {
          'ForgeBoard: hash, upload, store by content, tree, switch': () => deployed(laptop, folder, app),
          scp: () => ran(['scp', '-q', '-r', ...laptop.ssh.map((word) => (word === '-p' ? '-P' : word)), folder, `${laptop.place}:/root/scp-copy`]),
          'tar over ssh': () =>
            ran([
              'sh',
              '-c',
              'folder=$1 && shift && tar -C "$folder" -c . | ssh "$@"',
              'sh',
              folder,
              ...laptop.ssh,
              laptop.place,
              'mkdir /root/tar-copy && tar -C /root/tar-copy -x',
            ]),
        };
        const names = Object.keys(ways);
        for (const way of [...names.slice(round % names.length), ...names.slice(0, round % names.length)]) {
          put(`${name}: ${way}`, 'time', await (ways[way] as () => Promise<Ran>)());
          await host.run(['rm', '-rf', '/root/scp-copy', '/root/tar-copy']);
        }
        await laptop.board.call('apps.remove', { host: 'box', app, archive: false, yes: true });
        await rm(folder, { recursive: true, force: true });
      }
    }
    printTable(
      'Large folders, over one connection to a host on the same machine, milliseconds',
      [
        `Median (least to most) of ${rounds}, interleaved. Bytes that do not compress in the large file; 1 KB of text in each small one.`,
        'Ours: the first deploy of a static site by the command line, cold: start of the program, connection, hashing, upload, check of every',
        'content on the host, the release and the switch. Not included for the rivals: connection (open), a check, a release, a way back.',
        ...Object.entries(peaks).map(([row, peak]) => `Peak memory (RSS) of the whole command line, tsx included: ${peak} MB. ${row.split(':')[0]}.`),
        ...Object.entries(steps).map(([row, told]) => `Steps of the last deploy, ${row.split(':')[0]}: ${told}`),
        `Load before: ${loadBefore.map((load) => load.toFixed(2)).join(', ')}.`,
      ],
      table,
      { rounds, loadBefore, peakRssMb: peaks, steps },
    );
  } finally {
    await laptop.close();
    await host.stop();
    await rm(scratch, { recursive: true, force: true });
  }
}

const site = '<h1>large</h1>\n';
const settings = 'type: static\nfolder: .\n';

/** Bytes that do not compress, the same ones for the same seed. */
export async function writeLarge(folder: string, megabytes: number, seed: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'index.html'), site);
  await writeFile(join(folder, 'forgeboard.yml'), settings);
  const file = createWriteStream(join(folder, 'large.bin'));
  let block = createHash('sha512').update(`${seed}`).digest();
  for (let part = 0; part < megabytes; part += 1) {
    const bytes = Buffer.alloc(1_000_000);
    for (let at = 0; at < bytes.length; at += 64) {
      block = createHash('sha512').update(block).digest();
      block.copy(bytes, at);
    }
    if (!file.write(bytes)) await new Promise((resolve) => file.once('drain', () => resolve(undefined)));
  }
  await finished(file.end());
}

export async function writeMany(folder: string, files: number, seed: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'index.html'), site);
  await writeFile(join(folder, 'forgeboard.yml'), settings);
  for (let group = 0; group * 1000 < files; group += 1) {
    await mkdir(join(folder, `part-${group}`));
    const count = Math.min(1000, files - group * 1000);
    await Promise.all(
      Array.from({ length: count }, (_none, index) => writeFile(join(folder, `part-${group}/${index}.txt`), `${seed} ${group} ${index}\n`.repeat(80).slice(0, 1000))),
    );
  }
}

async function deployed(laptop: Laptop, folder: string, app: string): Promise<Ran> {
  const argv = [process.execPath, '--import', 'tsx', join(root, 'electron/cli.ts'), 'deploy', folder, '--host', 'box', '--app', app, '--json'];
  return ran(argv, laptop.board.home);
}

/** Runs a program to its end; its own peak memory is read while it runs. */
function ran(argv: string[], home?: string): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const from = performance.now();
    const env = home === undefined ? process.env : { ...process.env, FORGEBOARD_HOME: home };
    const child = spawn(argv[0] as string, argv.slice(1), { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [said, peak] = ['', 0];
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (bytes: Buffer) => {
        said += bytes.toString();
      });
    }
    const looking = setInterval(() => {
      try {
        peak = Math.max(peak, Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0));
      } catch {
        // It has just ended.
      }
    }, 50);
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(looking);
      if (code !== 0) reject(new Error(`${argv[0]} ended with ${code}: ${said.slice(-2000)}`));
      else resolve({ ms: performance.now() - from, peakMb: home === undefined ? 0 : Math.round(peak / 1024), steps: stepsOf(said) });
    });
  });
}

/** The steps that took longer than a moment, from the events that the command line prints. */
function stepsOf(said: string): string {
  const events = said.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as { type?: string; name?: string; ms?: number }];
    } catch {
      return [];
    }
  });
  return events.flatMap(({ type, name, ms }) => (type === 'step' && ms !== undefined && ms > 20 ? [`${name} ${ms}`] : [])).join(', ');
}
