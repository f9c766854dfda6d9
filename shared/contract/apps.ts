import { z } from 'zod';
import { configuration } from './apps/configuration.ts';
import { appName, onHost } from './apps/place.ts';
import { command, query, stream } from './operation.ts';
import { deploymentProgress } from './progress.ts';

export { appName, onHost } from './apps/place.ts';

export const app = z.object({
  app: z.string(),
  url: z.string().nullable(),
  /** Names that nginx gives to it; without one it answers on a port of its own. */
  domains: z.array(z.string()),
  state: z.enum(['live', 'starting', 'stopped', 'failed', 'never-deployed']),
  release: z.number().int().nullable(),
  slot: z.enum(['a', 'b']).nullable(),
  /** ISO 8601, UTC. */
  since: z.string().nullable(),
  /** Bytes. */
  memory: z.number().nullable(),
  restarts: z.number().int(),
  deploying: z.object({ deployment: z.number().int(), step: z.string(), by: z.string(), since: z.string() }).nullable(),
  /** The unit that it was taken over from; moved: it lies in slots, else it runs in that unit still. */
  adopted: z.object({ unit: z.string(), moved: z.boolean() }).nullable(),
});
export type App = z.infer<typeof app>;

export const deployment = z.object({
  deployment: z.number().int(),
  kind: z.enum(['deploy', 'rollback', 'restart', 'start', 'variables', 'configure']),
  /** Names of the settings that it changed. */
  changes: z.array(z.string()).default([]),
  startedAt: z.string(),
  actor: z.string(),
  /** applied: a configuration is in force that no process had to start for; switched-back: it was live, crashed within its watch window, and the release before serves again. */
  outcome: z.enum(['running', 'live', 'applied', 'failed', 'unchanged', 'cancelled', 'interrupted', 'switched-back']),
  /** What was live when it ended: of a failed one, what still served. */
  release: z.number().int().nullable(),
  /** The release that it was to make live; null where it had nothing to do, or its server did not write that down. */
  target: z.number().int().nullable(),
  /** Milliseconds from its start on the server to its end. */
  ms: z.number().nullable(),
  /** One line, where it failed or was switched back, or serves but does not start again by itself. */
  reason: z.string().nullable(),
  /** It started in a slot that waited with its packages imported: what it took is not what a cold start takes. */
  warm: z.boolean(),
});
export type Deployment = z.infer<typeof deployment>;

/** How an idle slot stands that is kept warm: server and packages imported, the app's own code not. */
export const warmth = z.object({
  type: z.literal('warm'),
  /** waiting: for a deployment to end. */
  state: z.enum(['starting', 'warm', 'waiting', 'off']),
  /** Why it is off or waits. */
  reason: z.string().nullable(),
  /** Bytes that it costs, where the server says. */
  memory: z.number().nullable(),
});
export type Warmth = z.infer<typeof warmth>;

/** An app that was removed, and can be put back until its archive goes. */
const removedApp = z.object({
  app: z.string(),
  /** Name of the archive in /var/lib/forgeboard/removed. */
  archive: z.string(),
  /** ISO 8601, UTC. */
  removedAt: z.string(),
  by: z.string(),
  archiveBytes: z.number(),
  until: z.string(),
  release: z.number().int().nullable(),
});
export type RemovedApp = z.infer<typeof removedApp>;

const archiveName = z
  .string()
  .regex(/^[a-z][a-z0-9-]*-\d{8}T\d{6}Z\.tar\.gz$/, { error: 'an archive is named like shop-20260514T164000Z.tar.gz' })
  .meta({ description: 'Which archive, where there are several of the app; the newest if not given' });

/** How a restart or start ended: it is a deployment of the release that is live. */
const started = z.object({
  app: z.string(),
  deployment: z.number().int(),
  /** unchanged: it ran already. */
  outcome: z.enum(['live', 'unchanged']),
  release: z.number().int(),
  /** null for an app without a site. */
  url: z.string().nullable(),
  /** Milliseconds from the call to the switch. */
  ms: z.number(),
});

export const apps = {
  ...configuration,
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
    output: app.extend({
      files: z.number().int().nullable(),
      python: z.string().nullable(),
      /** Changes in apps.yml that are not applied; problem: why its entry cannot be. */
      pending: z.object({ changes: z.number().int(), problem: z.string().nullable() }),
      deployments: z.array(deployment),
    }),
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
  warm: stream({
    summary: "Keep an app's idle slot warm until interrupted, so that its next release starts at once.",
    permission: 'deploy',
    input: z.object({ app: appName, host: onHost }),
    output: z.object({
      /** How often a slot waited. */
      warmed: z.number().int(),
    }),
    event: warmth,
    cli: { positional: ['app'] },
  }),
  remove: command({
    summary: 'Remove an app from a server. Its data, variables and live release are kept there in an archive for 30 days.',
    permission: 'deploy',
    input: z.object({
      app: appName,
      host: onHost,
      archive: z.boolean().default(true).meta({ description: 'Keep nothing of it: it cannot be undone then' }),
      yes: z.boolean().default(false).meta({ description: 'Do it without asking' }),
    }),
    output: z.object({
      removed: z.string(),
      archive: z.string().nullable(),
      /** Until when it can be put back; ISO 8601, UTC. */
      until: z.string().nullable(),
    }),
    cli: { positional: ['app'] },
  }),
  eject: query({
    summary: 'A runbook of everything of an app on its server, with the commands that work without ForgeBoard.',
    permission: 'read',
    input: z.object({ app: appName, host: onHost }),
    output: z.object({
      /** Markdown. Variables are named, their values are not in it. */
      text: z.string(),
    }),
    cli: { positional: ['app'] },
  }),
  removed: query({
    summary: 'The apps that were removed from a server and can still be put back.',
    permission: 'read',
    input: z.object({ host: onHost }),
    output: z.object({
      removed: z.array(removedApp),
      /** Of the server's disk that holds the archives. */
      freeBytes: z.number(),
    }),
  }),
  restore: command({
    summary: 'Put a removed app back: its data, variables, configuration and release. It starts like a first deployment.',
    permission: 'deploy',
    input: z.object({ app: appName, host: onHost, archive: archiveName.optional() }),
    output: started,
    event: deploymentProgress,
    cli: { positional: ['app'] },
  }),
  purge: command({
    summary: 'Delete the archive of a removed app now. Cannot be undone.',
    permission: 'deploy',
    input: z.object({ app: appName, host: onHost, archive: archiveName.optional(), yes: z.boolean().default(false).meta({ description: 'Do it without asking' }) }),
    output: z.object({ purged: z.string() }),
    cli: { positional: ['app'] },
  }),
};
