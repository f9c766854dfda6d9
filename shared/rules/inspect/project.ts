import { isWrapper, type Made, makers, makingMethods } from './frameworks.ts';
import { dotted, eachStatement, meaning, partsOf, type Sheet } from './sheet.ts';
import type { FunctionStatement, Value } from './syntax.ts';

/** Imports and definitions are followed no further than this: they may run in circles. */
const furthest = 12;

export const folderOf = (path: string): string => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.');
export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
export const joined = (folder: string, path: string): string => (folder === '.' ? path : `${folder}/${path}`);
/** A path seen from a folder above it; null where it does not lie in it. */
export const within = (folder: string, path: string): string | null => (folder === '.' ? path : path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : null);

/** The folder and all above it, the nearest first. */
export function upwards(folder: string): string[] {
  const found = [folder];
  for (let at = folder; at !== '.'; ) {
    at = folderOf(at);
    found.push(at);
  }
  return found;
}

/** What is read of a folder's Python, with names followed from module to module. */
export class Project {
  private readonly paths: ReadonlySet<string>;

  constructor(
    readonly sheets: ReadonlyMap<string, Sheet>,
    paths: Iterable<string>,
  ) {
    this.paths = new Set(paths);
  }

  has = (path: string): boolean => this.paths.has(path);

  /** Whether an import of a module finds one of the folder's own, so that it is no framework that is used: the framework itself, or a wrapper's name. */
  isOwn(module: string): boolean {
    const [first = ''] = module.split('.', 1);
    if (first === '') return true;
    this.packages ??= new Set([...this.paths].flatMap((path) => topModule(path, this.paths) ?? []));
    return this.packages.has(first);
  }

  private packages: ReadonlySet<string> | null = null;

  /** The file of a module, as imported from another file; `rest` is what of the name lies in the module. */
  module(name: string, from: string): { path: string; rest: string[] } | null {
    const dots = /^\.*/.exec(name)?.[0].length ?? 0;
    const parts = name.slice(dots).split('.').filter(Boolean);
    if (dots > 0) {
      let base = folderOf(from);
      for (let level = 1; level < dots; level += 1) base = folderOf(base);
      return this.under(base, parts, true);
    }
    let partly: { path: string; rest: string[] } | null = null;
    for (const folder of this.addedFolders(from)) {
      const found = this.under(folder, parts);
      if (found !== null) return found;
    }
    for (const folder of upwards(folderOf(from))) {
      const found = this.under(folder, parts) ?? (folder.endsWith('/src') || folder === 'src' ? null : this.under(joined(folder, 'src'), parts));
      // Of app.core.app.Settings a module app beside it has only the first word: one further up may have more.
      if (found !== null && (partly === null || found.rest.length < partly.rest.length)) partly = found;
      if (found !== null && found.rest.length <= 1) break;
    }
    return partly;
  }

  /** Folders that a module puts before those that imports are looked for in: sys.path.insert(0, os.path.join(here, "lib")). */
  private addedFolders(path: string): readonly string[] {
    const known = this.added.get(path);
    if (known !== undefined) return known;
    const sheet = this.sheets.get(path);
    const calls = sheet?.text.includes('sys.path') === true ? sheet.calls : [];
    const found = calls.flatMap(({ name, call }) => {
      const texts = /^sys\.path\.(insert|append)$/.test(name) ? textsIn(call.args.at(-1)) : [];
      const folder = texts.length === 0 ? null : resolved(folderOf(path), texts.join('/'));
      return folder === null || folder === folderOf(path) || folder === '.' ? [] : [folder];
    });
    this.added.set(path, found);
    return found;
  }

  private readonly added = new Map<string, readonly string[]>();

  /** The longest part of a name that is a module under a folder; `orPackage`: at least the folder's own __init__.py. */
  private under(folder: string, parts: readonly string[], orPackage = false): { path: string; rest: string[] } | null {
    for (let count = parts.length; count >= (orPackage ? 0 : 1); count -= 1) {
      const base = count === 0 ? folder : joined(folder, parts.slice(0, count).join('/'));
      const path = [`${base}.py`, base === '.' ? '__init__.py' : `${base}/__init__.py`].find((one) => this.paths.has(one));
      if (path !== undefined) return { path, rest: parts.slice(count) };
    }
    return null;
  }

  /** Whether an absolute import resolves below this folder. */
  resolvesFrom(folder: string, module: string): boolean {
    const [first = ''] = module.split('.');
    const base = joined(folder, first);
    return (
      this.paths.has(`${base}.py`) || this.paths.has(`${base}/__init__.py`) || (module.includes('.') && this.under(folder, module.split('.'))?.path.startsWith(`${base}/`) === true)
    );
  }

