import { z } from 'zod';
import { command, query } from '../operation.ts';
import { deploymentProgress } from '../progress.ts';
import { appName, onHost } from './place.ts';

const texts = z.array(z.string().max(100_000)).max(100).default([]);

/** Changes of the app's entry in apps.yml that are made with it; without any, what somebody wrote there is taken. */
const wanted = {
  app: appName,
  host: onHost,
  set: texts.meta({ description: 'NAME=VALUE, several times; what one is: apps settings. processes.mail=... for one of several', kind: 'list' }),
  unset: texts.meta({ description: 'Take a setting out of apps.yml, several times', kind: 'list' }),
};

export const plan = z.object({
  app: z.string(),
  /** How many things differ; 0: an apply would change nothing. */
  changes: z.number().int(),
  settings: z.array(z.object({ name: z.string(), before: z.string().nullable(), after: z.string().nullable() })),
  /** Files of the server that are written anew or go, apps.yml among them, as unified diffs. */
  files: z.array(z.object({ path: z.string(), kind: z.enum(['new', 'changed', 'removed']), diff: z.string() })),
  /** restart: it starts anew in its other slot; site: nginx alone is reloaded; stored: nothing runs with it yet. */
  effect: z.enum(['nothing', 'stored', 'site', 'restart']),
  /** The same in sentences. */
  effects: z.array(z.string()),
  warnings: z.array(z.string()),
  /** Of all that it was made from: an apply with it is refused once something of that is different. */
  digest: z.string(),
});
export type ShownPlan = z.output<typeof plan>;

export const applied = z.object({
  app: z.string(),
  /** live: its release started anew with it; applied: in force, nothing had to start; unchanged: all was so already. */
  outcome: z.enum(['live', 'applied', 'unchanged']),
  /** Null where there was nothing to do, or apps.yml alone was written. */
  deployment: z.number().int().nullable(),
  release: z.number().int().nullable(),
  /** What changed, by name. */
  changes: z.array(z.string()),
  url: z.string().nullable(),
  /** Milliseconds from the call to the end. */
  ms: z.number(),
});
export type AppliedResult = z.output<typeof applied>;

export const setting = z.object({
  name: z.string(),
  /** What apps.yml, the folder or nobody says; several lines for lists and maps. */
  value: z.string().nullable(),
  from: z.enum(['apps.yml', 'folder', 'default']),
  /** What it is where nobody says it. */
  fallback: z.string().nullable(),
  /** What is in force, where that is something else. */
  inForce: z.string().nullable(),
  form: z.enum(['text', 'number', 'switch', 'list', 'map']),
  description: z.string(),
});
export type AppSetting = z.output<typeof setting>;

/** What is wanted of an app beside its code: operations of the noun apps. */
export const configuration = {
  plan: query({
    summary: 'What would change on the server: settings, files line by line, and what it does. Changes nothing.',
    permission: 'read',
    input: z.object(wanted),
    output: plan,
    cli: { positional: ['app'] },
  }),
  apply: command({
    summary: 'Put settings in force: the plan is shown, then done without a failed request; what fails is taken back whole.',
    permission: 'deploy',
    input: z.object({
      ...wanted,
      digest: z.string().max(128).meta({ description: 'Only what this plan said; refused if anything changed since' }).optional(),
      yes: z.boolean().default(false).meta({ description: 'Do it without asking' }),
    }),
    output: applied,
    event: deploymentProgress,
    cli: { positional: ['app'] },
  }),
  settings: query({
    summary: 'All settings of an app: what each is, where that comes from, and what it means.',
    permission: 'read',
    input: z.object({ app: appName, host: onHost }),
    output: z.object({
      settings: z.array(setting),
      /** Why the entry in apps.yml cannot be applied; the values are those in force then. */
      problem: z.object({ field: z.string().nullable(), message: z.string() }).nullable(),
    }),
    cli: { positional: ['app'] },
  }),
};
