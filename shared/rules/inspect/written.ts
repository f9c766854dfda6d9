import type { WrittenPath } from '../../contract/imports.ts';
import { pathRule } from '../names.ts';
import type { Candidate } from './candidate.ts';
import { evidenceAt, type Facts, farness } from './facts.ts';
import { folderOf, joined, nameOf, within } from './project.ts';
import { meaning, type Sheet, textOf } from './sheet.ts';
import { recordOf } from './record.ts';
import type { Value } from './syntax.ts';

/** SQLite's own files, by how people name them. */
const databases = /\.(sqlite3?|db3?|sqlite-db)$/i;
/** In an address of SQLAlchemy and the like, a path that is not absolute and not in memory. */
const address = /["']sqlite(?:\+\w+)?:\/\/\/(?:\.\/)?(?![/:])([^"'{}\s?#]+)["'?#]/g;
const most = 20;

/**
 * What the app writes that a new release must find again: databases in files, folders for uploads, and what its
 * forgeboard.yml says. Paths are relative to the app's folder. What lies in $DATA_DIR lasts anyway and is not named.
 */
export function writtenPaths(facts: Facts, best: Candidate, media: readonly string[]): WrittenPath[] {
  const found = new Map<string, WrittenPath>();
  const add = (path: string | null, kind: WrittenPath['kind'], file: string, line: number | null): void => {
    const clean = path?.replace(/^\.\//, '').replace(/\/+$/, '') ?? '';
    if (clean === '' || clean === '.' || pathRule(clean) !== null || found.size >= most || found.has(clean)) return;
    // A folder that is kept keeps what lies in it.
    if ([...found.keys()].some((known) => clean.startsWith(`${known}/`))) return;
    for (const known of found.keys()) if (known.startsWith(`${clean}/`)) found.delete(known);
    found.set(clean, { path: clean, kind, isThere: facts.paths.some((one) => `${one}/`.startsWith(`${joined(best.root, clean)}/`)), evidence: [evidenceAt(facts, file, line)] });
  };
  const own = joined(best.root, 'forgeboard.yml');
  const said = recordOf(facts.documents.get(own)).persist;
  for (const path of Array.isArray(said) ? said : []) if (typeof path === 'string') add(path, 'said', own, null);
  for (const sheet of facts.project.sheets.values()) {
    if (farness(sheet.path) > 0 || within(best.root, sheet.path) === null) continue;
    const at = (value: Value | undefined): string | null => (value === undefined ? null : within(best.root, pathOf(value, sheet, best.root) ?? '../'));
    const engine = sheet.assigned.get('DATABASES');
    if (best.type === 'django' && engine !== undefined) for (const name of djangoNames(engine.value)) add(at(name), 'database', sheet.path, engine.line);
    const media = sheet.assigned.get('MEDIA_ROOT');
    if (best.type === 'django' && media !== undefined) add(at(media.value), 'uploads', sheet.path, media.line);
    for (const { name, call } of sheet.calls) if (/^(sqlite3|aiosqlite)\.connect$/.test(name)) add(at(call.args[0]), 'database', sheet.path, call.line);
    // Flask-SQLAlchemy takes them from the instance folder, not from where the app was started.
    const inside = sheet.imports.some(({ module }) => /^flask_sqlalchemy\b/.test(module)) ? 'instance/' : '';
    for (const match of sheet.text.matchAll(address))
      add(inside === '' ? (match[1] ?? null) : 'instance', 'database', sheet.path, sheet.text.slice(0, match.index).split('\n').length);
  }
  for (const path of facts.paths) {
    const inside = within(best.root, path);
    if (inside !== null && databases.test(nameOf(path)) && inside.split('/').length <= 3 && farness(path) === 0) add(inside, 'database', path, null);
  }
  for (const folder of media) {
    const file = facts.paths.find((path) => path.startsWith(`${joined(best.root, folder)}/`));
    if (file !== undefined) add(folder, 'uploads', file, null);
  }
  return [...found.values()];
}

/** The NAME of each database of Django's that is a file. */
function djangoNames(value: Value): Value[] {
  if (value.kind !== 'dict') return [];
  return value.entries.flatMap(([, one]) => {
    if (one.kind !== 'dict') return [];
    const entry = (name: string) => one.entries.find(([key]) => textOf(key) === name)?.[1];
    const name = entry('NAME');
    return /sqlite3$|spatialite$/.test(textOf(entry('ENGINE')) ?? '') && name !== undefined ? [name] : [];
  });
}

/** The path in the dropped folder that an expression stands for; relative ones begin where the app is started. Null where it is another, or not to be told. */
function pathOf(value: Value, sheet: Sheet, root: string, depth = 0): string | null {
  if (depth > 12) return null;
  const again = (one: Value | undefined) => (one === undefined ? null : pathOf(one, sheet, root, depth + 1));
  const below = (folder: string | null, parts: readonly Value[]): string | null =>
    parts.reduce<string | null>((at, part) => {
      const text = textOf(part);
      return at === null || text === null || text.startsWith('/') ? null : folded(joined(at, text));
    }, folder);
  switch (value.kind) {
    case 'text':
      return value.text.startsWith('/') || value.text.startsWith(':') ? null : folded(joined(root, value.text));
    case 'name':
      return value.name === '__file__' ? sheet.path : again(sheet.assigned.get(value.name)?.value);
    case 'member': {
      const of = value.name === 'parent' ? again(value.of) : null;
      return of === null || of === '.' ? null : folderOf(of);
    }
    case 'operation':
      return value.operator === '/' ? below(again(value.parts[0]), value.parts.slice(1)) : null;
    case 'item':
      return parents(value, again);
    case 'call':
      return called(value, sheet, again, below);
    default:
      return null;
  }
}

type Again = (one: Value | undefined) => string | null;

/** Path(...).parents[1] */
function parents(value: Value & { kind: 'item' }, again: Again): string | null {
  if (value.of.kind !== 'member' || value.of.name !== 'parents' || value.key.kind !== 'constant') return null;
  let at = again(value.of.of);
  for (let left = Number(value.key.text); left >= 0 && at !== null; left -= 1) at = at === '.' ? null : folderOf(at);
  return at;
}

function called(value: Value & { kind: 'call' }, sheet: Sheet, again: Again, below: (folder: string | null, parts: readonly Value[]) => string | null): string | null {
  const name = meaning(value.callee, sheet.bindings);
  const [first, second] = value.args;
  if (/^(os\.path\.)?(dirname)$/.test(name)) {
    const at = again(first);
    return at === null || at === '.' ? null : folderOf(at);
  }
  if (/^(os\.path\.(abspath|realpath|normpath|expanduser)|str|os\.fspath)$/.test(name)) return again(first);
  if (/^(os\.path\.join|pathlib\.(Pure)?Path)$/.test(name)) return below(again(first), value.args.slice(1));
  if (/^(os\.environ\.get|os\.getenv|environ\.get)$/.test(name)) return textOf(first) === 'DATA_DIR' ? null : again(second);
  if (value.callee.kind !== 'member') return null;
  if (/^(resolve|absolute|expanduser)$/.test(value.callee.name)) return again(value.callee.of);
  return value.callee.name === 'joinpath' ? below(again(value.callee.of), value.args) : null;
}

/** Without . and ..; null where it leads out of the folder. */
function folded(path: string): string | null {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return null;
  }
  return parts.length === 0 ? '.' : parts.join('/');
}
