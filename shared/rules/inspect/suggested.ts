import type { Evidence, NeededVariable, WrittenPath } from '../../contract/imports.ts';
import { type AppSettings, appSettings, processNameRule } from '../app-settings.ts';
import { commandRule } from '../command.ts';
import { importSettings } from '../import-settings.ts';
import { isWellKnown, packageOf } from '../packages/modules.ts';
import { readScriptPackages } from '../packages/script.ts';
import type { Candidate } from './candidate.ts';
import { evidenceAt, type Facts, farness } from './facts.ts';
import type { NeededModule } from './imported.ts';
import { joined, nameOf, within } from './project.ts';
import { type DeclaredPython, pythonFor } from './python-version.ts';
import type { Target } from './native-findings.ts';
import { recordOf } from './record.ts';

/** Settings that deploy an app as it was found, and for those that people do not expect why. */
export interface Suggested {
  settings: AppSettings;
  reasons: { setting: keyof AppSettings; text: string; evidence: Evidence[] }[];
}

export interface Ground {
  facts: Facts;
  best: Candidate;
  /** What its forgeboard.yml says already. */
  own: AppSettings;
  processes: Readonly<Record<string, string>>;
  environment: readonly NeededVariable[];
  persist: readonly WrittenPath[];
  needed: readonly NeededModule[];
  /** Whether any file names packages. */
  isNamed: boolean;
  versions: readonly DeclaredPython[];
  target: Target | null;
}

/** What deploys the app so that it starts, as it would stand in its forgeboard.yml. */
export function suggestedSettings(ground: Ground): Suggested {
  const { facts, best, own } = ground;
  const isSaid = serving.some((name) => own[name] !== undefined);
  const found: Suggested = { settings: isSaid ? {} : importSettings({ type: best.type, root: best.root, entrypoint: best.entrypoint }), reasons: [] };
  const take = <Name extends keyof AppSettings>(setting: Name, value: AppSettings[Name], text: string, ...evidence: Evidence[]): void => {
    found.settings[setting] = value;
    found.reasons.push({ setting, text, evidence });
  };
  processes(ground, found);
  const { web } = ground.processes;
  // Only what starts it by hand knows the arguments that it needs.
  if (best.type === 'script' && !isSaid && web !== undefined && commandRule(web) === null)
    take('command', web, 'The web process, as it is started elsewhere', ...best.evidence.slice(0, 1));
  if (best.type === 'django') django(ground, take);
  if (best.type === 'static') generator(facts, best, take);
  const kept = ground.persist.map(({ path }) => path);
  if (kept.length > 0) found.settings.persist = kept;
  if (!ground.isNamed) packages(ground, take);
  const { target, versions } = ground;
  const python = target === null ? null : pythonFor(versions, target.pythons);
  if (python !== null && target?.pythons[0] !== python) {
    const minor = python.split('.').slice(0, 2).join('.');
    const [said] = versions;
    take('python', minor, `Python ${minor}, as ${said?.evidence.file ?? 'it'} asks`, ...(said === undefined ? [] : [said.evidence]));
  }
  const settings = { ...found.settings, ...Object.fromEntries(Object.entries(own).filter(([name]) => planned.has(name))) };
  // Odd names of files may break a rule: what does is left to a person.
  for (const name of Object.keys(settings) as (keyof AppSettings)[]) if (!appSettings.shape[name].safeParse(settings[name]).success) delete settings[name];
  return { settings, reasons: found.reasons.filter(({ setting }) => own[setting] === undefined) };
}

const serving = ['type', 'entry_point', 'command', 'folder'] as const;
/** What a plan says; all else of a forgeboard.yml counts without it. */
const planned = new Set<string>([...serving, 'root', 'processes', 'build', 'before', 'python', 'packages', 'persist']);

type Take = <Name extends keyof AppSettings>(setting: Name, value: AppSettings[Name], text: string, ...evidence: Evidence[]) => void;

/** Those beside the web process. */
function processes({ processes }: Ground, { settings }: Suggested): void {
  const beside: Record<string, string> = { ...settings.processes };
  for (const [given, command] of Object.entries(processes)) {
    const name = given.toLowerCase().replaceAll('_', '-');
    if (given === 'web' || (settings.type === 'worker' && given === 'worker')) continue;
    if (given === 'release') {
      if (commandRule(command) === null) settings.before = [command];
    } else if (processNameRule(name) === null && commandRule(command) === null) beside[name] = command;
  }
  if (Object.keys(beside).length > 0 && appSettings.shape.processes.safeParse(beside).success) settings.processes = beside;
}

