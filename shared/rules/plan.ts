import { unifiedDiff } from './diff.ts';
import { nextTimes, timeWords } from './schedule.ts';
import { buildTime, settingsIn } from './setting-words.ts';
import { sitePath } from './site.ts';
import { sizeText } from './size.ts';
import type { AppSpec, HostFile } from './spec.ts';

/** What is in force on a host, and what is asked of it. */
export interface PlanFacts {
  app: string;
  host: string;
  /** What was last applied: its spec and the texts that were written then. */
  applied: { spec: AppSpec; files: Readonly<Record<string, string>> };
  /** What lies there now. */
  found: ReadonlyMap<string, string>;
  /** Whether a process runs that would have to start anew. */
  serves: boolean;
  wanted: AppSpec;
  files: readonly HostFile[];
  registry: { before: string; after: string };
  /** Bytes; used: by the processes of the app. */
  memory: { used: number | null; total: number };
  /** The server's: seconds since 1970, how many it is east of UTC, the name of its zone. */
  clock: { at: number; offset: number; zone: string };
}

export interface Plan {
  /** How many things differ; 0: an apply would change nothing. */
  changes: number;
  settings: { name: string; before: string | null; after: string | null }[];
  /** Files of the host that are written anew or go, each as a unified diff; apps.yml among them. */
  files: { path: string; kind: 'new' | 'changed' | 'removed'; diff: string }[];
  /** restart: the release starts anew in the other slot; site: nginx alone is reloaded; stored: nothing runs with it yet. */
  effect: 'nothing' | 'stored' | 'site' | 'restart';
  effects: string[];
  warnings: string[];
}

export const registryPath = '/etc/forgeboard/apps.yml';
const packaging = ['python', 'packages', 'server', 'dependencies', 'root'] as const;

/** Pure: what an apply would change, do and cost. */
export function planOf(facts: PlanFacts): Plan {
  const { app, applied, wanted, found, registry } = facts;
  const settings = settingChanges(applied.spec, wanted);
  const texts = new Map(facts.files.map(({ path, content }) => [path, content]));
  // What was applied once and is wanted no more goes; what somebody else put there stays.
  const gone = Object.keys(applied.files).filter((path) => !texts.has(path) && found.has(path));
  const files = [
    ...[...texts].map(([path, content]) => fileChange(path, found.get(path) ?? null, content)),
    ...gone.map((path) => fileChange(path, found.get(path) ?? null, null)),
  ].filter(({ diff }) => diff !== '');
  const isSame = sameSpec(applied.spec, wanted);
  const isSite = files.some(({ path }) => path === sitePath(app));
  const packages = packaging.some((name) => JSON.stringify(applied.spec[name]) !== JSON.stringify(wanted[name]));
  const isProcess = packages || files.some(({ path }) => path.startsWith('/etc/systemd/') && path !== `/etc/systemd/system/forgeboard-${app}.boot.service`);
  const edited = registry.before === registry.after ? [] : [fileChange(registryPath, registry.before, registry.after)];
  const different = settings.length > 0 ? settings.length : files.length + (isSame ? 0 : 1);
  const changes = different === 0 && edited.length > 0 ? 1 : different;
  const effect = changes === 0 ? 'nothing' : isProcess && facts.serves ? 'restart' : isSite ? 'site' : 'stored';
  return {
    changes,
    settings,
    files: [...edited, ...files],
    effect,
    effects: changes === 0 ? [] : effectsOf(facts, { isProcess, isSite, packages }),
    warnings: warningsOf(facts, settings),
  };
}

function effectsOf({ app, serves, applied, wanted, clock }: PlanFacts, { isProcess, isSite, packages }: { isProcess: boolean; isSite: boolean; packages: boolean }): string[] {
  return [
    ...(packages && serves ? ['Its packages are installed for it, where no release had the same.'] : []),
    ...(isProcess && serves ? [`${app} starts anew in its other slot and takes over there: no request fails.`] : []),
    ...(isProcess && !serves ? [`${app} does not run: it starts with this the next time.`] : []),
    ...(isSite ? ['nginx tests its whole configuration with this, and is reloaded.'] : []),
    ...(!isProcess && !isSite ? ['Nothing is restarted.'] : []),
    ...(isSite && !isProcess && serves ? ['No process is restarted.'] : []),
    ...wanted.schedules.filter((one) => !applied.spec.schedules.some(({ name, at }) => name === one.name && at === one.at)).map(({ name, at }) => nextRuns(name, at, clock)),
  ];
}

/** When a schedule that is new or changed runs, as the server's clock shows it: what cron understood is seen before it counts. */
function nextRuns(name: string, at: string, clock: PlanFacts['clock']): string {
  const from = (clock.at + clock.offset) * 1000;
  const times = timeWords(nextTimes(at, from, 3), from);
  return times.length === 0 ? `${name} does not run in the next nine years.` : `${name} runs next on ${times.join(', ')} (${clock.zone}, the server's time).`;
}

function warningsOf({ app, applied, wanted, found, memory }: PlanFacts, settings: Plan['settings']): string[] {
  const later = settings.filter(({ name }) => buildTime.has(name)).map(({ name }) => name);
  const touched = Object.entries(applied.files).flatMap(([path, text]) => (found.get(path) === text ? [] : [path]));
  const each = memory.used !== null && applied.spec.workers > 0 ? memory.used / applied.spec.workers : null;
  const more = each !== null && wanted.workers > applied.spec.workers ? each * wanted.workers : null;
  return [
    ...(later.length > 0 ? [`${later.join(', ')}: from the next deployment of ${app} on.`] : []),
    ...touched.map((path) => `${path} was ${found.has(path) ? 'changed' : 'removed'} on the server by somebody else; that is undone.`),
    ...(more !== null ? [`${wanted.workers} workers may need about ${sizeText(more)}, twice that while it starts anew; the server has ${sizeText(memory.total)}.`] : []),
  ];
}

/** Whether two specs say the same, in whatever order. */
export const sameSpec = (one: AppSpec, other: AppSpec): boolean => JSON.stringify(one, sorted) === JSON.stringify(other, sorted);

const sorted = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))) : value;

export function settingChanges(before: AppSpec, after: AppSpec): Plan['settings'] {
  const now = settingsIn(before);
  return [...settingsIn(after)].flatMap(([name, value]) => (now.get(name) === value ? [] : [{ name, before: now.get(name) ?? null, after: value }]));
}

function fileChange(path: string, before: string | null, after: string | null): Plan['files'][number] {
  return { path, kind: before === null ? 'new' : after === null ? 'removed' : 'changed', diff: unifiedDiff(before, after) };
}

/** A plan as lines of text: settings, what it does, warnings, then the files line by line. */
export function planLines({ changes, settings, files, effects, warnings }: Plan, said = '-'): string[] {
  if (changes === 0) return ['Nothing to change.', ...warnings.map((warning) => `! ${warning}`)];
  const short = (value: string | null) => (value === null ? said : value.replaceAll('\n', ', '));
  return [
    ...settings.map(({ name, before, after }) => `${name}: ${short(before)} -> ${short(after)}`),
    ...effects,
    ...warnings.map((warning) => `! ${warning}`),
    ...files.flatMap(({ path, kind, diff }) => ['', `${kind} ${path}`, ...diff.trimEnd().split('\n')]),
  ];
}
