import { z } from 'zod';
import { commandRule } from './command.ts';
import { keepRule } from './keep.ts';
import { entrypointRule, packageRule, pathRule, shown } from './names.ts';
import { type Rule, ruled } from './refine.ts';
import { scheduleRule } from './schedule.ts';

/* What can be said about an app: in its entry of /etc/forgeboard/apps.yml, and in a forgeboard.yml in its folder. */

export const appTypes = ['wsgi', 'asgi', 'command', 'worker', 'static'] as const;
export type AppType = (typeof appTypes)[number];

/** Frameworks stand for how they are served; registries of the original ForgeBoard name them. */
const frameworks: Record<string, AppType> = {
  ...{ flask: 'wsgi', django: 'wsgi', bottle: 'wsgi', pyramid: 'wsgi', falcon: 'wsgi', python: 'wsgi' },
  ...{ fastapi: 'asgi', starlette: 'asgi', quart: 'asgi', litestar: 'asgi', html: 'static', site: 'static', process: 'worker' },
};

const typeRule: Rule = (value) => (typeOf(value) === undefined ? `the type "${shown(value)}" is not one of ${[...appTypes, ...Object.keys(frameworks)].join(', ')}` : null);

/** How an app of this type is served. */
export const typeOf = (type: string): AppType | undefined =>
  (appTypes as readonly string[]).includes(type.toLowerCase()) ? (type.toLowerCase() as AppType) : frameworks[type.toLowerCase()];

const mebi = 1024 * 1024;
const sizes: Record<string, number> = { M: mebi, G: 1024 * mebi };

/** Bytes of a size like 256M or 1.5G that memoryRule lets pass. */
export const bytesOf = (size: string): number => Math.floor(Number(size.slice(0, -1)) * (sizes[size.slice(-1).toUpperCase()] ?? 0));

export const memoryRule: Rule = (value) => {
  if (!/^\d{1,6}(\.\d{1,3})?[MGmg]$/.test(value)) return `the memory "${shown(value)}" is not a number with M or G, like 512M or 1.5G`;
  return bytesOf(value) < 32 * mebi ? `the memory "${value}" is less than 32M` : null;
};

export const cpuRule: Rule = (value) => {
  const percent = /^(\d{1,5})%$/.exec(value)?.[1];
  return percent === undefined || Number(percent) < 5 || Number(percent) > 12800 ? `the CPU limit "${shown(value)}" is not a percentage from 5% on; 100% is one processor` : null;
};

export const healthPathRule: Rule = (value) => (/^\/(?!\/)[!-~]{0,1000}$/.test(value) ? null : 'the health path must start with one / and have no spaces, like /health');

const pythonRule: Rule = (value) => (/^3\.([89]|1\d|2\d)$/.test(value) ? null : `the Python version "${shown(value)}" is not one like 3.11`);

/** It stands in unit and site texts, where these have a meaning of their own. */
const rootRule: Rule = (value) =>
  value === '.' ? null : (pathRule(value) ?? (/[$"'%\\;{}]/.test(value) ? `the folder "${shown(value)}" contains one of $ " ' % \\ ; { }` : null));

/** Names of processes and schedules become parts of unit names. */
export const processNameRule: Rule = (value) => {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(value) || value.length > 30)
    return `the name "${shown(value)}" has other characters than a to z, 0 to 9 and single hyphens, or more than 30`;
  return ['web', 'proxy', 'boot', 'deploy', 'build'].includes(value) ? `the name "${value}" is taken by ForgeBoard itself` : null;
};

const named = <T extends z.ZodType>(value: T, description: string) =>
  z
    .record(z.string(), value)
    .superRefine((all, context) => {
      const wrong =
        Object.keys(all)
          .map(processNameRule)
          .find((message) => message !== null) ?? (Object.keys(all).length > 20 ? 'there are at most 20' : null);
      if (wrong !== null) context.addIssue({ code: 'custom', message: wrong });
    })
    .meta({ description });

/** One command or several, run one after another. */
const commands = (description: string) => {
  const one = ruled(commandRule, description);
  return z
    .union([one, z.array(one).max(20)], { error: 'a command or a list of commands is expected' })
    .transform((given) => (typeof given === 'string' ? [given] : given))
    .meta({ description });
};
const whole = (least: number, most: number, description: string) =>
  z.number({ error: 'a whole number is expected' }).int('a whole number is expected').min(least, `${least} is the least`).max(most, `${most} is the most`).meta({ description });

export const appSettings = z.object({
  type: ruled(typeRule, 'How it is served: wsgi, asgi, command (its web process is any program), worker (no web process), static; or a framework, such as flask').optional(),
  entry_point: ruled(entrypointRule, 'Where a wsgi or asgi app is: module:object').optional(),
  command: ruled(commandRule, 'The web process of type command; it listens on $PORT of 127.0.0.1, or on the Unix socket $SOCKET where it names that').optional(),
  root: ruled(rootRule, "The app's folder inside the deployed one").optional(),
  folder: ruled(rootRule, 'What a static site serves, inside root').optional(),
  processes: named(ruled(commandRule, ''), 'Other processes that run all the time, by name, each a command').optional(),
  schedules: named(
    z.object({ at: ruled(scheduleRule, ''), command: ruled(commandRule, '') }),
    'Commands that run at times, by name: at (as in cron, five fields), command',
  ).optional(),
  build: commands('Run in the new release before it is sealed, without network secrets').optional(),
  before: commands('Run before the new release starts, such as migrations').optional(),
  after: commands('Run after the switch').optional(),
  python: z.coerce
    .string()
    .superRefine((value, context) => {
      const wrong = pythonRule(value);
      if (wrong !== null) context.addIssue({ code: 'custom', message: wrong });
    })
    .meta({ description: 'Version of Python, like 3.11; the newest of the server where not given' })
    .optional(),
  packages: z
    .array(ruled(packageRule, ''), { error: 'a list of packages is expected' })
    .max(200)
    .meta({ description: 'Packages to install beside those that its files name, like redis or redis>=5' })
    .optional(),
  workers: whole(1, 64, 'Worker processes of a wsgi or asgi app').optional(),
  memory: ruled(memoryRule, 'The most memory that each process may use, like 512M').optional(),
  cpu: ruled(cpuRule, 'The most processor time, like 50%; 100% is one processor').optional(),
  tasks: whole(8, 32768, 'The most processes and threads').optional(),
  persist: z
    .array(ruled(pathRule, ''), { error: 'a list of paths is expected' })
    .max(50)
    .meta({ description: "Paths of the app that outlive a release: they are kept in the app's data folder" })
    .optional(),
  health_path: ruled(healthPathRule, 'What is asked for before a release goes live').optional(),
  check_seconds: whole(1, 3600, 'How long a new release may take until it answers').optional(),
  watch_seconds: whole(0, 600, 'How long after a switch a crash switches back by itself; 0: not at all').optional(),
  keep_releases: keepRule.meta({ description: 'How many of the newest releases stay on the server' }).optional(),
  warm: z
    .boolean({ error: 'true or false is expected' })
    .meta({ description: 'Whether its next release may start from a slot that waits with its packages imported while you look at it' })
    .optional(),
  drain_seconds: whole(0, 3600, 'How long open connections of the old release are given').optional(),
});
export type AppSettings = z.infer<typeof appSettings>;
