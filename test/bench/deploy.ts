import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openKit } from '../../electron/hostkit/hostkit.ts';
import { connect } from '../../electron/ssh/connect.ts';
import { noCredentials } from '../../electron/ssh/credentials.ts';
import { bootHost, type TestHost } from '../hosts/host.ts';
import { bareBoot } from './boot.ts';
import { type Figure, figure, printTable } from './figures.ts';
import { writeApp } from './fixture.ts';
import { type Laptop, openLaptop } from './laptop.ts';
import { orchestratorRows, orchestratorWays } from './orchestrators.ts';
import { changed, ourWays, type Way } from './ours.ts';
import { hup, prepareRivals, restart } from './rivals.ts';
import { firstAnswer, timed, whileAsked } from './watch.ts';

const allRows = [
  'boot',
  'first',
  'change',
  'nothing',
  'dependency',
  'variables',
  'rollback',
  'warm',
  'warm-rollback',
  'cli',
  'hup',
  'restart',
  ...orchestratorRows,
  'call',
  'connect',
];

const floorName = "the app's bare boot in the same unit: the floor";
const askedName = 'the same while a page is asked as in all other rows';

/** After so long the old slot of a deploy may be stopped at any moment, which would fall into somebody else's time. */
const watchBegins = 7_000;

/**
 * A 300-file Flask app, from the command to the first answer of the new release through nginx: ours inside a running client,
 * beside what people use instead, at several distances, interleaved on one host.
 */
export async function benchDeploy({ rounds, rows, delays }: { rounds: number; rows: string[]; delays: number[] }): Promise<void> {
  const unknown = rows.filter((row) => !allRows.includes(row));
  if (unknown.length > 0) throw new Error(`There is no row ${unknown.join(', ')}; there are ${allRows.join(', ')}`);
  const chosen = (row: string) => rows.length === 0 || rows.includes(row);
  const loadBefore = loadavg();
  const scratch = await mkdtemp(join(tmpdir(), 'forgeboard-bench-'));
  const host = await bootHost({ image: 'web' });
  const laptops: Laptop[] = [];
  try {
    for (const delayMs of delays) laptops.push(await openLaptop(host, delayMs, scratch));
    const first = laptops[0] as Laptop;
    const fixture = join(scratch, 'fixture');
    await writeApp(fixture);
    await first.board.call('hosts.prepare', { name: 'box', yes: true });
    const ways: Record<string, Way> = await ourWays(host, first, fixture, scratch, chosen);
    const others = orchestratorRows.some(chosen);
    const versions: string[] = [];
    if (chosen('hup') || chosen('restart') || others) {
      const folder = fixture;
      const url = await prepareRivals(host, first, folder);
      if (chosen('hup')) ways.hup = { name: 'rsync + gunicorn HUP, one file changed', url, prepare: changed(folder), run: (laptop) => hup(laptop, folder) };
      if (chosen('restart')) ways.restart = { name: 'rsync + systemctl restart, one file changed', url, prepare: changed(folder), run: (laptop) => restart(laptop, folder) };
    }
    if (others) {
      const found = await orchestratorWays(host, fixture, scratch, chosen);
      Object.assign(ways, found.ways);
      versions.push(...found.versions);
    }
    let floor: Floor | undefined;
    if (chosen('boot')) {
      floor = { app: 'boot', url: `http://${host.ownAddress}:${new URL((await first.board.deploy(fixture, 'boot')).url).port}/` };
      await changed(fixture)(first, 'other slot');
      await first.board.deploy(fixture, 'boot');
    }
    const measured = await measure(host, laptops, ways, rounds, floor);
    const endings: string[] = [];
    for (const way of Object.values(ways)) if (way.ended !== undefined) endings.push(await way.ended());
    const calls: Times = {};
    for (const laptop of laptops) {
      if (chosen('call')) put(calls, 'one call to the kit', laptop, await benchCalls(host, laptop));
      if (chosen('connect')) put(calls, 'connect to first answer', laptop, await benchConnect(host, laptop, scratch));
    }
    const inOrder = (times: Times): Times =>
      Object.fromEntries([floorName, askedName, ...Object.values(ways).map(({ name }) => name)].flatMap((name) => (times[name] ? [[name, times[name]]] : [])));
    const table = { ...figures(inOrder(measured.seen)), ...figures(calls) };
    const trips = roundTrips(table);
    printTable(
      'Deploys of a 300-file Flask app with 2 gunicorn workers: command to the first answer of the new release through nginx, milliseconds',
      [
        `Median (least to most) of ${rounds}, by the round trip to the host; rows and distances interleaved on one host, the first round not counted.`,
        'Ours: scan, upload, release, start in the cold slot, check, switch; in a running client with connection and kit open.',
        'Warm: the same while a client asks for it, so that a slot waits with server and packages imported, never with the app; its start is not included.',
        'The command line row adds the start of the program (from the checkout, by tsx), the connection and the start of the kit.',
        'Not included: what follows the switch (watch of 10 s, drain, stop of the old slot); it is over before the next row starts.',
        'rsync keeps its ssh connection open too. rsync + HUP has no release, no check and no way back; restart drops requests.',
        ...(others
          ? [
              'Capistrano opens a connection of its own in each run, as it does for its users, and deploys from a repository on the host itself.',
              `From Debian: ${versions.join('; ')}.`,
            ]
          : []),
        'Packages come from a folder of wheels on the host: nothing is downloaded. Only the TCP connection of SSH is delayed.',
        'A page is asked every 5 ms by a poller on the same cores as client and host.',
        `Load before: ${loadBefore.map((load) => load.toFixed(2)).join(', ')}.`,
        ...trips.lines,
        ...endings,
      ],
      table,
      { rounds, loadBefore, roundTrips: trips.counts, versions, returned: figures(measured.returned) },
    );
  } finally {
    for (const laptop of laptops) await laptop.close();
    await host.stop();
    await rm(scratch, { recursive: true, force: true });
  }
}

