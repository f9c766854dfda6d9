import type { Evidence } from '../../contract/imports.ts';
import { isAmbiguous, packageOf } from '../packages/modules.ts';
import { isStandard } from '../packages/standard.ts';
import type { Candidate } from './candidate.ts';
import { appModules } from './environment.ts';
import { evidenceAt, type Facts, farness } from './facts.ts';
import { folderOf, joined } from './project.ts';
import type { Sheet } from './sheet.ts';
import type { Value } from './syntax.ts';

/** A module from elsewhere that the app does not start without, where it is imported first. */
export interface NeededModule {
  module: string;
  evidence: Evidence;
}

/** What an app does not start without, beside Python's own and the folder's modules: by its imports, and by the names of a Django project's apps. */
export function neededModules(facts: Facts, best: Candidate): NeededModule[] {
  const isHere = localNames(facts, best);
  const found = new Map<string, NeededModule>();
  const add = (module: string, path: string, line: number): void => {
    const [first = ''] = module.split('.');
    if (module.startsWith('.') || first === '' || isStandard(first) || isAmbiguous(module) || idle.test(module) || isHere(module)) return;
    const known = found.get(packageOf(module));
    if (known === undefined || known.module.length > module.length) found.set(packageOf(module), { module, evidence: known?.evidence ?? evidenceAt(facts, path, line) });
  };
  for (const sheet of startedModules(facts, best)) {
    for (const one of startImports(sheet, best)) add(one.module, sheet.path, one.line);
    if (best.type === 'django' && settings.test(sheet.path)) for (const one of djangoApps(sheet)) add(one.module, sheet.path, one.line);
  }
  return [...found.values()].sort((one, other) => (packageOf(one.module).toLowerCase() < packageOf(other.module).toLowerCase() ? -1 : 1));
}

/** Made by a build, for another system, or so common among what others bring that it is there. */
const idle = /(_pb2(_grpc)?|_version)$|^(win32\w*|pythoncom|pywintypes|typing_extensions|setuptools|pkg_resources|pip)(\.|$)/;

const settings = /(^|\/)(settings|config)(\/(__init__|base|common|defaults?|prod\w*))?\.py$|(^|\/)settings_?(base|common|prod\w*)\.py$/;
/** What Django loads of each of its apps by name. */
const djangoParts = /(^|\/)(urls|models|views|admin|apps|forms|serializers|middleware)\.py$/;

const startImports = ({ imports }: Sheet, { served }: Candidate) =>
  imports.filter(({ isOptional, place }) => !isOptional && (place === 'top' || (place === 'main' && served !== 'wsgi' && served !== 'asgi')));

/** Modules that are imported before the app has started: from its entry point on, and what a framework loads by name. */
function startedModules(facts: Facts, best: Candidate): Sheet[] {
  const found = new Map<string, Sheet>();
  const take = (path: string | undefined): void => {
    const sheet = path === undefined ? undefined : facts.project.sheets.get(path);
    if (sheet !== undefined && farness(sheet.path) < 3) found.set(sheet.path, sheet);
  };
  take(best.path);
  const isByName = best.type === 'django' || best.type === 'worker';
  for (const path of isByName ? appModules(facts, best) : []) {
    // Parts of a bot are loaded by their names too; of a library that is run, that is said of nothing.
    if (best.type === 'django' ? settings.test(path) || djangoParts.test(path) : /(^|\/)(cogs|plugins|extensions|handlers|commands|modules)\//.test(path)) take(path);
  }
  for (const sheet of found.values()) for (const { module } of startImports(sheet, best)) take(facts.project.module(module, sheet.path)?.path);
  return [...found.values()];
}

/** Packages of INSTALLED_APPS and MIDDLEWARE: Django imports them by name. */
function djangoApps(sheet: Sheet): { module: string; line: number }[] {
  return ['INSTALLED_APPS', 'THIRD_PARTY_APPS', 'MIDDLEWARE'].flatMap((name) => {
    const assigned = sheet.assigned.get(name);
    return assigned === undefined
      ? []
      : plainTexts(assigned.value).flatMap((text) => (/^[A-Za-z_][\w.]*$/.test(text) ? [{ module: text, line: lineOf(sheet, text) ?? assigned.line }] : []));
  });
}

const plainTexts = (value: Value): string[] => (value.kind === 'list' ? value.items.flatMap((one) => (one.kind === 'text' ? [one.text] : [])) : []);

function lineOf({ text }: Sheet, word: string): number | null {
  const at = text.search(new RegExp(`["']${word.replaceAll('.', '\\.')}["']`));
  return at < 0 ? null : text.slice(0, at).split('\n').length;
}

/** Whether a name is a module or folder of the project, as seen from where it is started. */
function localNames(facts: Facts, best: Candidate): (module: string) => boolean {
  const roots = [...new Set([best.root, joined(best.root, 'src'), folderOf(best.path), '.', 'src'])];
  const anywhere = new Set<string>();
  for (const path of facts.modules) {
    const parts = path.replace(/\.py$/, '').split('/');
    for (const part of parts) anywhere.add(part);
  }
  // What has the name of a well-known package too is the folder's own only where it is found as Python would.
  return (module) => {
    const [first = ''] = module.split('.');
    return (
      roots.some((root) => facts.project.resolvesFrom(root, module) || facts.project.resolvesFrom(root, first)) ||
      (anywhere.has(first) && packageOf(module) === first && !common.has(first))
    );
  };
}

/** Packages of which projects like to name a module of their own. */
const common = new Set([
  'celery',
  'redis',
  'requests',
  'stripe',
  'openai',
  'numpy',
  'pandas',
  'flask',
  'django',
  'fastapi',
  'sqlalchemy',
  'alembic',
  'jinja2',
  'httpx',
  'aiohttp',
  'boto3',
  'rq',
  'gunicorn',
  'uvicorn',
  'marshmallow',
  'pydantic',
]);

/** Every word that stands in the project outside of the files that name its packages: what is none of them is not used. */
export function mentioned(facts: Facts): (names: readonly string[]) => boolean {
  const imported = new Set([...facts.glimpsed.values()].flat().map((name) => name.toLowerCase()));
  const texts = [...facts.texts].filter(([path]) => !naming.test(path)).map(([, text]) => text);
  const all = [...texts, ...[...facts.project.sheets.values()].map(({ text }) => text)].map((text) => text.toLowerCase());
  return (names) => names.some((name) => imported.has(name) || all.some((text) => hasWord(text, name)));
}

const naming =
  /(^|\/)([\w.-]*requirements?[\w.-]*\.(txt|in)|requirements\/[^/]+|(reqs|deps|constraints|dev|prod|production|base|common|main|default)\.txt|pyproject\.toml|Pipfile(\.lock)?|(poetry|uv|pdm)\.lock|environment[\w.-]*\.ya?ml|setup\.(py|cfg)|README[\w.]*)$/i;

function hasWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (!/\w/.test(text[at - 1] ?? ' ') && !/\w/.test(text[at + word.length] ?? ' ')) return true;
  }
  return false;
}
