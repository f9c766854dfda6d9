import type { Candidate } from './candidate.ts';
import { type Facts, farness } from './facts.ts';
import { weightOf } from './hints.ts';
import { folderOf, nameOf } from './project.ts';
import type { Sheet } from './sheet.ts';
import type { Statement } from './syntax.ts';

/** The settings of a Django project by the files that they stand in: those that it is served with, and those of other places. */
export interface DjangoSettings {
  used: ReadonlySet<string>;
  other: ReadonlySet<string>;
}

/** Follows the settings module that the app is started with; null where nothing names one of the folder. */
export function djangoSettings(facts: Facts, best: Candidate): DjangoSettings | null {
  const name = namedSettings(facts, best);
  const said = name === null ? undefined : facts.project.sheets.get(facts.project.module(name, best.path)?.path ?? '');
  const first = said === undefined ? undefined : (servedOf(facts, said) ?? said);
  if (first === undefined) return null;
  const used = new Map([[first.path, first]]);
  for (const sheet of used.values())
    for (const module of importsTaken(facts, sheet)) {
      const next = facts.project.sheets.get(facts.project.module(module, sheet.path)?.path ?? '');
      if (next !== undefined) used.set(next.path, next);
    }
  const folder = folderOf(first.path);
  const isFolder = /settings|config|conf$/.test(nameOf(folder)) && nameOf(first.path) !== 'settings.py';
  const other = [...facts.project.sheets.keys()].filter(
    (path) => !used.has(path) && ((isFolder && folderOf(path) === folder) || /^(\w+_)?settings(_\w+)?\.py$/.test(nameOf(path))) && isSettingsOf(facts, path),
  );
  return { used: new Set(used.keys()), other: new Set(other) };
}

/** Of a package of settings that sets nothing by itself, the one that is served with: the environment chooses it. */
function servedOf(facts: Facts, { path, syntax }: Sheet): Sheet | null {
  if (nameOf(path) !== '__init__.py' || syntax.body.some(({ kind }) => kind !== 'expression')) return null;
  const form = /^prod\w*\.py$/;
  return [...facts.project.sheets.values()].find((other) => folderOf(other.path) === folderOf(path) && form.test(nameOf(other.path))) ?? null;
}

/** A module of settings, and not of an app that has a file of that name: it builds on others, or names what settings name. */
const isSettingsOf = (facts: Facts, path: string): boolean =>
  /^\s*(from\s+[\w.]+\s+import\s+\*|(SECRET_KEY|DATABASES|ALLOWED_HOSTS|DEBUG|INSTALLED_APPS)\s*=)/m.test(facts.project.sheets.get(path)?.text ?? '');

const settingsName = /DJANGO_SETTINGS_MODULE["'\],\s:=]+([A-Za-z_][\w.]*)/;

/** What deploys the app names its settings, else what serves it does. */
export function namedSettings(facts: Facts, best: Candidate): string | null {
  const deployed = [...facts.texts]
    .filter(([file]) => weightOf(file) >= 70 && farness(file) < 2)
    .sort(([one], [other]) => weightOf(other) - weightOf(one))
    .flatMap(([, text]) => settingsName.exec(text)?.[1] ?? []);
  const own = settingsName.exec(facts.project.sheets.get(best.path)?.text ?? '')?.[1];
  const known = [...deployed, ...(own === undefined ? [] : [own])].find((name) => facts.project.module(name, best.path) !== null);
  return known ?? null;
}

/** What settings import, without what they only do where the first that is tried is not there. */
function importsTaken(facts: Facts, sheet: Sheet): string[] {
  const found: string[] = [];
  const visit = (body: readonly Statement[]): void => {
    for (const one of body) {
      if (one.kind === 'import') found.push(...one.modules, ...one.bindings.filter(({ local }) => local !== '*').map(({ name }) => name));
      else if (one.kind === 'if') for (const branch of one.branches) visit(branch.body);
      else if (one.kind === 'block') {
        const [tried = [], ...rest] = one.bodies;
        visit(tried);
        const isThere = one.word === 'try' && tried.some((inner) => inner.kind === 'import' && inner.modules.some((module) => facts.project.module(module, sheet.path) !== null));
        if (!isThere) for (const inner of rest) visit(inner);
      }
    }
  };
  visit(sheet.syntax.body);
  return found.length > 0 ? found : sheet.imports.map(({ module }) => module);
}
