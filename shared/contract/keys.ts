import { z } from 'zod';
import { keyNameRule } from '../rules/key-name.ts';
import { ruled } from '../rules/refine.ts';
import { hostName } from './hosts.ts';
import { command, query } from './operation.ts';

const keyName = ruled(keyNameRule, "Name of the key's file in ~/.ssh");

export const ownKey = z.object({
  name: z.string(),
  path: z.string(),
  /** ed25519, rsa, ecdsa; "key" where the file does not say. */
  type: z.string(),
  /** SHA256:...; null where its public half cannot be seen without the passphrase. */
  fingerprint: z.string().nullable(),
  comment: z.string(),
  encrypted: z.boolean(),
  /** Whether an agent of this computer holds it open. */
  inAgent: z.boolean(),
  /** The line for authorized_keys. */
  line: z.string().nullable(),
});
export type OwnKey = z.infer<typeof ownKey>;

/** What a server lets in, or why that could not be seen. */
export const keysOfHost = z.object({
  host: z.string(),
  problem: z.string().nullable(),
  keys: z.array(
    z.object({
      type: z.string(),
      fingerprint: z.string(),
      comment: z.string(),
      /** Its name on this computer; null of anybody else's. */
      own: z.string().nullable(),
      /** `command="..."`, `from="..."`; empty where it may do all. */
      options: z.string(),
    }),
  ),
});
export type KeysOfHost = z.infer<typeof keysOfHost>;

export const keys = {
  list: query({
    summary: 'The SSH keys of this computer, as far as they can be seen without a passphrase.',
    permission: 'read',
    input: z.object({}),
    output: z.object({ keys: z.array(ownKey) }),
  }),
  generate: command({
    summary: 'Make an ed25519 key in ~/.ssh. Nothing that is there is replaced.',
    permission: 'administer',
    input: z.object({
      name: keyName,
      comment: z
        .string()
        .max(100)
        .regex(/^[\x20-\x7e]*$/, 'The comment is plain text on one line')
        .optional()
        .meta({ description: 'Who or what it is for; USER@COMPUTER where nothing is said' }),
      passphrase: z.boolean().default(false).meta({ description: 'Encrypt it with a passphrase, which is asked for' }),
    }),
    output: z.object({ path: z.string(), fingerprint: z.string(), line: z.string() }),
    cli: { positional: ['name'] },
  }),
  install: command({
    summary: "Let a key of this computer in on a server: a line in the account's authorized_keys. Other lines stay as they are.",
    permission: 'administer',
    input: z.object({ host: hostName, key: keyName }),
    output: z.object({ host: z.string(), key: z.string(), outcome: z.enum(['installed', 'there']), file: z.string(), options: z.string() }),
    cli: { positional: ['host', 'key'] },
  }),
  remove: command({
    summary: 'Let a key in no more on a server. The one that this computer signs in with stays.',
    permission: 'administer',
    input: z.object({
      host: hostName,
      key: z.string().min(1).max(100).meta({ description: 'Its name on this computer, or its fingerprint SHA256:...' }),
      yes: z.boolean().default(false).meta({ description: 'Do it without asking' }),
    }),
    output: z.object({ host: z.string(), fingerprint: z.string(), file: z.string(), lines: z.number().int() }),
    cli: { positional: ['host', 'key'] },
  }),
  where: query({
    summary: 'Which keys each server lets in for the account that signs in; it asks every server that can be reached.',
    permission: 'administer',
    input: z.object({ host: hostName.optional().meta({ description: 'This server alone' }) }),
    output: z.object({ hosts: z.array(keysOfHost) }),
  }),
};
