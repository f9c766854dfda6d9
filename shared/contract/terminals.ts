import { z } from 'zod';
import { appName, onHost } from './apps.ts';
import { command } from './operation.ts';

export const terminals = {
  open: command({
    summary: "Open a shell on a server, for the window: in the app's folder where an app is named.",
    permission: 'administer',
    input: z.object({ host: onHost, app: appName.optional(), columns: z.number().int().min(2).max(1000), rows: z.number().int().min(2).max(1000) }),
    /** Its bytes do not travel as events: the ticket is exchanged once for a port of the terminal's own. */
    output: z.object({ ticket: z.string() }),
    cli: { hidden: true },
  }),
};
