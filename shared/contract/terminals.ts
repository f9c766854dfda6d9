import { z } from 'zod';
import { appName, onHost } from './apps.ts';
import { command } from './operation.ts';

const columns = z.number().int().min(2).max(1000);
const rows = z.number().int().min(2).max(1000);

export const terminals = {
  open: command({
    summary: "Open a shell on a server, for the window: in the app's folder where an app is named.",
    permission: 'administer',
    input: z.object({
      host: onHost,
      app: appName.optional(),
      /** As the app's user, with the variables and packages of the release that serves. */
      environment: z.boolean().optional(),
      columns,
      rows,
      /** Keep trying until the server is reached: it was before. */
      wait: z.boolean().optional(),
      /** What it prints is written to a file on this computer, as text. */
      record: z.boolean().optional(),
    }),
    /** Its bytes do not travel as events: the ticket is exchanged once for a port of the terminal's own. */
    output: z.object({ ticket: z.string() }),
    cli: { hidden: true },
  }),
  run: command({
    summary: 'Run a command that somebody typed on a server, with its input and output, or on a terminal of this size.',
    permission: 'administer',
    input: z.object({ host: onHost, command: z.string().min(1).max(100_000), columns: columns.optional(), rows: rows.optional() }),
    /** As with open; without a size the ticket stands for the command's own streams. */
    output: z.object({ ticket: z.string() }),
    cli: { hidden: true },
  }),
};
