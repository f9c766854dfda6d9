import { z } from 'zod';
import { appNameRule } from '../rules/names.ts';
import { ruled } from '../rules/refine.ts';
import { hostName } from './hosts.ts';
import { command, query } from './operation.ts';
import { deploymentProgress } from './progress.ts';

export const appName = ruled(appNameRule, 'Name of the app: 1 to 28 of a-z, 0-9 and hyphens');
export const onHost = hostName.meta({ description: 'The server it runs on' });

export const app = z.object({
  app: z.string(),
  url: z.string().nullable(),
  state: z.enum(['live', 'starting', 'stopped', 'failed', 'never-deployed']),
  release: z.number().int().nullable(),
  slot: z.enum(['a', 'b']).nullable(),
  /** ISO 8601, UTC. */
  since: z.string().nullable(),
  /** Bytes. */
  memory: z.number().nullable(),
  restarts: z.number().int(),
  deploying: z.object({ deployment: z.number().int(), step: z.string(), by: z.string(), since: z.string() }).nullable(),
});
export type App = z.infer<typeof app>;

export const deployment = z.object({
  deployment: z.number().int(),
  kind: z.enum(['deploy', 'rollback', 'restart', 'start']),
  startedAt: z.string(),
  actor: z.string(),
  /** switched-back: it was live, crashed within its watch window, and the release before serves again. */
  outcome: z.enum(['running', 'live', 'failed', 'unchanged', 'cancelled', 'interrupted', 'switched-back']),
  release: z.number().int().nullable(),
  /** One line, where it failed or was switched back. */
  reason: z.string().nullable(),
});
export type Deployment = z.infer<typeof deployment>;

/** How a restart or start ended: it is a deployment of the release that is live. */
const started = z.object({
  app: z.string(),
  deployment: z.number().int(),
  /** unchanged: it ran already. */
  outcome: z.enum(['live', 'unchanged']),
  release: z.number().int(),
  url: z.string(),
  /** Milliseconds from the call to the switch. */
  ms: z.number(),
});

export const apps = {
  list: query({
    summary: 'The apps on a server.',
    permission: 'read',
    input: z.object({ host: onHost }),
    output: z.object({ apps: z.array(app) }),
  }),
  get: query({
    summary: 'One app: what is live since when, and its deployments.',
    permission: 'read',
    input: z.object({ app: appName, host: onHost }),
    output: app.extend({ files: z.number().int().nullable(), python: z.string().nullable(), deployments: z.array(deployment) }),
    cli: { positional: ['app'] },
  }),
  restart: command({
    summary: 'Restart an app without a failed request: its release starts anew beside the running one and takes over.',
    permission: 'deploy',
    input: z.object({ app: appName, host: onHost }),
    output: started,
    event: deploymentProgress,
    cli: { positional: ['app'] },
  }),
  start: command({
    summary: 'Start a stopped app; it starts at boot again, too.',
    permission: 'deploy',
    input: z.object({ app: appName, host: onHost }),
    output: started,
    event: deploymentProgress,
    cli: { positional: ['app'] },
  }),
  stop: command({
    summary: 'Stop an app. It stays stopped over a reboot until it is started or deployed; its address answers 502 meanwhile.',
    permission: 'deploy',
    input: z.object({ app: appName, host: onHost }),
    output: z.object({ stopped: z.string(), changed: z.boolean() }),
    cli: { positional: ['app'] },
  }),
  remove: command({
    summary: 'Remove an app with its releases, data and configuration from a server. Cannot be undone.',
    permission: 'deploy',
    input: z.object({ app: appName, host: onHost, yes: z.boolean().default(false).meta({ description: 'Do it without asking' }) }),
    output: z.object({ removed: z.string() }),
    cli: { positional: ['app'] },
  }),
};
