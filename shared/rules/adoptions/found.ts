import { appNameRule, suggestAppName } from '../names.ts';
import type { RegistryEntry } from '../registry.ts';
import { runOf } from './command-line.ts';
import type { RunningOther, RunningUnit, ScanFacts } from './facts.ts';
import { ledBy } from './sites.ts';

/** An app that runs on a host already, and what can be done with it. */
export interface FoundApp {
  /** Its name once it was taken over; else the one that it would get. */
  app: string;
  unit: string | null;
  /** gunicorn, uvicorn, uwsgi, supervisor, screen, process, cron, apache, container, apps.yml. */
  server: string;
  what: string;
  where: string;
  url: string | null;
  domains: string[];
  certificate: string | null;
  state: 'found' | 'taken' | 'moved';
  canTake: boolean;
  canMove: boolean;
  /** Why not. */
  reasons: string[];
  /** What to do, in a sentence. */
  todo: string;
}

/** Every app that runs, those first that can be taken over. Pure. */
export function foundApps(facts: ScanFacts, entries: readonly RegistryEntry[], address: string): FoundApp[] {
  const used = new Set(facts.adopted.map(({ app }) => app));
  const units = facts.units.map((unit) => ofUnit(unit, facts, entries, used, address));
  // The same program many times over is one finding.
  const others = [...new Map(facts.others.map((one) => [`${one.kind} ${one.what} ${one.where}`, ofOther(one)])).values()];
  const seen = new Set(units.map(({ unit }) => unit));
  units.push(...facts.adopted.filter(({ unit }) => !seen.has(unit)).map(ofAdopted));
  const known = new Set(units.map(({ app }) => app));
  const listed = entries.filter((entry) => isOriginal(entry) && !known.has(entry.slug)).map(ofEntry);
  const rank = (one: FoundApp) => (one.state !== 'found' ? 0 : one.canTake ? 1 : 2);
  return [...units, ...listed, ...others].sort((one, other) => rank(one) - rank(other));
}

/** One whose unit does not run: it lies in slots, or was stopped on the server. */
function ofAdopted({ app, unit, phase }: ScanFacts['adopted'][number]): FoundApp {
  const isTaken = phase === 'taken';
  const todo = isTaken ? 'Its unit does not run. Start it on the server, or give it back.' : inSlots;
  return { ...ofOther({ kind: 'systemd', what: unit, where: '', pid: 0, user: '', listens: [] }), app, unit, state: isTaken ? 'taken' : 'moved', todo };
}

const inSlots = 'It lies in slots; its original files are kept until you give it back.';

/** Why a unit is not taken over at all, as sentences. */
export function takeReasons(unit: RunningUnit, problem: string | null): string[] {
  return [
    ...(unit.server !== 'gunicorn' && unit.server !== 'uvicorn' ? [`It is started by ${unit.server}; gunicorn and uvicorn are taken over.`] : []),
    ...(unit.path.startsWith('/etc/systemd/system/') ? [] : [`Its unit lies in ${unit.path}, where a package or another tool writes it.`]),
    ...(unit.unit.includes('@') ? ['Its unit is a template that may stand for several apps.'] : []),
    ...(unit.starts === 1 ? [] : [`Its unit starts ${unit.starts} commands.`]),
    ...(unit.state === 'active' && unit.pid > 0 ? [] : [`Its unit is ${unit.state}: start it first.`]),
    ...(problem === null ? [] : [`nginx's configuration is not understood: ${problem}`]),
  ];
}

/** Why a unit that can be taken over cannot move, by what systemd and nginx say. */
export function moveReasons(unit: RunningUnit, nginx: ScanFacts['nginx']): string[] {
  const run = runOf(unit.server, unit.words);
  const site = ledBy(unit.listens, nginx);
  return [
    ...(typeof run === 'string' ? [`${run.slice(0, 1).toUpperCase()}${run.slice(1)}.`] : []),
    ...(site === null ? ['No site of nginx leads to it.'] : site.problem === null ? [] : [`${site.problem.slice(0, 1).toUpperCase()}${site.problem.slice(1)}.`]),
    ...(unit.type === 'forking' ? ['Its unit is of type forking: what it starts leaves it.'] : []),
    ...(unit.before > 0 ? ['Its unit runs other commands with its start (ExecStartPre, ExecStartPost).'] : []),
    ...(unit.related.length > 0 ? [`Other units stop or start with it: ${unit.related.join(', ')}.`] : []),
    ...(unit.confined.length > 0 ? [`Its unit gives it a view of the host that a slot would not have: ${unit.confined.join(', ')}.`] : []),
  ];
}

