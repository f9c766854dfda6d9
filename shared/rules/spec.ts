import { z } from 'zod';

/**
 * What of an app was last applied to its host: everything that its unit, site and releases are made from. Kept on the
 * host as /var/lib/forgeboard/apps/<app>.json; what the kit does without a laptop reads this and never apps.yml.
 */
export const appSpec = z.object({
  /** Version of this shape. */
  format: z.literal(1),
  app: z.string(),
  type: z.literal('wsgi'),
  /** Folder of the app inside the release, "." for its top. */
  root: z.string(),
  /** module:object */
  entrypoint: z.string(),
  /** Where nginx listens for an app without a domain. */
  port: z.number().int(),
  workers: z.number().int(),
  /** Interpreter by its versioned path; null: the newest of the host that can make a venv. */
  python: z.string().nullable(),
  /** Requirement files inside the release. */
  dependencies: z.object({ files: z.array(z.string()) }),
  /** Packages added to the venv where the app brings none of that name. */
  server: z.array(z.string()),
  health: z.object({ path: z.string() }),
  /** How long after a switch a crash of the new release switches back by itself; 0: not at all. */
  watchSeconds: z.number().int().min(0).max(600).default(10),
});
export type AppSpec = z.infer<typeof appSpec>;

/** A file as it should be on the host; text is compared byte for byte. */
export interface HostFile {
  path: string;
  content: string;
  /** Permission bits. */
  mode: number;
}
