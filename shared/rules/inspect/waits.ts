import type { Facts } from './facts.ts';
import { botModules, consumers, ownServers, waitsForever, workerModules } from './frameworks.ts';
import { callsOf, runs, type Unit } from './reach.ts';
import { dotted, meaning, type SeenCall, type Sheet } from './sheet.ts';

/** What a program does for as long as it runs. */
export interface Waiting {
  /** worker: it waits for work. page: it answers HTTP by itself. */
  kind: 'worker' | 'page';
  sheet: Sheet;
  line: number;
  /** A bot, or what a queue's own package runs. */
  isSure: boolean;
  /** It is a call that only comes back at the end, and not a loop of the program's own, which may be a part of it. */
  isCall: boolean;
}

const member = ({ call }: SeenCall): string => (call.callee.kind === 'member' ? `.${call.callee.name}` : '');

/** Where a program waits for work once it is started at a module, or at a function of it; null where it ends by itself. */
export function waitingOf(facts: Facts, sheet: Sheet, name: string | null = null): Waiting | null {
  const units = runs(facts, sheet, name);
  const uses = (names: RegExp): boolean => units.some((unit) => unit.sheet.imports.some(({ module }) => names.test(module) && !facts.project.isOwn(module)));
  const isBot = uses(botModules);
  const isWorker = isBot || uses(workerModules);
  let page: Waiting | null = null;
  let found: Waiting | null = null;
  for (const unit of units) {
    const calls = callsOf(unit, sheet);
    const at = (line: number, isCall: boolean): Waiting => ({ kind: 'worker', sheet: unit.sheet, line, isSure: isWorker, isCall });
    const waits = calls.find(
      (seen) =>
        waitsForever.test(seen.name) ||
        waitsForever.test(member(seen)) ||
        consumers.test(seen.name) ||
        (isBot && streams(seen)) ||
        (isWorker && /^\.(run|start|work|listen|connect|subscribe|launch)$/.test(member(seen)) && !/^(subprocess|os|asyncio|threading)\./.test(seen.name) && isOf(unit, isBot)),
    );
    const type = unit.name === null ? undefined : unit.sheet.classes.get(unit.name);
    const serves =
      calls.find(({ name: full }) => ownServers.test(full))?.call.line ??
      (type?.bases.some((base) => ownServers.test(meaning(base, unit.sheet.bindings))) === true ? type.line : null);
    if (serves !== null) page ??= { ...at(serves, true), kind: 'page' };
    const loop = unit.sheet.loops.find(({ within }) => within === unit.name);
    const line = waits?.call.line ?? (loop !== undefined && listens(calls) ? loop.line : null);
    if (line !== null) found ??= at(line, waits !== undefined);
    if (found?.isSure === true) break;
  }
  // A bot or a worker with a page beside it is that; a loop beside a page of its own keeps the page alive.
  return page !== null && found?.isSure !== true ? page : found;

  function isOf(unit: Unit, anywhere: boolean): boolean {
    return anywhere || unit.sheet.imports.some(({ module }) => workerModules.test(module));
  }
}

/** What comes of a stream comes without an end: `subreddit.stream.comments()`, `stream.filter(track=...)`. */
const streams = ({ call: { callee } }: SeenCall): boolean =>
  callee.kind === 'member' &&
  ((/^(comments|submissions)$/.test(callee.name) && callee.of.kind === 'member' && callee.of.name === 'stream') ||
    (/^(filter|sample)$/.test(callee.name) && /stream$/i.test(dotted(callee.of) ?? '')));

/** Calls that wait for something from outside, and none that asks a person. */
function listens(calls: readonly SeenCall[]): boolean {
  if (calls.some(({ name }) => name === 'input' || name === 'raw_input')) return false;
  return calls.some(
    (seen) =>
      /(^|\.)(sleep|accept|recv|get_updates|poll|blpop|brpop|xread|receive_messages|wait)$/.test(seen.name) ||
      /^\.(accept|recv|recvfrom|get_updates|poll|blpop|brpop|receive_messages?|wait|sleep)$/.test(member(seen)),
  );
}
