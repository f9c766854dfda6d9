import { z } from 'zod';
import { hostName } from './hosts.ts';
import { command, query } from './operation.ts';

/** One line of a known_hosts file that holds a host key. */
export const knownKey = z.object({
  /** Stands for exactly this line with exactly this text; null in a file that is only read. */
  id: z.string().nullable(),
  file: z.string(),
  /** Counted from 1. */
  line: z.number().int(),
  /** As written: names, addresses and patterns. Empty where they are hashed. */
  names: z.array(z.string()),
  hashed: z.boolean(),
  type: z.string(),
  fingerprint: z.string(),
  /** authority: of a certificate authority, which counts for the system's ssh alone. */
  mark: z.enum(['key', 'revoked', 'authority']),
  /** Servers of this laptop that it speaks of. */
  hosts: z.array(z.string()),
});
export type KnownKey = z.infer<typeof knownKey>;

/** A line that counts for nothing, and why. */
export const brokenLine = z.object({ file: z.string(), line: z.number().int(), text: z.string(), wrong: z.string() });

const forgotten = z.object({ file: z.string(), line: z.number().int(), fingerprint: z.string() });

export const knownHosts = {
  list: query({
    summary: 'The host keys that this computer trusts or has revoked, with file and line.',
    permission: 'read',
    input: z.object({ host: hostName.optional().meta({ description: 'Only what speaks of this server' }) }),
    output: z.object({
      files: z.array(z.object({ path: z.string(), writable: z.boolean(), problem: z.string().nullable() })),
      keys: z.array(knownKey),
      broken: z.array(brokenLine),
      /** How many more keys there are than are listed. */
      more: z.number().int(),
    }),
  }),
  forget: command({
    summary: 'Forget a host key, or all keys trusted for a server: the next connection asks again. Other lines stay as they are.',
    permission: 'administer',
    input: z.object({
      id: z.string().max(40).optional().meta({ description: 'The key, as `known-hosts list` names it' }),
      host: hostName.optional().meta({ description: 'All keys trusted for this server; revoked ones and patterns stay' }),
      yes: z.boolean().default(false).meta({ description: 'Do it without asking' }),
    }),
    output: z.object({
      forgotten: z.array(forgotten),
      /** Lines that speak of the server and stay, each with why. */
      kept: z.array(z.object({ file: z.string(), line: z.number().int(), reason: z.string() })),
      /** Takes it back, until something else is forgotten. */
      undo: z.string(),
    }),
  }),
  restore: command({
    summary: 'Put the lines back that were forgotten last.',
    permission: 'administer',
    input: z.object({ undo: z.string().max(40) }),
    output: z.object({ restored: z.number().int() }),
    cli: { hidden: true },
  }),
};
