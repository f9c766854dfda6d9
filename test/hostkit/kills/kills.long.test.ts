import { afterAll, beforeAll, expect, it } from 'vitest';
import { bootHost, type TestHost } from '../../hosts/host.ts';
import { connectAs, kitAs, prepare } from '../over-ssh.ts';
import { type Kind, kinds, Lane, type Round, type Told, victims } from './lane.ts';

/*
 * The kit, its connection and the host are ended at moments chosen by a seed, during every kind of change:
 *   npm run test:long -- kills
 *   KILLS_SEED=1 KILLS_FROM=0 KILLS_COUNT=500 are the usual; any part of them can be run alone, a round is the same in each.
 */
const seed = Number(process.env.KILLS_SEED ?? 1);
const from = Number(process.env.KILLS_FROM ?? 0);
const count = Number(process.env.KILLS_COUNT ?? 500);
/** Every twelfth round is a reboot, alone; so about 40 of 500. */
const REBOOTS = 12;

const steps: Record<Kind, string[]> = {
  deploy: ['tree', 'bytecode', 'start', 'check', 'switch'],
  packages: ['tree', 'packages', 'packages', 'bytecode', 'start', 'check', 'switch'],
  configure: ['configure', 'tree', 'bytecode', 'start', 'check', 'switch'],
  rollback: ['verify', 'start', 'check', 'switch'],
  restart: ['start', 'check', 'switch'],
  variables: ['variables', 'start', 'check', 'switch'],
};

/** A generator of its own for each round (mulberry32), so that a part needs no part before it. */
function chance(number: number): () => number {
  let state = (seed * 1_000_003 + number * 7919) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function drawn(number: number): Round {
  const random = chance(number);
  const one = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
  const usual = kinds.filter((kind) => kind !== 'packages');
  const kind = random() < 0.06 ? 'packages' : one(usual);
  const victim = number % REBOOTS === REBOOTS - 1 ? one(['shutdown', 'power'] as const) : one(victims);
  // Half of them at a step, within its first moments; half at any moment of the call, of what follows it, and of the drain.
  const step = random() < 0.5 ? one(steps[kind]) : null;
  const afterMs = Math.floor(random() * (step === null ? (kind === 'packages' ? 4000 : 1800) : step === 'packages' ? 3000 : 60));
  return { number, kind, victim, step, afterMs };
}

let host: TestHost;
let lanes: Lane[] = [];

beforeAll(async () => {
  host = await bootHost({ image: 'web' });
  const connection = await connectAs(host, 'root');
  const kit = await kitAs(connection, 'root');
  await prepare(kit, 'root');
  kit.close();
  connection.close();
  // Watch windows of different lengths: a kill may fall into one.
  lanes = [0, 1, 0].map((watchSeconds, index) => new Lane(host, `app-${index}`, 9300 + index, watchSeconds));
  for (const lane of lanes) await lane.begin();
});

afterAll(async () => {
  for (const lane of lanes) lane.close();
  await host?.stop();
});

it(`old or new serves, the journal tells the truth and the next deployment works, whatever is ended (seed ${seed}, rounds ${from} to ${from + count - 1})`, async () => {
  const told: Told[] = [];
  const say = (one: Told) => {
    told.push(one);
    const { number, kind, victim, step, afterMs, outcome, wrong } = one;
    process.stdout.write(`${number} ${victim} during ${kind}, ${afterMs} ms after ${step ?? 'the call'}: ${outcome}${wrong.map((text) => `\n  WRONG ${text}`).join('')}\n`);
  };
  const rounds = Array.from({ length: count }, (_, index) => drawn(from + index));
  while (rounds.length > 0) {
    const until = rounds.findIndex(({ victim }) => victim === 'shutdown' || victim === 'power');
    const side = rounds.splice(0, until < 0 ? rounds.length : until);
    const queue = side.values();
    await Promise.all(
      lanes.map(async (lane) => {
        for (const round of queue) say(await lane.round(round));
      }),
    );
    const reboot = rounds.shift();
    if (reboot === undefined) break;
    const lane = lanes[reboot.number % lanes.length]!;
    const others = lanes.filter((other) => other !== lane);
    for (const other of others) other.close();
    say(await lane.round(reboot));
    for (const other of others) await other.open();
  }
  const tally = (name: (one: Told) => string) => {
    const counts: Record<string, number> = {};
    for (const one of told) counts[name(one)] = (counts[name(one)] ?? 0) + 1;
    return counts;
  };
  const figures = { seed, from, kills: told.length, victims: tally(({ victim }) => victim), kinds: tally(({ kind }) => kind), outcomes: tally(({ outcome }) => outcome) };
  process.stdout.write(`${JSON.stringify({ ...figures, wrong: told.filter(({ wrong }) => wrong.length > 0).length })}\n`);
  expect(told.filter(({ wrong }) => wrong.length > 0)).toEqual([]);
  expect(told.length).toBe(count);
});
