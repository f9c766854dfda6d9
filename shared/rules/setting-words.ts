import type { z } from 'zod';
import { type AppSettings, appSettings } from './app-settings.ts';
import type { AppSpec } from './spec.ts';

/* Settings of an app in words: what is in force of each, and how a text that somebody typed is meant. */

const listed = (values: readonly string[]) => (values.length === 0 ? null : values.join('\n'));
/** Commands as they are kept, words for execve(2), as one would type them. */
const typed = (commands: readonly (readonly string[])[]) =>
  listed(commands.map((words) => words.map((word) => (/[\s"']/.test(word) || word === '' ? JSON.stringify(word) : word)).join(' ')));
const sized = (bytes: number | null) => {
  if (bytes === null) return null;
  const mebi = bytes / (1024 * 1024);
  return mebi >= 1024 && mebi % 1024 === 0 ? `${mebi / 1024}G` : `${Math.round(mebi * 1000) / 1000}M`;
};

/** What a spec says of a setting, for people; null where nothing. Names are those of apps.yml. */
const words: { [Name in keyof AppSettings | 'domains' | 'port']-?: (spec: AppSpec) => string | null } = {
  type: (spec) => spec.type,
  entry_point: (spec) => spec.entrypoint || null,
  command: (spec) => spec.command || null,
  root: (spec) => (spec.root === '.' ? null : spec.root),
  folder: (spec) => (spec.folder === '.' ? null : spec.folder),
  processes: (spec) => listed(spec.processes.map(({ name, command }) => `${name}: ${command}`)),
  schedules: (spec) => listed(spec.schedules.map(({ name, at, command }) => `${name}: ${at} ${command}`)),
  build: (spec) => typed(spec.build),
  before: (spec) => typed(spec.before),
  after: (spec) => typed(spec.after),
  python: (spec) => spec.python?.replace(/^.*python/, '') ?? null,
  packages: (spec) => listed(spec.packages),
  workers: (spec) => (spec.type === 'wsgi' || spec.type === 'asgi' ? String(spec.workers) : null),
  memory: (spec) => sized(spec.limits.memory),
  cpu: (spec) => (spec.limits.cpu === null ? null : `${spec.limits.cpu}%`),
  tasks: (spec) => (spec.limits.tasks === null ? null : String(spec.limits.tasks)),
  persist: (spec) => listed(spec.persist),
  health_path: (spec) => spec.health.path,
  check_seconds: (spec) => String(spec.checkSeconds),
  watch_seconds: (spec) => String(spec.watchSeconds),
  drain_seconds: (spec) => String(spec.drainSeconds),
  keep_releases: (spec) => String(spec.keepReleases),
  warm: (spec) => (spec.type === 'wsgi' || spec.type === 'asgi' ? String(spec.warm) : null),
  domains: (spec) => listed(spec.domains),
  port: (spec) => String(spec.port),
};

/** What each setting is by this spec, in the order in which people are told of them. */
export function settingsIn(spec: AppSpec): Map<string, string | null> {
  return new Map(Object.entries(words).map(([name, say]) => [name, say(spec)]));
}

/** What a setting says where nobody says anything, for people. */
export const defaultWords: Record<string, string> = {
  python: 'the newest of the server',
  memory: 'no limit',
  cpu: 'no limit',
  tasks: '512',
  root: 'the top of the folder',
  folder: 'the top of the folder',
};

/** Settings that a release is built or begun with: a change of one waits for the next deployment. */
export const buildTime: ReadonlySet<string> = new Set(['build', 'before', 'after', 'persist', 'root']);

export type SettingForm = 'text' | 'number' | 'switch' | 'list' | 'map';

/** Names, descriptions and forms of all settings, from their schema. */
export const settingForms: readonly { name: string; description: string; form: SettingForm }[] = Object.entries(appSettings.shape).map(([name, schema]) => ({
  name,
  description: describedBy(schema) ?? '',
  form: formOf(name),
}));

function formOf(name: string): SettingForm {
  if (['processes', 'schedules'].includes(name)) return 'map';
  if (['build', 'before', 'after', 'persist', 'packages'].includes(name)) return 'list';
  const schema = appSettings.shape[name as keyof typeof appSettings.shape];
  if (schema.safeParse(true).success && schema.safeParse('true').error !== undefined) return 'switch';
  return schema.safeParse(1.5).error?.issues[0]?.message === 'a whole number is expected' ? 'number' : 'text';
}

/** The description lies on the schema itself or on the one that it makes optional. */
function describedBy(schema: z.ZodType): string | undefined {
  const inner = 'unwrap' in schema && typeof schema.unwrap === 'function' ? (schema.unwrap() as z.ZodType) : undefined;
  return schema.meta()?.description ?? inner?.meta()?.description;
}
