import { z } from 'zod';
import { forwardRule } from '../rules/forward.ts';
import { ruled } from '../rules/refine.ts';
import { hostName } from './hosts.ts';
import { stream } from './operation.ts';

export const forwardEvent = z.discriminatedUnion('type', [
  /** Connections are taken at `at`; `to` is where they lead, null where each says it itself. */
  z.object({ type: z.literal('listening'), at: z.string(), to: z.string().nullable(), onServer: z.boolean() }),
  z.object({ type: z.literal('note'), text: z.string() }),
]);
export type ForwardEvent = z.infer<typeof forwardEvent>;

export const forwards = {
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
