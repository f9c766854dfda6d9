import { z } from 'zod';
import { entrypointRule } from '../rules/names.ts';
import { ruled } from '../rules/refine.ts';
import { appName, deployment, onHost } from './apps.ts';
import { command, folderHandle, query } from './operation.ts';
import { deploymentProgress } from './progress.ts';

export type { DeploymentProgress } from './progress.ts';

export const deploymentResult = z.object({
  app: z.string(),
  deployment: z.number().int(),
  outcome: z.enum(['live', 'unchanged']),
  release: z.number().int(),
  url: z.string(),
  uploadedFiles: z.number().int(),
  uploadedBytes: z.number().int(),
  /** Milliseconds from the call to the switch. */
  ms: z.number(),
});
export type DeploymentResult = z.infer<typeof deploymentResult>;

export const deployments = {
  start: command({
    summary: 'Deploy a folder: upload what the server lacks, build, start, check, switch. The old release serves until then.',
    permission: 'deploy',
    input: z.object({
      folder: folderHandle("The app's folder"),
      host: onHost,
      app: appName.optional(),
      entryPoint: ruled(entrypointRule, 'Where the app is: module:object (found by itself where possible)').optional(),
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
    output: deployment.extend({ hint: z.string().nullable(), log: z.array(z.string()) }),
    event: deploymentProgress,
    cli: { positional: ['app'] },
  }),
  cancel: command({
    summary: 'Cancel the running deployment of an app. Before the switch the old release simply goes on serving.',
    permission: 'deploy',
    input: z.object({ app: appName, host: onHost }),
    output: z.object({ cancelled: z.boolean() }),
    cli: { positional: ['app'] },
  }),
};
