import { z } from 'zod';
import { appName, onHost } from './apps/place.ts';
import { command, query } from './operation.ts';
import { deploymentProgress } from './progress.ts';

/** An app that runs on a server already, and what can be done with it. */
export const foundApp = z.object({
  /** Its name once it was taken over, else the one that it would get; empty for what cannot be. */
  app: z.string(),
  unit: z.string().nullable(),
  /** What starts it: gunicorn, uvicorn, uwsgi, supervisor, screen, process, cron, apache, container, or apps.yml. */
  server: z.string(),
  what: z.string(),
  /** Its folder, or the file and line that says it. */
  where: z.string(),
  url: z.string().nullable(),
  domains: z.array(z.string()),
  certificate: z.string().nullable(),
  state: z.enum(['found', 'taken', 'moved']),
  canTake: z.boolean(),
  canMove: z.boolean(),
  /** Why not. */
  reasons: z.array(z.string()),
  todo: z.string(),
});
export type FoundApp = z.output<typeof foundApp>;

/** What is or would be done. digest: of all that it was made from; given back, it is refused once something is different. */
const adopted = z.object({
  app: z.string(),
  unit: z.string(),
  done: z.boolean(),
  effects: z.array(z.string()),
  warnings: z.array(z.string()),
  /** Why it cannot be done: nothing is, then. */
  obstacles: z.array(z.string()),
  files: z.array(z.object({ path: z.string(), kind: z.enum(['new', 'changed', 'removed']), diff: z.string() })),
  digest: z.string(),
  url: z.string().nullable(),
  /** Of its unit's main process, where that runs. */
  pid: z.number().int().nullable(),
});
export type Adopted = z.output<typeof adopted>;

const asked = {
  plan: z.boolean().default(false).meta({ description: 'Only show the plan' }),
  yes: z.boolean().default(false).meta({ description: 'Do it without asking' }),
  digest: z.string().max(128).meta({ description: 'Only what this plan said; refused if anything changed since' }).optional(),
};

export const adoptions = {
  scan: query({
    summary: 'Python apps that run on a server already, however they were started, and what can be done with each. Changes nothing.',
    permission: 'read',
    input: z.object({ host: onHost }),
    output: z.object({ found: z.array(foundApp) }),
    cli: { positional: ['host'] },
  }),
  take: command({
    summary: 'Take over an app that runs under systemd, without a restart: it appears among the apps, and its files are kept as they are.',
    permission: 'deploy',
    input: z.object({
      unit: z
        .string()
        .regex(/^[A-Za-z0-9:_.@\\-]{1,200}\.service$/, { error: 'a unit is named like shop.service' })
        .meta({ description: 'The unit that runs it, like shop.service' }),
      host: onHost,
      app: appName.optional().meta({ description: 'Its name; one made from its unit if not given' }),
      ...asked,
    }),
    output: adopted,
    cli: { positional: ['unit'] },
  }),
  move: command({
    summary: 'Move an app that was taken over into slots, by a deployment of the code that lies on the server, without a failed request.',
    permission: 'deploy',
    input: z.object({
      app: appName,
      host: onHost,
      folder: z.string().max(4000).meta({ description: 'Where its code is on the server; where its unit runs if not given' }).optional(),
      ...asked,
    }),
    output: adopted.extend({ deployment: z.number().int().nullable(), release: z.number().int().nullable(), ms: z.number() }),
    event: deploymentProgress,
    cli: { positional: ['app'] },
  }),
  giveback: command({
    summary: 'Give an app back to the unit that it was taken over from, without a failed request: its files are as they were, byte for byte.',
    permission: 'deploy',
    input: z.object({ app: appName, host: onHost, ...asked }),
    output: adopted.extend({
      /** What was in slots, kept for 30 days; null where nothing was. */
      archive: z.string().nullable(),
    }),
    cli: { positional: ['app'] },
  }),
};
