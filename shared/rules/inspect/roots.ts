import { type Facts, farness } from './facts.ts';
import { folderOf, joined, upwards, within } from './project.ts';
import type { Sheet } from './sheet.ts';

const markers = [
  'requirements.txt',
  'pyproject.toml',
  'Pipfile',
  'manage.py',
  'Procfile',
  'Dockerfile',
  'setup.py',
  'environment.yml',
  'setup.cfg',
  'fly.toml',
  'render.yaml',
  'app.yaml',
];

export const isMarked = (facts: Facts, folder: string): boolean => markers.some((name) => facts.project.has(joined(folder, name)));

const askers = new WeakMap<Facts, ReadonlyMap<string, ReadonlySet<string>>>();

/** The folders that others import each module from, by its path. */
function askedFrom(facts: Facts): ReadonlyMap<string, ReadonlySet<string>> {
  const known = askers.get(facts);
  if (known !== undefined) return known;
  const found = new Map<string, Set<string>>();
  for (const sheet of facts.project.sheets.values()) {
    if (farness(sheet.path) === 3) continue;
    for (const { module } of sheet.imports) {
      const target = module.startsWith('.') ? null : facts.project.module(module, sheet.path);
      if (target === null || target.path === sheet.path) continue;
      const own = target.path.replace(/(\/__init__)?\.py$/, '');
      const tail = module
        .split('.')
        .slice(0, -target.rest.length || undefined)
        .join('/');
      const root = own === tail ? '.' : own.endsWith(`/${tail}`) ? own.slice(0, -(tail.length + 1)) : null;
      if (root !== null) found.set(target.path, (found.get(target.path) ?? new Set()).add(root));
    }
  }
  askers.set(facts, found);
  return found;
}

/** The dotted name of a file's module below a folder; null where a part of it is no Python name. */
export function moduleName(root: string, path: string): string | null {
  if (!path.endsWith('.py')) return null;
  const inside = within(root, path)
    ?.replace(/\.py$/, '')
    .replace(/(^|\/)__init__$/, '');
  return inside === undefined || inside === '' || !/^[A-Za-z_]\w*(\/[A-Za-z_]\w*)*$/.test(inside) ? null : inside.replaceAll('/', '.');
}

/**
 * The folder that a module is imported from: the one that its own imports need, else the one above its package, else the
 * nearest that looks like a project. "." for the dropped folder itself.
 */
export function rootOf(facts: Facts, sheet: Sheet): string {
  const { project } = facts;
  const own = folderOf(sheet.path);
  const dots = Math.max(0, ...sheet.imports.map(({ module }) => /^\.*/.exec(module)?.[0].length ?? 0));
  const folders = upwards(own).filter((folder) => moduleName(folder, sheet.path) !== null);
  let least = 0;
  while (least < folders.length - 1 && (least < dots || project.has(joined(folders[least] ?? '.', '__init__.py')))) least += 1;
  const possible = folders.slice(least);
  const modules = [...new Set(sheet.imports.filter(({ module }) => !module.startsWith('.')).map(({ module }) => module))];
  const counts = possible.map((folder) => modules.filter((module) => project.resolvesFrom(folder, module)).length);
  const most = Math.max(0, ...counts);
  const best = possible.filter((_folder, index) => counts[index] === most);
  if (most > 0 && best.length === 1) return best[0] ?? '.';
  const asked = most > 0 ? undefined : askedFrom(facts).get(sheet.path);
  const named = asked === undefined ? undefined : best.filter((folder) => asked.has(folder));
  if (named?.length === 1) return named[0] ?? '.';
  // A manage.py says where a Django project's modules are imported from.
  const managed = possible.find((folder) => project.has(joined(folder, 'manage.py')));
  if (managed !== undefined) return managed;
  if (least > 0) return best[0] ?? '.';
  return best.find((folder) => isMarked(facts, folder)) ?? best.at(-1) ?? '.';
}