interface Floor {
  app: string;
  url: string;
}

/** Times by row and column. */
type Times = Record<string, Record<string, number[]>>;

const column = ({ delayMs }: Laptop) => `${delayMs} ms`;

function put(times: Times, row: string, laptop: Laptop, more: number[]): void {
  const cells = times[row] ?? {};
  times[row] = { ...cells, [column(laptop)]: [...(cells[column(laptop)] ?? []), ...more] };
}

const figures = (times: Times): Record<string, Record<string, Figure>> =>
  Object.fromEntries(Object.entries(times).map(([row, cells]) => [row, Object.fromEntries(Object.entries(cells).map(([name, list]) => [name, figure(list)]))]));

async function measure(host: TestHost, laptops: Laptop[], ways: Record<string, Way>, rounds: number, floor: Floor | undefined): Promise<{ seen: Times; returned: Times }> {
  const [seen, returned]: [Times, Times] = [{}, {}];
  /** Apps whose old slot is still watched, by the time of their deploy. */
  const watched = new Map<string, number>();
  const quiet = async (next: string | undefined) => {
    for (const [app, since] of watched) {
      if (app !== next && performance.now() - since < watchBegins) continue;
      await host.run(['flock', `/var/lib/forgeboard/locks/${app}.drain`, 'true']);
      await Object.values(ways)
        .find((way) => way.app === app)
        ?.settled?.();
      watched.delete(app);
    }
  };
  const names = Object.keys(ways);
  let count = 0;
  for (let round = 0; round <= rounds; round += 1) {
    for (const laptop of laptops) {
      const turn = names.length === 0 ? 0 : (round * laptops.length + laptops.indexOf(laptop)) % names.length;
      for (const name of [...names.slice(turn), ...names.slice(0, turn)]) {
        const way = ways[name] as Way;
        count += 1;
        const text = await way.prepare(laptop, `v${count}`);
        await quiet(way.app);
        const from = performance.now();
        const answered = way.url === undefined ? undefined : firstAnswer(way.url, text).then(() => performance.now() - from);
        const [back] = await Promise.all([timed(() => way.run(laptop)), answered]);
        if (way.app !== undefined) watched.set(way.app, performance.now());
        // The first round warms files and caches of every way and is not counted.
        if (round > 0) {
          put(seen, way.name, laptop, [(await answered) ?? back]);
          put(returned, way.name, laptop, [back]);
        }
        await new Promise((resolve) => setTimeout(resolve, 700));
      }
    }
    if (floor !== undefined && laptops[0] !== undefined) {
      await quiet(undefined);
      const time = await bareBoot(host, floor.app);
      const asked = await whileAsked(floor.url, () => bareBoot(host, floor.app));
      if (round > 0) put(seen, floorName, laptops[0], [time]);
      if (round > 0) put(seen, askedName, laptops[0], [asked]);
    }
  }
  return { seen, returned };
}

/** How many round trips a row needs: what it takes longer at the largest distance than at the smallest, by their difference. */
function roundTrips(table: Record<string, Record<string, Figure>>): { lines: string[]; counts: Record<string, number> } {
  const counts: Record<string, number> = {};
  for (const [row, cells] of Object.entries(table)) {
    const sorted = Object.entries(cells).sort(([one], [other]) => Number.parseFloat(one) - Number.parseFloat(other));
    const [near, far] = [sorted[0], sorted.at(-1)];
    if (near === undefined || far === undefined || near === far) continue;
    counts[row] = Math.round(((far[1].median - near[1].median) / (Number.parseFloat(far[0]) - Number.parseFloat(near[0]))) * 10) / 10;
  }
  const said = Object.entries(counts).map(([row, trips]) => `${row} ${trips}`);
  return { counts, lines: said.length === 0 ? [] : [`Round trips, by what the largest distance adds: ${said.join('; ')}.`] };
}

/** Small questions to an open kit, one after the other. */
async function benchCalls(host: TestHost, laptop: Laptop): Promise<number[]> {
  const [, address = ''] = laptop.place.split('@');
  const target = { address, port: laptop.port, user: 'root', identity: host.identity };
  const connection = await connect(target, { hostKeys: { pinned: await host.hostKeyFingerprint() }, credentials: noCredentials });
  const kit = await openKit((line) => connection.exec(line), { user: 'root', askSudo: async () => undefined });
  const times: number[] = [];
  for (let index = 0; index < (laptop.delayMs > 0 ? 20 : 500); index += 1) times.push(await timed(() => kit.call('registry.read', {})));
  kit.close();
  connection.close();
  return times;
}

/** The first call of a new client connects, signs in, starts the kit and asks it. */
async function benchConnect(host: TestHost, { delayMs }: Laptop, scratch: string): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < 7; index += 1) {
    const laptop = await openLaptop(host, delayMs, await mkdtemp(join(scratch, 'new-')));
    times.push(await timed(() => laptop.board.call('apps.list', { host: 'box' })));
    await laptop.close();
  }
  return times;
}
