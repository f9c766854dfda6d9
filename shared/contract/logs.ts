import { z } from 'zod';
import { momentRule } from '../rules/moment.ts';
import { ruled } from '../rules/refine.ts';
import { appName, onHost } from './apps.ts';
import { hostName } from './hosts.ts';
import { command, query, stream } from './operation.ts';

/** A request as nginx logged it; ms is null in formats that do not say how long it took. */
const request = z.object({
  method: z.string(),
  path: z.string(),
  status: z.number().int(),
  bytes: z.number(),
  ms: z.number().nullable(),
  address: z.string(),
  agent: z.string(),
  referer: z.string(),
});

export const logEntry = z.object({
  type: z.literal('line'),
  /** ISO 8601, UTC. */
  at: z.string(),
  level: z.enum(['error', 'warning', 'info', 'debug']),
  /** One of the app's, or nginx:access or nginx:error; in a server's own journal what calls itself so. */
  process: z.string(),
  slot: z.string(),
  pid: z.number().int(),
  text: z.string(),
  /** It is part of a traceback. */
  trace: z.boolean(),
  /** The release that ran there then, where it is known. */
  release: z.number().int().nullable(),
  request: request.nullable(),
});
export type LogEntry = z.infer<typeof logEntry>;

/** Lines that are not shown here: more came than is sent (rate), or than journald itself takes (journald). bytes: 0 where nobody knows. */
const leftOut = z.object({ type: z.literal('left-out'), reason: z.enum(['rate', 'journald']), at: z.string(), lines: z.number().int(), bytes: z.number() });
export type LeftOut = z.infer<typeof leftOut>;

/** older: where `older` goes on from, begun: nothing is there. newer: where a reader that is cut here goes on, as `after`. */
const place = z.object({ type: z.literal('place'), older: z.string().nullable(), begun: z.boolean(), newer: z.string().nullable() });

export const logEvent = z.discriminatedUnion('type', [logEntry, leftOut, place, z.object({ type: z.literal('note'), text: z.string() })]);
export type LogEvent = z.infer<typeof logEvent>;

const cursor = z.string().max(4000);

const filters = {
  since: ruled(momentRule, 'From when: 15m, 2h, 3d, 14:30, today, 2026-01-31 14:30').optional(),
  until: ruled(momentRule, 'Until when').optional(),
  level: z.enum(['error', 'warning', 'info', 'debug']).meta({ description: 'That grave or graver: error, warning, info, debug' }).optional(),
  grep: z.string().max(500).meta({ description: 'Only lines with this text, in capitals or not' }).optional(),
};
const appFilters = {
  ...filters,
  release: z.coerce.number().int().positive().meta({ description: 'Only lines of this release' }).optional(),
  source: z
    .string()
    .regex(/^[a-z0-9:-]+(,[a-z0-9:-]+)*$/, 'a source is a process, nginx:access or nginx:error; several are separated by commas')
    .max(2000)
    .meta({ description: "Processes of the app, nginx:access, nginx:error, separated by commas; all of the app's processes if not given" })
    .optional(),
  status: z
    .string()
    .regex(/^[1-5](\d\d|xx)(,[1-5](\d\d|xx))*$/, 'a status is a number like 404 or a class like 5xx; several are separated by commas')
    .max(500)
    .meta({ description: "Only requests that were answered so: 404, 5xx, or several separated by commas (of nginx's log)" })
    .optional(),
  path: z.string().max(500).meta({ description: "Only requests whose path begins so (of nginx's log)" }).optional(),
};
const tail = {
  lines: z.coerce.number().int().min(0).max(10_000).meta({ description: 'How many lines of history: 100, with --since 10000' }).optional(),
  follow: z.boolean().default(false).meta({ description: 'Go on until interrupted' }),
  after: cursor.meta({ description: 'With --follow: all since this place (`newer` of an earlier run with --json) in place of history' }).optional(),
};
const unit = z.string().min(1).max(255).meta({ description: 'Only of this unit, like nginx' }).optional();

/** Of a search that goes backwards: it ends after seconds, also where nothing was found yet; reached says how far it came. */
const page = z.object({ lines: z.array(z.discriminatedUnion('type', [logEntry, leftOut])), older: z.string(), begun: z.boolean(), reached: z.string() });
const before = { before: cursor, lines: z.number().int().min(1).max(2_000) };

export const logs = {
  tail: stream({
    summary: "The last lines of an app's log, and with --follow every new one.",
    permission: 'read',
    input: z.object({ app: appName, host: onHost, ...tail, ...appFilters }),
    output: z.object({ lines: z.number().int() }),
    event: logEvent,
    cli: { positional: ['app'], short: 'logs' },
  }),
  older: query({
    summary: "Lines of an app's log before a place.",
    permission: 'read',
    input: z.object({ app: appName, host: onHost, ...before, ...appFilters }),
    output: page,
    cli: { hidden: true },
  }),
  sources: query({
    summary: "What an app's log is made of: its processes, and nginx's logs of its own.",
    permission: 'read',
    input: z.object({ app: appName, host: onHost }),
    output: z.object({ processes: z.array(z.string()), nginx: z.array(z.string()) }),
    cli: { positional: ['app'] },
  }),
  host: stream({
    summary: "The last lines of a server's own journal, and with --follow every new one.",
    permission: 'administer',
    input: z.object({ host: hostName, ...tail, ...filters, unit }),
    output: z.object({ lines: z.number().int() }),
    event: logEvent,
    cli: { positional: ['host'] },
  }),
  hostOlder: query({
    summary: "Lines of a server's own journal before a place.",
    permission: 'administer',
    input: z.object({ host: hostName, ...before, ...filters, unit }),
    output: page,
    cli: { hidden: true },
  }),
  open: command({
    summary: 'Follow a log in a terminal of the window.',
    permission: 'administer',
    input: z.object({ host: onHost, app: appName.optional(), ...appFilters, unit }),
    /** As with terminals.open. */
    output: z.object({ ticket: z.string() }),
    cli: { hidden: true },
  }),
};
