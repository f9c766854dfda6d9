import { cp, mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLoad } from '../demo/load.ts';
import { bootHost } from '../hosts/host.ts';
import { machine } from './figures.ts';
import { writeApp } from './fixture.ts';
import { openLaptop } from './laptop.ts';
import { changed } from './ours.ts';
import { hup, prepareRivals, restart } from './rivals.ts';
import { firstAnswer } from './watch.ts';

interface Row {
  deploys: number;
  requests: number;
  aSecond: number;
  failed: number;
  p50: number;
  p99: number;
  max: number;
  reasons: string[];
}

/** Requests from four visitors during deploys: how many fail, and how long the others take; ours beside rsync with HUP or restart. */
export async function benchLoad({ rounds }: { rounds: number }): Promise<void> {
  const loadBefore = loadavg();
  const scratch = await mkdtemp(join(tmpdir(), 'forgeboard-bench-'));
  const host = await bootHost({ image: 'web' });
  const laptop = await openLaptop(host, 0, scratch);
  try {
    const [ours, theirs] = [join(scratch, 'ours'), join(scratch, 'theirs')];
    await writeApp(ours);
    await cp(ours, theirs, { recursive: true });
    await laptop.board.call('hosts.prepare', { name: 'box', yes: true });
    const { url } = await laptop.board.deploy(ours, 'load');
    const own = `http://${host.ownAddress}:${new URL(url).port}/`;
    const rival = await prepareRivals(host, laptop, theirs);
    const ways: Record<string, { url: string; folder: string; deploy: () => Promise<unknown> }> = {
      'no deploys': { url: own, folder: ours, deploy: () => new Promise((resolve) => setTimeout(resolve, 1_000)) },
      ForgeBoard: { url: own, folder: ours, deploy: () => laptop.board.deploy(ours, 'load') },
      'rsync + gunicorn HUP': { url: rival, folder: theirs, deploy: () => hup(laptop, theirs) },
      'rsync + systemctl restart': { url: rival, folder: theirs, deploy: () => restart(laptop, theirs) },
    };
    const rows: Record<string, Row> = {};
    for (const [name, way] of Object.entries(ways)) {
      const load = startLoad(way.url, 10);
      const from = performance.now();
      for (let count = 1; count <= rounds; count += 1) {
        const version = `${name} ${count}`;
        await changed(way.folder)(laptop, version);
        await way.deploy();
        if (name !== 'no deploys') await firstAnswer(way.url, version);
      }
      const seconds = (performance.now() - from) / 1000;
      rows[name] = row(rounds, seconds, await load.stop());
    }
    print(rows, loadBefore);
  } finally {
    await laptop.close();
    await host.stop();
    await rm(scratch, { recursive: true, force: true });
  }
}

function row(deploys: number, seconds: number, { sent, failed, reasons, times }: { sent: number; failed: number; reasons: string[]; times: number[] }): Row {
  const sorted = [...times].sort((one, other) => one - other);
  const at = (share: number) => Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) * 10) / 10;
  return { deploys, requests: sent, aSecond: Math.round(sent / seconds), failed, p50: at(0.5), p99: at(0.99), max: at(1), reasons };
}

function print(rows: Record<string, Row>, loadBefore: number[]): void {
  const width = Math.max(...Object.keys(rows).map((name) => name.length));
  const names = ['deploys', 'requests', 'aSecond', 'failed', 'p50', 'p99', 'max'] as const;
  const head = ['deploys', 'requests', 'a second', 'failed', 'p50 ms', 'p99 ms', 'max ms'];
  const notes = [
    'Requests of a 300-file Flask app with 2 gunicorn workers, through nginx, while it is deployed again and again, each in another second than the one before',
    '  Four visitors, two of whom keep their connection, each asking again 10 ms after an answer. Times: of the requests that were answered.',
    '  Not included: requests with a body, requests that take long, WebSockets. The poller that awaits each new release is not counted.',
    '  Ours begins while the slot before is still watched, and ends that watch first. One after the other, not interleaved.',
    `  Machine: ${machine().cores} cores, shared by client, host and load; load before ${loadBefore.map((load) => load.toFixed(2)).join(', ')}, at the end ${machine().load.join(', ')}.`,
  ];
  const lines = Object.entries(rows).map(([name, one]) => `${name.padEnd(width)}${names.map((field) => String(one[field]).padStart(10)).join('')}  ${one.reasons.join(', ')}`);
  process.stdout.write(
    `${notes.join('\n')}\n\n${''.padEnd(width)}${head.map((name) => name.padStart(10)).join('')}\n${lines.join('\n')}\n\n${JSON.stringify({ rows, machine: machine(), loadBefore })}\n`,
  );
}
