import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { bootHost } from '../hosts/host.ts';
import { command } from '../hosts/command.ts';
import { type Figure, figure, printTable } from './figures.ts';
import { type Laptop, openLaptop } from './laptop.ts';
import { writeLarge, writeMany } from './upload.ts';
import { timed } from './watch.ts';

/**
 * Files up and down by `files.put` and `files.get`, inside a running client whose connection is open, beside scp and tar over
 * an ssh whose connection is open as well, at several distances.
 */
export async function benchFiles({
  rounds,
  rows,
  delays,
  megabytes,
  files,
}: {
  rounds: number;
  rows: string[];
  delays: number[];
  megabytes: number;
  files: number;
}): Promise<void> {
  const chosen = (row: string) => rows.length === 0 || rows.includes(row);
  const loadBefore = loadavg();
  const scratch = await mkdtemp('/var/tmp/forgeboard-bench-');
  const host = await bootHost({ image: 'web' });
  const laptops: Laptop[] = [];
  const times: Record<string, Record<string, number[]>> = {};
  const put = (row: string, { delayMs }: Laptop, ms: number) => {
    const cells = times[row] ?? {};
    times[row] = { ...cells, [`${delayMs} ms`]: [...(cells[`${delayMs} ms`] ?? []), ms] };
  };
  try {
    for (const delayMs of delays) laptops.push(await openLaptop(host, delayMs, await mkdtemp(join(scratch, 'laptop-'))));
    for (let round = 1; round <= rounds; round += 1) {
      for (const [kind, name, write] of [
        ['large', `one file of ${megabytes} MB`, (folder: string) => writeLarge(folder, megabytes, round)],
        ['many', `${files.toLocaleString('en')} files of 1 KB`, (folder: string) => writeMany(folder, files, round)],
        ['merge', `${files.toLocaleString('en')} files of 1 KB over as many`, (folder: string) => writeMany(folder, files, round)],
      ] as const) {
        if (!chosen(kind)) continue;
        const folder = join(scratch, 'up');
        await write(folder);
        for (const laptop of laptops) {
          const down = join(scratch, 'down');
          const [ours, theirs] = [
            ['ForgeBoard', forgeboard(laptop, folder, down)] as const,
            kind === 'large' ? (['scp', scp(laptop, folder, down)] as const) : (['tar over ssh', tar(laptop, folder, down)] as const),
          ];
          for (const [who, way] of round % 2 === 0 ? [ours, theirs] : [theirs, ours]) {
            await command(['rm', '-rf', down]);
            await command(['mkdir', down]);
            await host.run(['sh', '-c', 'rm -rf /root/there && mkdir /root/there']);
            if (kind === 'merge') {
              // The same files with other contents lie on both sides.
              await way.up();
              await command(['sh', '-c', 'mkdir "$2/up" && cp -r "$1/." "$2/up" && find "$2/up" -type f -exec truncate -s 1000 {} +', 'sh', folder, down]);
              await host.run(['sh', '-c', 'find /root/there -type f -exec truncate -s 1000 {} +']);
            }
            put(`${name} up: ${who}`, laptop, await timed(way.up));
            put(`${name} down: ${who}`, laptop, await timed(way.down));
            await command(['diff', '-r', folder, join(down, 'up')]);
          }
        }
        await rm(folder, { recursive: true, force: true });
      }
    }
    const table: Record<string, Record<string, Figure>> = {};
    for (const [row, cells] of Object.entries(times)) table[row] = Object.fromEntries(Object.entries(cells).map(([cell, all]) => [cell, figure(all)]));
    printTable(
      'Files up and down, milliseconds, by the round trip to the host',
      [
        `Median (least to most) of ${rounds}, interleaved. Bytes that do not compress in the large file; every copy is compared with its source afterwards.`,
        'All over a connection that is open; ours over SFTP, small files of a folder as a tar, under another name until all is whole. tar neither asks nor keeps anything apart.',
        `Only the TCP connection of SSH is delayed. Load before: ${loadBefore.map((load) => load.toFixed(2)).join(', ')}.`,
      ],
      table,
      { rounds, loadBefore },
    );
  } finally {
    for (const laptop of laptops) await laptop.close();
    await host.stop();
    await rm(scratch, { recursive: true, force: true });
  }
}

interface Ways {
  up(): Promise<unknown>;
  down(): Promise<unknown>;
}

const forgeboard = ({ board }: Laptop, folder: string, down: string): Ways => ({
  up: () => board.call('files.put', { host: 'box', from: board.open(folder), path: '/root/there', overwrite: true }),
  down: () => board.call('files.get', { host: 'box', path: '/root/there/up', into: board.open(down), overwrite: true }),
});

function scp({ ssh, place }: Laptop, folder: string, down: string): Ways {
  const options = ssh.map((word) => (word === '-p' ? '-P' : word));
  return {
    up: () => command(['scp', '-q', '-r', ...options, folder, `${place}:/root/there`]),
    down: () => command(['scp', '-q', '-r', ...options, `${place}:/root/there/up`, down]),
  };
}

function tar({ ssh, place }: Laptop, folder: string, down: string): Ways {
  const shell = (script: string, where: string) => command(['sh', '-c', script, 'sh', where, ...ssh, place]);
  return {
    up: () => shell('where=$1 && shift && tar -C "$where/.." -c up | ssh "$@" tar -C /root/there -x', folder),
    down: () => shell('where=$1 && shift && ssh "$@" tar -C /root/there -c up | tar -C "$where" -x', down),
  };
}