  /** Where a dotted name of a module is defined in the folder, or its full name where it comes from elsewhere. */
  definition(name: string, sheet: Sheet, depth = 0): { sheet: Sheet; name: string } | { outside: string } {
    const [first = '', ...rest] = name.startsWith('.') ? [''] : name.split('.');
    // `from app import create_app` beside `app = create_app()`: the import is of the module, whatever the name is given later.
    const isImported = depth === 0 && rest.length > 0 && [...sheet.bindings.values()].some((stands) => name === stands || name.startsWith(`${stands}.`));
    if (first !== '' && !isImported && (sheet.functions.has(first) || sheet.classes.has(first) || sheet.assigned.has(first))) return { sheet, name: [first, ...rest].join('.') };
    const found = this.module(name, sheet.path);
    if (found === null) return { outside: name };
    const target = this.sheets.get(found.path);
    if (target === undefined || found.rest.length === 0 || depth > furthest) return { outside: name };
    const [symbol = ''] = found.rest;
    if (target.functions.has(symbol) || target.classes.has(symbol) || target.assigned.has(symbol)) return { sheet: target, name: found.rest.join('.') };
    const stands = target.bindings.get(symbol);
    if (stands !== undefined && stands !== name) return this.definition([stands, ...found.rest.slice(1)].join('.'), target, depth + 1);
    for (const module of target.stars) {
      const again = this.definition(`${module}${module.endsWith('.') ? '' : '.'}${found.rest.join('.')}`, target, depth + 1);
      if ('sheet' in again) return again;
    }
    return { outside: name };
  }

  /** The web application that a value is; null for anything else. */
  made(value: Value, sheet: Sheet, local: ReadonlyMap<string, Value> = new Map(), depth = 0): Made | null {
    if (depth > furthest) return null;
    if (value.kind === 'name') {
      const inner = local.get(value.name);
      if (inner !== undefined && inner !== value) return this.made(inner, sheet, without(local, value.name), depth + 1);
    }
    if (value.kind === 'name' || value.kind === 'member') return this.madeByName(value, sheet, local, depth);
    if (value.kind === 'operation' && value.operator === 'if') return value.parts.map((part) => this.made(part, sheet, local, depth + 1)).find((one) => one !== null) ?? null;
    // `return app, db`, as `app, db = make()` takes it.
    if (value.kind === 'list') return depth === 0 || value.items[0] === undefined ? null : this.made(value.items[0], sheet, local, depth + 1);
    if (value.kind !== 'call') return null;
    const name = meaning(value.callee, sheet.bindings);
    if (value.callee.kind === 'member') {
      const method = makingMethods[value.callee.name];
      if (method !== undefined) return method;
    }
    if (isWrapper(name)) {
      const inside = wrapped(value).map((one) => this.made(one, sheet, local, depth + 1));
      const found = inside.find((one) => one !== null);
      if (found != null) return /ASGIApp|WsgiToAsgi|ProtocolTypeRouter|mount_gradio/.test(name) ? { ...found, served: 'asgi' } : found;
    }
    const starred = /^\w+$/.test(name) && !sheet.bindings.has(name) ? sheet.stars.map((module) => this.maker(`${module}.${name}`)).find((one) => one !== null) : undefined;
    const found = this.maker(name) ?? (name === '' ? null : (starred ?? this.madeByCalling(name, sheet, depth)));
    // What is put around an application is of its kind.
    const inside = found?.isByHand === true ? wrapped(value).map((one) => this.made(one, sheet, local, depth + 1)) : [];
    return inside.find((one) => one !== null) ?? found;
  }

  private madeByName(value: Value, sheet: Sheet, local: ReadonlyMap<string, Value>, depth: number): Made | null {
    // app.server of Dash, app.app of Connexion: the application inside another.
    if (value.kind === 'member' && /^(server|app|wsgi_app|asgi_app)$/.test(value.name)) {
      const outer = this.made(value.of, sheet, local, depth + 1);
      if (outer !== null) return outer;
    }
    const name = meaning(value, sheet.bindings);
    if (name === '') return null;
    const found = this.definition(name, sheet);
    if ('outside' in found) return null;
    const assigned = found.sheet.assigned.get(found.name);
    return assigned === undefined || (assigned.value === value && found.sheet === sheet) ? null : this.madeByAssigned(found.name, found.sheet, depth + 1);
  }

  /** What a call of that name makes, where the framework is not the folder's own: its own code makes no app. */
  private maker(name: string): Made | null {
    const found = makers.get(name);
    return found === undefined || this.isOwn(name) ? null : found;
  }

  /** What a name of a module stands for. */
  madeByAssigned(name: string, sheet: Sheet, depth = 0): Made | null {
    const assigned = sheet.assigned.get(name);
    if (assigned === undefined) return null;
    if (assigned.value.kind === 'constant' && assigned.value.text === 'None') return this.madeLater(name, sheet, depth);
    return this.made(assigned.value, sheet, assigned.before === null ? new Map() : new Map([[name, assigned.before]]), depth);
  }

  /** What a function gives to a name of its module: `app = None`, and then `global app` in what makes it. */
  private madeLater(name: string, sheet: Sheet, depth: number): Made | null {
    if (depth > furthest || !new RegExp(`^[ \\t]+global [\\w, ]*\\b${name}\\b`, 'm').test(sheet.text)) return null;
    for (const called of sheet.functions.values())
      for (const one of called.body) {
        const isIt = one.kind === 'assign' && one.value !== null && one.targets.some((target) => target.kind === 'name' && target.name === name);
        const found = isIt && one.value !== null ? this.made(one.value, sheet, new Map(), depth + 1) : null;
        if (found !== null) return found;
      }
    return null;
  }