function ofUnit(unit: RunningUnit, facts: ScanFacts, entries: readonly RegistryEntry[], used: Set<string>, address: string): FoundApp {
  const site = ledBy(unit.listens, facts.nginx);
  const taken = facts.adopted.find((one) => one.unit === unit.unit);
  const why = taken === undefined ? takeReasons(unit, facts.nginx.problem) : [];
  const hinders = why.length > 0 ? [] : moveReasons(unit, facts.nginx);
  const app = taken?.app ?? nameFor(unit, entries, used);
  const run = runOf(unit.server, unit.words);
  const canMove = why.length === 0 && hinders.length === 0;
  return {
    app,
    unit: unit.unit,
    server: unit.server,
    what: typeof run === 'string' ? started(unit) : `${run.entryPoint}${run.workers === undefined ? '' : `, ${run.workers} workers`}`,
    where: unit.folder,
    url: site === null ? null : urlAt(site, address),
    domains: site?.domains ?? [],
    certificate: site?.certificate ?? null,
    state: taken === undefined ? 'found' : taken.phase === 'taken' ? 'taken' : 'moved',
    canTake: why.length === 0 && taken === undefined,
    canMove: canMove && (taken === undefined || taken.phase === 'taken'),
    reasons: [...why, ...hinders],
    todo:
      taken !== undefined
        ? taken.phase !== 'taken'
          ? inSlots
          : canMove
            ? 'Move it to slots, for deploys without a failed request, or give it back.'
            : 'It stays in its unit. What keeps it from moving to slots is said here.'
        : why.length === 0
          ? canMove
            ? 'Take it over: it runs on untouched. Then move it to slots when you like.'
            : 'Take it over: it runs on untouched. It cannot move to slots as it is.'
          : unit.server === 'python'
            ? 'Deploy its folder as a worker, or as a command that listens on $PORT; then stop this unit.'
            : 'Deploy its folder as an app beside it, and stop this unit once the new one answers.',
  };
}

/** A command line without its options: what is started, in a few words. */
function started({ words }: RunningUnit): string {
  const last = words.findIndex((word, at) => at > 0 && (word === '•••' || (word.startsWith('-') && word !== '-m')));
  return (last < 0 ? words : words.slice(0, last)).join(' ');
}

/** Where a site answers. */
export function urlAt(site: { domains: string[]; https: boolean; port: number | null }, address: string): string {
  const [domain] = site.domains;
  const at = domain ?? (address.includes(':') ? `[${address}]` : address);
  const usual = site.https || site.port === 80 || site.port === null || domain !== undefined;
  return `${site.https ? 'https' : 'http'}://${at}${usual ? '' : `:${site.port}`}/`;
}

/** Entries of the original ForgeBoard say where the app lies on the host. */
const isOriginal = (entry: RegistryEntry) => typeof entry.path === 'string' && entry.path.startsWith('/') && entry.kept_site === undefined;

/** The entry of apps.yml that a unit runs: the same folder, or the same port. */
export const entryOf = (unit: RunningUnit, entries: readonly RegistryEntry[]): RegistryEntry | undefined =>
  entries.find((entry) => isOriginal(entry) && (entry.path === unit.folder || (entry.port !== undefined && unit.listens.some((one) => one.endsWith(`:${entry.port}`)))));

function nameFor(unit: RunningUnit, entries: readonly RegistryEntry[], used: Set<string>): string {
  const entry = entryOf(unit, entries);
  if (entry !== undefined && appNameRule(entry.slug) === null) return entry.slug;
  const bare = unit.unit.replace(/\.service$/, '').replace(/^(gunicorn|uvicorn)[-_.@]?|[-_.@]?(gunicorn|uvicorn)$/g, '');
  const taken = new Set([...used, ...entries.map(({ slug }) => slug)]);
  const [wanted = 'app'] = [suggestAppName(bare), suggestAppName(unit.folder)].filter((name) => name !== '' && appNameRule(name) === null);
  let name = wanted;
  for (let count = 2; taken.has(name); count += 1) name = `${wanted.slice(0, 24)}-${count}`;
  used.add(name);
  return name;
}

const todos: Record<string, string> = {
  uwsgi: 'Deploy its folder as an app: gunicorn serves it then. Stop uWSGI once it answers, and lead nginx to it.',
  supervisor: 'Deploy its folder, with the program as a process or as the app itself, then take it out of supervisor.',
  screen: 'It ends with its terminal or at a reboot. Deploy its folder: it is started again by itself then.',
  process: 'Nothing starts it again when it ends. Deploy its folder as an app or a worker.',
  cron: 'Deploy its folder with this line as a schedule (schedules in forgeboard.yml), then take it out of cron.',
  apache: 'Apache serves it. Deploy its folder on a port of its own, then lead Apache there with ProxyPass.',
  container: 'A container runs it. Deploy its folder without the container, or leave it there.',
};

function ofOther({ kind, what, where }: RunningOther): FoundApp {
  return {
    app: '',
    unit: null,
    server: kind,
    what,
    where,
    url: null,
    domains: [],
    certificate: null,
    state: 'found',
    canTake: false,
    canMove: false,
    reasons: [],
    todo: todos[kind] ?? todos.process ?? '',
  };
}

function ofEntry(entry: RegistryEntry): FoundApp {
  return {
    ...ofOther({ kind: 'apps.yml', what: String(entry.entry_point ?? entry.type ?? ''), where: String(entry.path), pid: 0, user: '', listens: [] }),
    app: entry.slug,
    todo: 'It stands in apps.yml, and nothing that runs belongs to it. Deploy its folder under this name.',
  };
}
