import { z } from 'zod';
import { command, query } from './operation.ts';

/** How terminals look and behave. */
export const terminalLook = z.object({
  /** The window's own colours, or always these. */
  theme: z.enum(['window', 'dark', 'light']).default('window'),
  /** A font of this computer that goes before the bundled one; empty for none. */
  font: z.string().max(100).default(''),
  /** Pixels. */
  size: z.number().min(9).max(24).default(12.5),
  /** Lines that can be scrolled back to. */
  scrollback: z.number().int().min(500).max(20_000).default(5_000),
  copyOnSelect: z.boolean().default(false),
  ligatures: z.boolean().default(false),
  /** Every terminal is recorded in a file from its beginning. */
  record: z.boolean().default(false),
});
export type TerminalLook = z.output<typeof terminalLook>;

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
      terminal: terminalLook,
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
      /** The whole of it. */
      terminal: terminalLook.optional(),
    }),
    output: z.object({}),
    cli: { hidden: true },
  }),
};