  private madeByCalling(name: string, sheet: Sheet, depth: number): Made | null {
    const found = this.definition(name, sheet);
    if ('outside' in found) return this.maker(found.outside);
    const [first = ''] = found.name.split('.');
    const called = found.sheet.functions.get(first);
    if (called !== undefined) return this.madeByFunction(called, found.sheet, depth + 1);
    return this.madeByClass(first, found.sheet, depth + 1);
  }

  /** What a class makes that is made from a framework's own. */
  private madeByClass(name: string, sheet: Sheet, depth: number): Made | null {
    const known = sheet.classes.get(name);
    if (known === undefined || depth > furthest) return null;
    const byHand = callable(known.body.find((one) => one.kind === 'function' && one.name === '__call__') as FunctionStatement | undefined, 1);
    if (byHand !== null) return byHand;
    for (const base of known.bases) {
      const full = meaning(base, sheet.bindings);
      const direct = this.maker(full);
      if (direct !== null) return direct;
      const found = full === name ? null : this.definition(full, sheet);
      const inherited = found === null ? null : 'outside' in found ? this.maker(found.outside) : this.madeByClass(found.name, found.sheet, depth + 1);
      if (inherited !== null) return inherited;
    }
    return null;
  }

  /** What a function gives back: by its returns, else by what it promises. */
  madeByFunction(called: FunctionStatement, sheet: Sheet, depth = 0): Made | null {
    if (depth > furthest) return null;
    const local = new Map<string, Value>();
    const returned: Value[] = [];
    eachStatement(called.body, 'function', (statement, _place, inside) => {
      if (inside > 0) return;
      if (statement.kind === 'assign' && statement.value !== null) {
        for (const target of statement.targets) if (target.kind === 'name' && !isSelf(target.name, statement.value)) local.set(target.name, statement.value);
      }
      if (statement.kind === 'return' && statement.value !== null) returned.push(statement.value);
    });
    for (const value of returned) {
      const found = this.made(value, sheet, local, depth + 1);
      if (found !== null) return found;
    }
    const promised = called.returns === null ? null : this.maker(meaning(called.returns, sheet.bindings));
    return returned.length > 0 ? promised : null;
  }
}

/** The name of a module or package that is imported from where it lies: at the top, below src/, or beside the file that makes a distribution. */
function topModule(path: string, paths: ReadonlySet<string>): string | null {
  if (!path.endsWith('.py')) return null;
  const isPackage = nameOf(path) === '__init__.py';
  const place = isPackage ? folderOf(path) : path.slice(0, -3);
  const folder = folderOf(place);
  if (place === '.' || paths.has(joined(folder, '__init__.py'))) return null;
  const isTop = /^(\.|src|lib|python)$/.test(folder);
  const isPacked =
    isPackage &&
    [folder, nameOf(folder) === 'src' ? folderOf(folder) : folder].some((one) => ['setup.py', 'pyproject.toml', 'setup.cfg'].some((name) => paths.has(joined(one, name))));
  return isTop || isPacked ? nameOf(place) : null;
}

/** A function that a WSGI or ASGI server can call, by its parameters after the first so many; null for any other. */
export function callable(called: FunctionStatement | undefined, skip = 0): Made | null {
  const [first, second, third] = called?.parameters.slice(skip).map(({ name }) => name) ?? [];
  if (/^(wsgi_?)?env(iron)?$/.test(first ?? '') && /^_?start_?response$/.test(second ?? '')) return { type: 'wsgi', served: 'wsgi', isByHand: true };
  if (called?.isAsync === true && first === 'scope' && second === 'receive' && third === 'send') return { type: 'asgi', served: 'asgi', isByHand: true };
  return null;
}

const textsIn = (value: Value | undefined): string[] => (value === undefined ? [] : value.kind === 'text' ? [value.text] : partsOf(value).flatMap(textsIn));

/** A path with `..` in it, from a folder; null where it leaves the dropped one. */
function resolved(folder: string, path: string): string | null {
  const parts = folder === '.' ? [] : folder.split('/');
  for (const part of path.split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined) return null;
    } else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.length === 0 ? '.' : parts.join('/');
}

/** `app = Middleware(app)` says nothing new about app. */
function isSelf(name: string, value: Value): boolean {
  return value.kind === 'call' && [...value.args, ...value.keywords.map((one) => one.value)].some((one) => dotted(one) === name);
}

function without(local: ReadonlyMap<string, Value>, name: string): Map<string, Value> {
  const left = new Map(local);
  left.delete(name);
  return left;
}

const wrapped = (call: Value & { kind: 'call' }): Value[] => [
  ...call.args.flatMap((one) => (one.kind === 'dict' ? one.entries.map(([, value]) => value) : [one])),
  ...call.keywords.map((one) => one.value),
];
