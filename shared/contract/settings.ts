import { z } from 'zod';
import { command, query } from './operation.ts';

export const settings = {
  get: query({
    summary: 'How the window looks, and whether this machine has a keyring for secrets.',
    permission: 'read',
    input: z.object({}),
    output: z.object({
      theme: z.enum(['system', 'light', 'dark']),
      /** Percent of the usual text size. */
      textSize: z.number().int(),
      colourBlind: z.boolean(),
      singleKeys: z.boolean(),
      /** What secrets are kept in; null with the reason where there is nothing safe. */
      keyring: z.object({ name: z.string().nullable(), reason: z.string().nullable() }),
      home: z.string(),
      /** Set aside because it could not be read, since the last start. */
      recovered: z.array(z.string()),
    }),
  }),
  set: command({
    summary: 'Change how the window looks.',
    permission: 'read',
    input: z.object({
      theme: z.enum(['system', 'light', 'dark']).optional(),
      textSize: z.number().int().min(90).max(125).optional(),
      colourBlind: z.boolean().optional(),
      singleKeys: z.boolean().optional(),
    }),
    output: z.object({}),
    cli: { hidden: true },
  }),
};
