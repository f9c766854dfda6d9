import { z } from 'zod';
import { entrypointRule } from '../rules/names.ts';
import { ruled } from '../rules/refine.ts';
import { appName, deployment, onHost } from './apps.ts';
import { importedSettings } from './imports.ts';
import { command, folderHandle, query } from './operation.ts';
import { deploymentProgress } from './progress.ts';

export type { DeploymentProgress } from './progress.ts';

export const deploymentResult = z.object({
  app: z.string(),
  deployment: z.number().int(),
  outcome: z.enum(['live', 'unchanged']),
  release: z.number().int(),
  /** null for an app without a site. */
  url: z.string().nullable(),
  uploadedFiles: z.number().int(),
  uploadedBytes: z.number().int(),
  /** Milliseconds from the call to the switch. */
  ms: z.number(),
});
export type DeploymentResult = z.infer<typeof deploymentResult>;

/** What mends a deployment that failed, where an operation can: a variable to set, or settings to deploy with again. */
export const deploymentFix = z.object({
  /** For a button, verb first: "Add requests". */
  label: z.string(),
  variable: z.object({ name: z.string(), secret: z.boolean() }).nullable(),
  settings: importedSettings.nullable(),
});
export type DeploymentFix = z.infer<typeof deploymentFix>;

export const deployments = {
  start: command({
    summary: 'Deploy a folder: upload what the server lacks, build, start, check, switch. The old release serves until then.',
    permission: 'deploy',
    input: z.object({
      folder: folderHandle("The app's folder, or an archive of it: .zip, .tar.gz or .tar"),
      host: onHost,
      app: appName.optional(),
      entryPoint: ruled(entrypointRule, 'Where the app is: module:object (found by itself where possible)').optional(),
      /** How it runs, as the plan of its import says; it goes before what the folder says, and is wanted from now on. */
      settings: importedSettings.optional().meta({ kind: 'window' }),
    }),
    output: deploymentResult,
    event: deploymentProgress,
    cli: { positional: ['folder'], short: 'deploy' },
  }),
  rollback: command({
    summary: 'Make an older release live again with the settings it had: no upload, no build, no failed request.',
    permission: 'deploy',
    input: z.object({
      app: appName,
      host: onHost,
      release: z.coerce.number().int().positive().meta({ description: 'Which one; the one that was live before if not given' }).optional(),
    }),
    output: deploymentResult,
    event: deploymentProgress,
    cli: { positional: ['app'], short: 'rollback' },
  }),
  list: query({
    summary: "An app's deployments, newest first.",
    permission: 'read',
    input: z.object({ app: appName, host: onHost }),
    output: z.object({ deployments: z.array(deployment) }),
    cli: { positional: ['app'] },
  }),
  follow: command({
    summary: 'Watch the running or last deployment of an app from its first step, and say how it ended.',
    permission: 'read',
    input: z.object({ app: appName, host: onHost, deployment: z.coerce.number().int().positive().meta({ description: 'Which one; the newest if not given' }).optional() }),
    /** With what to do and the app's own last words where it failed. */
    output: deployment.extend({ hint: z.string().nullable(), fix: deploymentFix.nullable(), log: z.array(z.string()) }),
    event: deploymentProgress,
    cli: { positional: ['app'] },
  }),
  folder: query({
    summary: 'The folder on this computer that an app was last deployed from, to deploy it again.',
    permission: 'deploy',
    input: z.object({ app: appName, host: onHost }),
    output: z.object({
      /** Its handle is good for this app only: nobody chose the folder in this session. */
      folder: z.object({ handle: z.string(), name: z.string() }).nullable(),
      /** Its name, where it is not there any more. */
      gone: z.string().nullable(),
    }),
    cli: { hidden: true },
  }),
  cancel: command({
    summary: 'Cancel the running deployment of an app. Before the switch the old release simply goes on serving.',
    permission: 'deploy',
    input: z.object({ app: appName, host: onHost }),
    output: z.object({ cancelled: z.boolean() }),
    cli: { positional: ['app'] },
  }),
};
