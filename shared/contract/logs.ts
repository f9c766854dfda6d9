import { z } from 'zod';
import { appName, onHost } from './apps.ts';
import { stream } from './operation.ts';

export const logEntry = z.object({
  type: z.literal('line'),
  /** ISO 8601, UTC. */
  at: z.string(),
  level: z.enum(['error', 'warning', 'info', 'debug']),
  process: z.string(),
  slot: z.string(),
  text: z.string(),
});
export type LogEntry = z.infer<typeof logEntry>;

export const logs = {
  tail: stream({
    summary: "The last lines of an app's log, and with --follow every new one.",
    permission: 'read',
    input: z.object({
      app: appName,
      host: onHost,
      lines: z.coerce.number().int().min(0).max(10_000).default(100).meta({ description: 'How many lines of history' }),
      follow: z.boolean().default(false).meta({ description: 'Go on until interrupted' }),
    }),
    output: z.object({ lines: z.number().int() }),
    event: logEntry,
    cli: { positional: ['app'], short: 'logs' },
  }),
};
