import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBoard } from '../electron/board.ts';
import { startDelay } from '../hosts/delay.ts';
import { bootHost, type TestHost } from '../hosts/host.ts';
import { bareBoot } from './boot.ts';
import { type Figure, figure, printTable } from './figures.ts';
import { changeVersion, writeApp } from './fixture.ts';
import { type Laptop, openLaptop } from './laptop.ts';
import { firstAnswer, timed } from './watch.ts';

const farMs = 100;
/** How long after the last client a host may still run something of ours. */
const leaving = 60_000;

/** The same questions to a host with one app, with 50, with 100: does the number of apps show? */
export async function benchHundred({ rounds, sizes }: { rounds: number; sizes: number[] }): Promise<void> {
  const loadBefore = loadavg();
  const scratch = await mkdtemp(join(tmpdir(), 'forgeboard-bench-'));
  const host = await bootHost({ image: 'web' });
  const near = await openLaptop(host, 0, scratch);
  const far = await openLaptop(host, farMs, scratch);
  try {
    await near.board.call('hosts.prepare', { name: 'box', yes: true });
    const folder = join(scratch, 'shop');
    await writeApp(folder);
    const { url } = await near.board.deploy(folder, 'shop');
    const shop = `http://${host.ownAddress}:${new URL(url).port}/`;
    const table: Record<string, Record<string, Figure>> = {};
    const put = (row: string, count: number, times: number[]) => {
      table[row] = { ...table[row], [count === 1 ? '1 app' : `${count} apps`]: figure(times) };
    };
    const facts: Record<string, unknown> = {};
    const notes: string[] = [];
    let there = 1;
    let version = 0;
    for (const size of sizes) {
      const preparing = await timed(() => fill(near, scratch, there, size));
      there = size;
      const [deploys, floor]: [number[], number[]] = [[], []];
      // The first round of each stage is not counted.
      for (let round = 0; round <= rounds; round += 1) {
        await quiet(host, 'shop');
        version += 1;
        await changeVersion(folder, `v${version}`);
        const time = await timed(() => Promise.all([near.board.deploy(folder, 'shop'), firstAnswer(shop, `v${version}`)]));
        const boot = await bareBoot(host, 'shop');
        if (round > 0) deploys.push(time);
        if (round > 0) floor.push(boot);
      }
      const [list, listFar] = [await lists(near), await lists(far)];
      put('one file changed in one of them', size, deploys);
      put("that app's bare boot: the floor", size, floor);
      put('list of all apps', size, list);
      put(`list of all apps, ${farMs} ms away`, size, listFar);
      const roundTrips = Math.round(((figure(listFar).median - figure(list).median) / farMs) * 100) / 100;
      facts[`${size}`] = { preparingMs: Math.round(preparing), roundTripsOfList: roundTrips, hostMemoryMb: await memoryOf(host) };
      notes.push(
        `${size === 1 ? '1 app' : `${size} apps`}: list in ${roundTrips} round trips; all of the host uses ${await memoryOf(host)} MB; put there in ${Math.round(preparing / 1000)} s.`,
      );
    }
    const broken = await brokenSite(host, near, folder, there);
    notes.push(broken);
    await quiet(host, 'shop');
    await near.close();
    await far.close();
    const left = await leftOver(host);
    const cut = await afterCut(host);
    notes.push(`Processes of ForgeBoard ${leaving / 1000} s after the last client had gone: ${left}; after one that was cut off without a word: ${cut}.`);
    printTable(
      'One host with more and more Flask apps (1 gunicorn worker each, the measured one 2 workers and 300 files), milliseconds',
      [
        `Median (least to most) of ${rounds} deploys and 20 lists. Deploy: command to the first answer of the new release, client, connection and kit open.`,
        'Each stage follows the one before on the same host, so the machine may have changed: the floor tells. Not included: watch and drain after the switch.',
        `Load before: ${loadBefore.map((load) => load.toFixed(2)).join(', ')}.`,
        ...notes,
      ],
      table,
      { rounds, loadBefore, stages: facts, left, afterCut: cut, broken },
    );
  } finally {
    await near.close().catch(() => {});
    await far.close().catch(() => {});
    await host.stop();
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Deploys small apps through the product until there are `size`. */
async function fill({ board }: Laptop, scratch: string, there: number, size: number): Promise<void> {
  for (let number = there + 1; number <= size; number += 1) {
    const folder = join(scratch, `app-${number}`);
    await mkdir(folder);
    await writeFile(join(folder, 'app.py'), `from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get("/")\ndef home():\n    return "app ${number}"\n`);
    await writeFile(join(folder, 'requirements.txt'), 'flask\n');
    await writeFile(join(folder, 'forgeboard.yml'), 'type: wsgi\nentry_point: app:app\nworkers: 1\n');
    await board.deploy(folder, `app-${number}`);
  }
}

const quiet = (host: TestHost, app: string) => host.run(['flock', `/var/lib/forgeboard/locks/${app}.drain`, 'true']);

async function lists({ board }: Laptop): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index <= 20; index += 1) times.push(await timed(() => board.call('apps.list', { host: 'box' })));
  return times.slice(1);
}

async function memoryOf(host: TestHost): Promise<number> {
  // Pages that processes share count once.
  const { stdout } = await host.run(['sh', '-c', "cat /proc/[0-9]*/smaps_rollup 2>/dev/null | awk '/^Pss:/ { sum += $2 } END { print int(sum / 1024) }'"]);
  return Number(stdout);
}

/** Breaks the site of one app by hand and deploys another's code. */
async function brokenSite(host: TestHost, { board }: Laptop, folder: string, there: number): Promise<string> {
  if (there < 2) return 'A broken site was not tried: there is one app.';
  await host.run(['sh', '-c', 'echo "server { this is not nginx" > /etc/nginx/conf.d/forgeboard-app-2.conf']);
  const { code } = await host.run(['nginx', '-t'], { check: false });
  await changeVersion(folder, 'beside a broken one');
  const { outcome, url } = await board.deploy(folder, 'shop');
  await firstAnswer(`http://${host.ownAddress}:${new URL(url).port}/`, 'beside a broken one');
  return `With the site of app-2 broken by hand (nginx -t ends with ${code}) the code deploy of shop is ${outcome}, and its new release answers.`;
}

/** How many processes of the kit run, of any client or deployment. */
async function leftOver(host: TestHost): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, leaving));
  const { stdout } = await host.run(['ps', '-eo', 'args']);
  return stdout.split('\n').filter((line) => /forgekit|lib\/forgeboard\/kit/.test(line)).length;
}

/** The same after a client whose cable was pulled while it had kit and connection open. */
async function afterCut(host: TestHost): Promise<number> {
  const delay = await startDelay({ host: host.ownAddress, port: 22 }, 0);
  const board = await openBoard({ ...host, address: delay.address, port: delay.port });
  await board.call('apps.list', { host: 'box' });
  delay.cutSilently();
  const left = await leftOver(host);
  await board.close();
  await delay.close();
  return left;
}
