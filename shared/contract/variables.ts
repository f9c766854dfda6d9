import { z } from 'zod';
import { ruled } from '../rules/refine.ts';
import { mostVariables, variableNameRule, variableValueRule } from '../rules/variables.ts';
import { Secret } from '../secret.ts';
import { appName, onHost } from './apps.ts';
import { command, folderHandle, query } from './operation.ts';
import { deploymentProgress } from './progress.ts';

export const variableName = ruled(variableNameRule, 'Name of the variable, like DATABASE_URL');

/** Whether it will be shown or not: a value is a Secret from the door on. */
const variableValue = ruled(variableValueRule, 'Its value, byte for byte').transform((value) => new Secret(value));

const names = z.array(variableName).max(mostVariables);

/** A variable to be set. value: null leaves it as it is; secret: left out, it stays what it was, else its name decides. */
const wanted = z.object({ name: variableName, value: variableValue.nullable(), secret: z.boolean().optional() });

/** The same as an argument, NAME=VALUE. A value on a command line can be read by others, so a secret is not given so. */
const argument = z
  .string()
  .transform((text, context) => {
    const [, name, value] = /^([^=]*)=([\s\S]*)$/.exec(text) ?? [];
    if (name !== undefined && value !== undefined) return { name, value };
    context.addIssue({ code: 'custom', message: 'write NAME=VALUE; for a secret --secret NAME, which asks for its value' });
    return z.NEVER;
  })
  .pipe(z.object({ name: variableName, value: variableValue }));

export const variable = z.object({
  name: z.string(),
  secret: z.boolean(),
  /** null for a secret: it can be replaced, not read. */
  value: z.string().nullable(),
  /** Since which version it is so. */
  version: z.number().int(),
  /** ISO 8601, UTC; null where that is not known. */
  since: z.string().nullable(),
  /** It holds control or invisible characters, which are shown as marks: it can only be replaced. */
  marked: z.boolean(),
});
export type Variable = z.infer<typeof variable>;

const nameChanges = { added: z.array(z.string()), changed: z.array(z.string()), removed: z.array(z.string()) };

const result = z.object({
  app: z.string(),
  /** live: the app runs with it. stored: it does not run, and starts with it. unchanged: all was so already. */
  outcome: z.enum(['live', 'stored', 'unchanged']),
  version: z.number().int(),
  ...nameChanges,
  deployment: z.number().int().nullable(),
  release: z.number().int().nullable(),
  url: z.string().nullable(),
  /** Milliseconds from the call to the switch. */
  ms: z.number(),
});
export type VariablesResult = z.infer<typeof result>;

export const variables = {
  list: query({
    summary: "An app's variables; of secrets the names only.",
    permission: 'read',
    input: z.object({ app: appName, host: onHost }),
    output: z.object({
      variables: z.array(variable),
      /** The newest version, 0 where none were ever set; and the one that runs, null where nothing does. */
      version: z.number().int(),
      live: z.number().int().nullable(),
      /** A change starts the app anew, in its other slot. */
      serves: z.boolean(),
    }),
    cli: { positional: ['app'] },
  }),
  history: query({
    summary: "The versions of an app's variables: who changed which names, and when.",
    permission: 'read',
    input: z.object({ app: appName, host: onHost }),
    output: z.object({
      versions: z.array(
        z.object({
          version: z.number().int(),
          live: z.boolean(),
          at: z.string().nullable(),
          actor: z.string().nullable(),
          ...nameChanges,
          /** The version that this one brought back, by a rollback. */
          restored: z.number().int().nullable(),
        }),
      ),
    }),
    cli: { positional: ['app'] },
  }),
  set: command({
    summary: 'Set variables without a failed request: the app starts anew with them beside the running one and takes over.',
    permission: 'deploy',
    input: z.object({
      app: appName,
      host: onHost,
      values: z.array(argument).max(mostVariables).default([]).meta({ description: 'NAME=VALUE, as many as wanted', kind: 'list' }),
      secret: names.default([]).meta({ description: 'A secret: its value is asked for, or read from standard input', kind: 'list' }),
      plain: z.boolean().default(false).meta({ description: 'The values given are no secrets, whatever their names say' }),
      /** What the window gathers: all of it becomes one version. */
      set: z.array(wanted).max(mostVariables).default([]).meta({ kind: 'window' }),
      unset: names.default([]).meta({ kind: 'window' }),
      /** The version that the changes were made against; the newest where not given. */
      version: z.number().int().nonnegative().optional().meta({ kind: 'window' }),
    }),
    output: result,
    event: deploymentProgress,
    cli: { positional: ['app', 'values'], page: 'variables' },
  }),
  unset: command({
    summary: 'Remove variables without a failed request.',
    permission: 'deploy',
    input: z.object({ app: appName, host: onHost, names: names.min(1, 'name the variables to remove').meta({ description: 'Their names', kind: 'list' }) }),
    output: result,
    event: deploymentProgress,
    cli: { positional: ['app', 'names'], page: 'variables' },
  }),
  import: command({
    summary: 'Set the variables of a .env file. What it does not name stays; names that look like secrets are kept as such.',
    permission: 'deploy',
    input: z.object({
      app: appName,
      host: onHost,
      file: folderHandle('The .env file'),
      /** Of what is in it these alone; all where not given. */
      only: names.optional().meta({ kind: 'window' }),
    }),
    output: result,
    event: deploymentProgress,
    cli: { positional: ['app', 'file'], page: 'variables' },
  }),
};
