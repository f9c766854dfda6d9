import { z } from 'zod';
import { appName, onHost } from './apps.ts';
import { forwardRule } from '../rules/forward.ts';
import { ruled } from '../rules/refine.ts';
import { hostName } from './hosts.ts';
import { query, stream } from './operation.ts';

export const forwardEvent = z.discriminatedUnion('type', [
  /** Connections are taken at `at`; `to` is where they lead, null where each says it itself. */
  z.object({ type: z.literal('listening'), at: z.string(), to: z.string().nullable(), onServer: z.boolean() }),
  /** connected: where it is about the server's connection, whether it is there from now on. */
  z.object({ type: z.literal('note'), text: z.string(), connected: z.boolean().optional() }),
  /** How many connections are open and were carried in all; at most once a second. */
  z.object({ type: z.literal('carried'), open: z.number().int(), all: z.number().int() }),
]);
export type ForwardEvent = z.infer<typeof forwardEvent>;

/** A server that an app's variables name: a database, a cache, a queue. */
export const service = z.object({
  /** The variable that names it. */
  variable: z.string(),
  kind: z.enum(['PostgreSQL', 'MySQL', 'Redis', 'MongoDB', 'RabbitMQ']),
  /** As the app's server reaches it. */
  host: z.string(),
  port: z.number().int(),
  /** For a client on this computer: SCHEME://USER@ and /DATABASE around where it is taken; never the password. */
  before: z.string(),
  after: z.string(),
});
export type Service = z.infer<typeof service>;

export const forwards = {
  services: query({
    summary: "The databases, caches and queues that an app's variables name, for a forward to them; without their passwords.",
    permission: 'administer',
    input: z.object({ app: appName, host: onHost }),
    output: z.object({ services: z.array(service) }),
    cli: { positional: ['app'] },
  }),
  open: stream({
    summary: 'Carry connections between this computer and what a server reaches, until interrupted; comes back by itself after a lost connection.',
    permission: 'administer',
    input: z.object({
      host: hostName,
      forward: ruled(forwardRule, '[BIND:]PORT:[HOST:]PORT as for ssh -L, or [BIND:]PORT with --dynamic'),
      remote: z.boolean().default(false).meta({ description: 'Take connections on the server and lead them to this computer (ssh -R)' }),
      dynamic: z.boolean().default(false).meta({ description: 'A SOCKS5 proxy, by which programs say where to (ssh -D)' }),
    }),
    output: z.object({ connections: z.number().int() }),
    event: forwardEvent,
    cli: { positional: ['host', 'forward'], short: 'forward' },
  }),
};
