import { z } from 'zod';
import { hostNameRule, placeRule } from '../rules/address.ts';
import { ruled } from '../rules/refine.ts';
import { command, localFile, query, stream } from './operation.ts';

export const hostName = ruled(hostNameRule, 'Name of the server on this laptop');

/** A host as this laptop remembers it. The host itself keeps no word about laptops. */
export const host = z.object({
  name: z.string(),
  user: z.string(),
  address: z.string(),
  port: z.number().int(),
  identity: z.string().nullable(),
  addedAt: z.string(),
  /** Its name in ~/.ssh/config, which is asked at each connect; address, port and user are what it said when it was added. */
  alias: z.string().optional(),
  /** Stands for the programs that this configuration may run here, as they were agreed to. */
  agreement: z.string().optional(),
});
export type Host = z.infer<typeof host>;

/** One line of a check-up: what was found, whether it is in the way, and what to do. */
export const finding = z.object({
  subject: z.string(),
  level: z.enum(['ok', 'note', 'warning', 'stop']),
  text: z.string(),
  hint: z.string().nullable(),
});
export type Finding = z.infer<typeof finding>;

export const planStep = z.object({ name: z.string(), text: z.string(), changed: z.boolean() });

export const progress = z.discriminatedUnion('type', [
  z.object({ type: z.literal('step'), name: z.string(), status: z.enum(['running', 'done', 'failed', 'skipped']), detail: z.string().optional() }),
  z.object({ type: z.literal('output'), step: z.string(), text: z.string() }),
]);
export type Progress = z.infer<typeof progress>;

/** One second of a server. Bytes, bytes a second, and shares from 0 to 1. */
export const sample = z.object({
  /** ISO 8601, UTC, by the server's clock. */
  at: z.string(),
  cpu: z.object({ used: z.number(), cores: z.number().int(), load: z.tuple([z.number(), z.number(), z.number()]) }),
  memory: z.object({ used: z.number(), total: z.number(), swapUsed: z.number() }),
  disk: z.object({ used: z.number(), total: z.number(), readRate: z.number(), writeRate: z.number() }),
  network: z.object({ inRate: z.number(), outRate: z.number() }),
  uptime: z.number(),
  /** By app: share of one core, bytes of memory. */
  apps: z.array(z.object({ app: z.string(), cpu: z.number(), memory: z.number() })),
});
export type Sample = z.infer<typeof sample>;

export const hostState = z.object({
  host: z.string(),
  state: z.enum(['connecting', 'ready', 'waiting', 'lost', 'refused', 'closed']),
  /** Why it is not connected, in a sentence. */
  reason: z.string().nullable(),
  problem: z.string().nullable(),
  /** ISO 8601: when it is tried again by itself. */
  retryAt: z.string().nullable(),
});
export type HostState = z.infer<typeof hostState>;

export const hosts = {
  add: command({
    summary: 'Remember a server, after its host key was confirmed and it let you in.',
    permission: 'administer',
    input: z.object({
      name: hostName,
      address: ruled(placeRule, 'Where it is: USER@ADDRESS[:PORT], or its name in ~/.ssh/config'),
      identity: localFile('Private key file to sign in with').optional(),
      fingerprint: z.string().max(200).meta({ description: 'The fingerprint its host key must have (SHA256:...)' }).optional(),
    }),
    output: host.extend({
      fingerprint: z.string(),
      /** What of ~/.ssh/config is passed over or done otherwise, a sentence each. */
      notes: z.array(z.string()),
    }),
    cli: { positional: ['name', 'address'] },
  }),
  list: query({
    summary: 'The servers this laptop knows.',
    permission: 'read',
    input: z.object({}),
    output: z.object({ hosts: z.array(host) }),
  }),
  get: query({
    summary: 'One server as this laptop remembers it.',
    permission: 'read',
    input: z.object({ name: hostName }),
    output: host,
    cli: { positional: ['name'] },
  }),
  check: query({
    summary: 'Look at a server and say in plain words what is there and what is missing. Writes nothing on it.',
    permission: 'read',
    input: z.object({ name: hostName }),
    output: z.object({ ready: z.boolean(), prepared: z.boolean(), findings: z.array(finding) }),
    cli: { positional: ['name'] },
  }),
  probe: query({
    summary: "Read a server's host key without signing in, and say whether it is known here.",
    permission: 'read',
    input: z.object({ address: ruled(placeRule, 'Where it is: USER@ADDRESS[:PORT], or its name in ~/.ssh/config') }),
    output: z.object({
      fingerprint: z.string(),
      type: z.string(),
      verdict: z.enum(['known', 'unknown', 'changed', 'revoked']),
      /** Fingerprints that were trusted before, where the key changed or was revoked. */
      before: z.array(z.string()),
      /** The known_hosts file that says so, or that the key goes to once it is trusted. */
      file: z.string(),
      /** Prints the fingerprint on the server's own console. */
      command: z.string(),
    }),
    cli: { positional: ['address'] },
  }),
  suggest: query({
    summary: 'Servers named in ~/.ssh/config and private keys in ~/.ssh, to choose from.',
    permission: 'read',
    input: z.object({}),
    output: z.object({
      servers: z.array(
        z.object({
          name: z.string(),
          address: z.string(),
          identity: z.string().nullable(),
          /** The hosts it is reached through, as they are written. */
          jumps: z.string().nullable(),
        }),
      ),
      keys: z.array(z.object({ path: z.string(), kind: z.string(), encrypted: z.boolean() })),
    }),
  }),
  watch: stream({
    summary: 'Processor, memory, disk and network of a server, once a second.',
    permission: 'read',
    input: z.object({ name: hostName }),
    output: z.object({ samples: z.number().int() }),
    event: sample,
    cli: { positional: ['name'] },
  }),
  states: stream({
    summary: 'Which servers are connected, and each change of it.',
    permission: 'read',
    input: z.object({}),
    output: z.object({}),
    event: hostState,
  }),
  connect: command({
    summary: 'Connect to a server now, also after it refused or did not answer.',
    permission: 'read',
    input: z.object({ name: hostName }),
    output: z.object({ connected: z.boolean() }),
    cli: { positional: ['name'] },
  }),
  prepare: command({
    summary: 'Install what apps need (nginx, Python venv, the kit). Shows the plan first; a second run changes nothing.',
    permission: 'administer',
    input: z.object({
      name: hostName,
      plan: z.boolean().default(false).meta({ description: 'Only show the plan' }),
      yes: z.boolean().default(false).meta({ description: 'Do it without asking' }),
    }),
    output: z.object({ done: z.boolean(), changes: z.number().int(), steps: z.array(planStep) }),
    event: progress,
    cli: { positional: ['name'] },
  }),
  remove: command({
    summary: 'Forget a server on this laptop. The server itself is not touched.',
    permission: 'administer',
    input: z.object({ name: hostName }),
    output: z.object({ removed: z.string() }),
    cli: { positional: ['name'] },
  }),
  uninstall: command({
    summary: "Take ForgeBoard's kit and sudo rule off a server. Its apps run on.",
    permission: 'administer',
    input: z.object({
      name: hostName,
      plan: z.boolean().default(false).meta({ description: 'Only show what would go' }),
      yes: z.boolean().default(false).meta({ description: 'Do it without asking' }),
    }),
    output: z.object({ done: z.boolean(), changes: z.number().int(), steps: z.array(planStep) }),
    event: progress,
    cli: { positional: ['name'] },
  }),
};
