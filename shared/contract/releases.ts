import { z } from 'zod';
import { appName, onHost } from './apps.ts';
import { query } from './operation.ts';

const release = z.object({
  release: z.number().int(),
  /** previous: the one that was live before; `rollback` goes there. */
  state: z.enum(['live', 'previous', 'kept']),
  /** ISO 8601, UTC. */
  createdAt: z.string(),
  actor: z.string(),
  /** The folder it came from, on the machine of whoever deployed it. */
  origin: z.string(),
  files: z.number().int(),
  bytes: z.number(),
  python: z.string(),
  /** null in releases made before it was kept. */
  entryPoint: z.string().nullable(),
  /** What was checked out in the folder, where it is a git work tree. */
  commit: z.string().nullable(),
  message: z.string().nullable(),
  /** Milliseconds of each step of its deployment. */
  steps: z.record(z.string(), z.number()),
});

const number = z.coerce.number().int().positive();

export const releases = {
  list: query({
    summary: "An app's releases that are kept on the server, newest first.",
    permission: 'read',
    input: z.object({ app: appName, host: onHost }),
    output: z.object({ releases: z.array(release) }),
    cli: { positional: ['app'] },
  }),
  compare: query({
    summary: 'What differs between two releases: files and variables added, removed and changed, and settings.',
    permission: 'read',
    input: z.object({
      app: appName,
      host: onHost,
      from: number.meta({ description: 'The older release' }),
      to: number.meta({ description: 'The newer release' }),
    }),
    output: z.object({
      added: z.array(z.string()),
      removed: z.array(z.string()),
      changed: z.array(z.string()),
      /** Paths that are not listed because there are more than 1000 of a kind. */
      more: z.number().int(),
      /** Settings whose value differs, values as JSON; empty also where one of the two did not keep its own. */
      settings: z.array(z.object({ name: z.string(), before: z.string(), after: z.string() })),
      /** Names of variables, never their values, between the versions that the two last ran with; null where one is gone. */
      variables: z.object({ added: z.array(z.string()), removed: z.array(z.string()), changed: z.array(z.string()) }).nullable(),
      /** Releases after the older of the two, up to the newer, that ran commands before they went live: what those did to a database stays. */
      migrated: z.array(z.number().int()),
    }),
    cli: { positional: ['app', 'from', 'to'] },
  }),
};
