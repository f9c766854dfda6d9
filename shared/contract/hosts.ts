import { z } from 'zod';
import { addressRule, hostNameRule } from '../rules/address.ts';
import { ruled } from '../rules/refine.ts';
import { command, localFile, query } from './operation.ts';

export const hostName = ruled(hostNameRule, 'Name of the server on this laptop');

/** A host as this laptop remembers it. The host itself keeps no word about laptops. */
export const host = z.object({
  name: z.string(),
  user: z.string(),
  address: z.string(),
  port: z.number().int(),
  identity: z.string().nullable(),
  addedAt: z.string(),
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

export const hosts = {
  add: command({
    summary: 'Remember a server, after its host key was confirmed and it let you in.',
    permission: 'administer',
    input: z.object({
      name: hostName,
      address: ruled(addressRule, 'Where it is: USER@ADDRESS[:PORT]'),
      identity: localFile('Private key file to sign in with').optional(),
      fingerprint: z.string().max(200).meta({ description: 'The fingerprint its host key must have (SHA256:...)' }).optional(),
    }),
    output: host.extend({ fingerprint: z.string() }),
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
