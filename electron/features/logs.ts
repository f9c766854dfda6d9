import { Failure } from '../../shared/errors.ts';
import { parseMoment } from '../../shared/rules/moment.ts';
import type { Handlers } from '../dispatch.ts';
import { knownApp } from '../engine/known-app.ts';
import { olderLog, readLog } from '../engine/log-reading.ts';
import { logShell } from '../engine/log-shell.ts';
import type { Terminals } from '../engine/terminals.ts';
import type { Kits } from '../hostkit/kits.ts';
import type { Inventory } from '../store/inventory.ts';

interface Filters {
  since?: string | undefined;
  until?: string | undefined;
  source?: string | undefined;
  status?: string | undefined;
}

/** With --since all of that time is wanted, up to what is bearable. */
const usualLines = ({ lines, since }: { lines?: number | undefined; since?: string | undefined }) => lines ?? (since === undefined ? 100 : 10_000);

/** Filters as the kit takes them. */
function forKit<F extends Filters>({ since, until, source, status, ...others }: F) {
  const now = new Date();
  const moment = (text: string | undefined): number | null => {
    const found = text === undefined ? null : parseMoment(text, now);
    return typeof found === 'number' ? found : null;
  };
  return { ...others, since: moment(since), until: moment(until), sources: source?.split(',') ?? null, status: status?.split(',') ?? null };
}

const endless = (follow: boolean, until: string | undefined) => {
  if (follow && until !== undefined) throw new Failure('invalid', 'What is followed has no end: leave out --until or --follow', { field: 'until' });
};

export function logsFeature({ inventory, kits, terminals }: { inventory: Inventory; kits: Kits; terminals: Terminals }): Handlers<'logs'> {
  return {
    async tail({ host: name, ...wanted }, context) {
      endless(wanted.follow, wanted.until);
      const host = await inventory.get(name);
      const shared = await kits.get(host, context);
      if ((await knownApp(shared, wanted.app, context.signal)) === null) throw new Failure('not-found', `There is no app called ${wanted.app} on ${name}`, { field: 'app' });
      return { lines: await readLog(kits, host, { ...forKit(wanted), lines: usualLines(wanted) }, context) };
    },
    async older({ host: name, ...wanted }, context) {
      return olderLog(await kits.get(await inventory.get(name), context), forKit(wanted), context.signal);
    },
    async sources({ host: name, app }, context) {
      return (await kits.get(await inventory.get(name), context)).call('logs.sources', { app }, { signal: context.signal });
    },
    async host({ host: name, ...wanted }, context) {
      endless(wanted.follow, wanted.until);
      return { lines: await readLog(kits, await inventory.get(name), { ...forKit(wanted), lines: usualLines(wanted) }, context) };
    },
    async hostOlder({ host: name, ...wanted }, context) {
      return olderLog(await kits.get(await inventory.get(name), context), forKit(wanted), context.signal);
    },
    async open({ host: name, until: _until, ...wanted }, context) {
      const host = await inventory.get(name);
      // Connected and signed in before it is a terminal, which can ask nothing.
      await kits.get(host, context);
      const all = { ...forKit(wanted), lines: 1_000, follow: true };
      return {
        ticket: terminals.hold(
          logShell((shell) => readLog(kits, host, all, shell)),
          { host: name, app: wanted.app ?? null },
        ),
      };
    },
  };
}
