import { z } from 'zod';
import { appTypes } from './app-settings.ts';
import { keepRule, usualKeep } from './keep.ts';

const command = z.string();
/** Commands as words that systemd takes one by one (unitWords of command.ts): what the kit runs, it does not parse. */
const hooks = z.array(z.array(z.string()));

/**
 * What of an app was last applied to its host: everything that its units, site and releases are made from. Kept on the
 * host as /var/lib/forgeboard/apps/<app>.json; what the kit does without a laptop reads this and never apps.yml. Fields
 * that came later have defaults, so that what an older version applied is read as what it meant.
 */
export const appSpec = z.object({
  /** Version of this shape. */
  format: z.literal(1),
  app: z.string(),
  type: z.enum(appTypes),
  /** Folder of the app inside the release, "." for its top. */
  root: z.string(),
  /** module:object of a wsgi or asgi app, "" for others. */
  entrypoint: z.string(),
  /** The web process of type command, "" for others. */
  command: command.default(''),
  /** What a static site serves, inside root. */
  folder: z.string().default('.'),
  /** Processes beside the web process; they are replaced after the switch. */
  processes: z.array(z.object({ name: z.string(), command })).default([]),
  schedules: z.array(z.object({ name: z.string(), command, at: z.string() })).default([]),
  build: hooks.default([]),
  before: hooks.default([]),
  after: hooks.default([]),
  /** Where nginx listens for an app without a domain. */
  port: z.number().int(),
  domains: z.array(z.string()).default([]),
  /** The nginx file of an app that was taken over: it stays its owner's, and leads here. null: ForgeBoard writes one. */
  keptSite: z.object({ file: z.string(), url: z.string().nullable() }).nullable().default(null),
  workers: z.number().int(),
  /** Interpreter by its versioned path; null: the newest of the host that can make a venv. */
  python: z.string().nullable(),
  /** Requirement files inside the release, as seen from root; from above it they begin with ../. */
  dependencies: z.object({ files: z.array(z.string()) }),
  /** Packages that the settings name. */
  packages: z.array(z.string()).default([]),
  /** Packages added to the venv where the app brings none of that name. */
  server: z.array(z.string()),
  health: z.object({ path: z.string() }),
  /** Bytes, percent of one processor, processes and threads; null: what the host gives. */
  limits: z.object({ memory: z.number().nullable(), cpu: z.number().nullable(), tasks: z.number().nullable() }).default({ memory: null, cpu: null, tasks: null }),
  /** Paths of the release that lie in the app's data folder. */
  persist: z.array(z.string()).default([]),
  checkSeconds: z.number().int().default(30),
  /** How long after a switch a crash of the new release switches back by itself; 0: not at all. */
  watchSeconds: z.number().int().min(0).max(600).default(10),
  drainSeconds: z.number().int().default(30),
  /** How many of the newest releases stay, besides what serves and what served before it. */
  keepReleases: keepRule.default(usualKeep),
  /** Whether the idle slot may wait warm while a client asks for it. */
  warm: z.boolean().default(true),
  /** What the deployed folder said of itself: what the entry in apps.yml does not say is taken from here. */
  found: z.record(z.string(), z.unknown()).default({}),
});
export type AppSpec = z.infer<typeof appSpec>;

/** A file as it should be on the host; text is compared byte for byte. */
export interface HostFile {
  path: string;
  content: string;
  /** Permission bits. */
  mode: number;
}