/** Tables are made before the start, static files in the build; both by Django's own commands. */
function django({ facts, best, environment }: Ground, take: Take): void {
  const manage = joined(best.root, 'manage.py');
  if (!facts.project.has(manage)) return;
  const all = [...facts.project.sheets.values()].filter(({ path }) => within(best.root, path) !== null && farness(path) < 2);
  const assigned = (name: string) =>
    all.flatMap((sheet) => (sheet.assigned.has(name) ? [{ sheet, line: sheet.assigned.get(name)?.line ?? 1, value: sheet.assigned.get(name)?.value }] : []))[0];
  const bases = assigned('DATABASES');
  const hasTables =
    all.some(({ text }) => /["']django\.contrib\.(auth|sessions|admin|contenttypes)["']/.test(text)) || facts.paths.some((path) => /(^|\/)migrations\/\d{4}_\w+\.py$/.test(path));
  if (hasTables && bases !== undefined && !(bases.value?.kind === 'dict' && bases.value.entries.length === 0))
    take('before', ['python manage.py migrate --noinput'], 'Tables are brought up to date before each start', evidenceAt(facts, bases.sheet.path, bases.line));
  const root = assigned('STATIC_ROOT');
  if (root === undefined || root.value === undefined || root.value.kind === 'constant') return;
  const needs = environment.filter(({ required }) => required).map(({ name }) => name);
  // A build sees no variables; the key that Django asks for is not used in it.
  if (needs.some((name) => !/SECRET/.test(name))) return;
  const command = 'python manage.py collectstatic --noinput';
  take(
    'build',
    [needs.length === 0 ? command : `env ${needs.map((name) => `${name}=build`).join(' ')} ${command}`],
    'Static files are gathered in each release',
    evidenceAt(facts, root.sheet.path, root.line),
  );
}

/** Pages that a program makes of other files. */
function generator(facts: Facts, best: Candidate, take: Take): void {
  if (facts.paths.includes(joined(best.root, `${best.entrypoint}/index.html`))) return;
  const evidence = best.evidence.slice(0, 1);
  const name = nameOf(best.path);
  const make = (command: string, ...packages: string[]): void => {
    take('build', [command], `${packages[0]} makes the pages`, ...evidence);
    if (!facts.paths.some((path) => /(^|\/)([\w.-]*requirements[\w.-]*\.(txt|in)|pyproject\.toml|Pipfile|poetry\.lock|uv\.lock)$/.test(path)))
      take('packages', packages, `${packages.join(', ')} from PyPI`, ...evidence);
  };
  if (/^mkdocs\.ya?ml$/.test(name)) {
    const document = recordOf(facts.documents.get(best.path));
    const theme = typeof document.theme === 'string' ? document.theme : recordOf(document.theme).name;
    make(name === 'mkdocs.yml' ? 'mkdocs build' : `mkdocs build -f ${name}`, ...(theme === 'material' ? ['mkdocs', 'mkdocs-material'] : ['mkdocs']));
  } else if (name === 'pelicanconf.py')
    make(`pelican content -s ${facts.project.has(joined(best.root, 'publishconf.py')) ? 'publishconf.py' : name} -o ${best.entrypoint}`, 'pelican', 'Markdown');
  else if (name === 'conf.py' && /_build\/html$|build\/html$/.test(best.entrypoint)) {
    const folder = best.path.includes('/') ? best.path.slice(0, best.path.lastIndexOf('/')) : '.';
    make(`sphinx-build -b html ${folder} ${best.entrypoint}`, 'sphinx');
  }
}

/** A folder that names no packages gets those of its imports that many projects use; others could be anybody's. */
function packages({ facts, best, needed }: Ground, take: Take): void {
  const sheet = facts.project.sheets.get(best.path);
  const written = sheet === undefined ? null : readScriptPackages(sheet.text);
  if (written !== null) {
    if (written.packages.length > 0)
      take('packages', written.packages, `${written.packages.join(', ')}, which ${best.path} names itself`, evidenceAt(facts, best.path, written.line));
    return;
  }
  const names = [...new Set(needed.map(({ module }) => packageOf(module)).filter(isWellKnown))]
    .filter((name) => !['gunicorn', 'uvicorn'].includes(name))
    .map((name) => ready[name] ?? name);
  if (names.length > 0) take('packages', names, `${names.join(', ')}, by the imports: no file names the packages`, ...needed.slice(0, 3).map(({ evidence }) => evidence));
}

/** Those that come without a window system's libraries. */
const ready: Record<string, string> = { 'opencv-python': 'opencv-python-headless' };
