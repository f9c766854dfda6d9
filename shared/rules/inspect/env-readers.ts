import { type EnvHelper, helperCalled } from './env-helpers.ts';
import type { Facts } from './facts.ts';
import { eachStatement, keyword, lastLine, meaning, type Place, partsOf, type Sheet, textOf, valuesOf } from './sheet.ts';
import type { Call, Value } from './syntax.ts';

/** One place that reads a variable. */
export interface Read {
  name: string;
  /** Where it stands in another module than the one that reads it. */
  path?: string;
  line: number;
  place: Place;
  /** What it takes without it; null where it takes nothing. */
  fallback: { text: string | null } | null;
  /** hard: an error without it. used: nothing, which is then used as if it were there. kept: nothing, which is only stored. asked: it looks whether it is there. */
  manner: 'hard' | 'used' | 'kept' | 'asked';
}

const isNothing = (value: Value | undefined | null): boolean => value == null || (value.kind === 'constant' && value.text === 'None');

const textual = (value: Value | undefined): string | null => (value?.kind === 'constant' ? value.text : null);

/** The text of a default, where it is a plain value. */
const plain = (value: Value): string | null => (value.kind === 'text' || value.kind === 'constant' ? value.text : null);

export const fallbackOf = (value: Value | undefined): Read['fallback'] => (value === undefined || isNothing(value) ? null : { text: plain(value) });

/** What stands for the environment in a module. */
export interface Names {
  /** Local names for os.environ, and for readers like env of environs. */
  environ: ReadonlySet<string>;
  readers: ReadonlyMap<string, Reader>;
  /** Lines in which a reader puts something before each name: with env.prefixed("DB_"). */
  prefixed: readonly { prefix: string; from: number; to: number }[];
}

/** A reader like env of environs. */
interface Reader {
  /** The defaults that were given where it was made. */
  scheme: ReadonlyMap<string, Value>;
  /** Its methods that take what a value becomes before its default: env("X", bool) still needs X. '' is itself. */
  castFirst: RegExp | null;
}

const readerMakers =
  /^(environs\.Env|environs\.FileAwareEnv|environ\.Env|environ\.FileAwareEnv|decouple\.(Config|AutoConfig|RepositoryEnv)|starlette\.config\.Config|prettyconf\.config)$/;
const readerNames = /^(decouple\.config|prettyconf\.config|environs\.env)$/;

const castFirstOf = (maker: string): RegExp | null => (/^environ\./.test(maker) ? /^(|list|tuple|dict|get_value)$/ : /^(starlette|prettyconf)\./.test(maker) ? /^(|get)$/ : null);

/** Local names that stand for the environment, in this module or in the one that they come from. */
export function aliases(facts: Facts, sheet: Sheet): Names {
  const environ = new Set<string>();
  const readers = new Map<string, Reader>();
  const learn = (name: string, value: Value, from: Sheet): void => {
    const full = value.kind === 'call' ? meaning(value.callee, from.bindings) : meaning(value, from.bindings);
    if (
      /^os\.environ(\.copy|b)?$/.test(full) ||
      (full === 'dict' && value.kind === 'call' && value.args[0] !== undefined && meaning(value.args[0], from.bindings) === 'os.environ') ||
      full === 'dotenv.dotenv_values'
    )
      environ.add(name);
    // { **dotenv_values(), **os.environ }
    if (
      value.kind === 'dict' &&
      value.entries.some(
        ([key, one]) =>
          key.kind === 'constant' && key.text === '**' && /^(os\.environ|dotenv\.dotenv_values)$/.test(meaning(one.kind === 'call' ? one.callee : one, from.bindings)),
      )
    )
      environ.add(name);
    if (value.kind === 'call' && readerMakers.test(full)) readers.set(name, { scheme: schemeOf(value), castFirst: castFirstOf(full) });
  };
  const prefixed: { prefix: string; from: number; to: number }[] = [];
  eachStatement(sheet.syntax.body, 'top', (statement) => {
    if (statement.kind === 'assign' && statement.value !== null) for (const target of statement.targets) if (target.kind === 'name') learn(target.name, statement.value, sheet);
    const [head] = statement.kind === 'block' && statement.word === 'with' ? statement.head : [];
    const prefix = head?.kind === 'call' && head.callee.kind === 'member' && head.callee.name === 'prefixed' ? textOf(head.args[0]) : null;
    if (prefix !== null && statement.kind === 'block') prefixed.push({ prefix, from: statement.line, to: lastLine(statement.bodies.flat(), statement.line) });
  });
  for (const [local, full] of sheet.bindings) {
    if (readerNames.test(full)) readers.set(local, { scheme: new Map(), castFirst: castFirstOf(full) });
    const found = facts.project.definition(full, sheet);
    const given = 'sheet' in found && found.sheet !== sheet ? found.sheet.assigned.get(found.name) : undefined;
    if (given !== undefined && 'sheet' in found) learn(local, given.value, found.sheet);
  }
  for (const from of starred(facts, sheet))
    for (const [local, full] of from.bindings) if (readerNames.test(full)) readers.set(local, { scheme: new Map(), castFirst: castFirstOf(full) });
  for (const from of starred(facts, sheet)) for (const [name, { value }] of from.assigned) if (!sheet.assigned.has(name)) learn(name, value, from);
  return { environ, readers, prefixed };
}

/** The modules of the folder that every name is taken from, and theirs. */
function starred(facts: Facts, sheet: Sheet): Sheet[] {
  const found = new Set<Sheet>();
  const add = (one: Sheet): void => {
    for (const module of one.stars) {
      const path = facts.project.module(module, one.path)?.path;
      const next = path === undefined ? undefined : facts.project.sheets.get(path);
      if (next === undefined || next === sheet || found.has(next)) continue;
      found.add(next);
      add(next);
    }
  };
  add(sheet);
  return [...found];
}

/** django-environ gives defaults where its reader is made: Env(DEBUG=(bool, False)). */
const schemeOf = (call: Call): Map<string, Value> =>
  new Map(call.keywords.flatMap(({ name, value }) => (value.kind === 'list' && value.items[1] !== undefined ? [[name, value.items[1]] as const] : [])));

const database: Readonly<Record<string, string>> = {
  db: 'DATABASE_URL',
  db_url: 'DATABASE_URL',
  dj_db_url: 'DATABASE_URL',
  cache: 'CACHE_URL',
  cache_url: 'CACHE_URL',
  email: 'EMAIL_URL',
  email_url: 'EMAIL_URL',
  search_url: 'SEARCH_URL',
};

export function readAt(
  facts: Facts,
  sheet: Sheet,
  value: Value,
  names: Names,
  helpers: ReadonlyMap<string, EnvHelper>,
): { names: string[]; line: number; fallback: Read['fallback']; isHard: boolean } | null {
  if (value.kind === 'item') {
    const of = meaning(value.of, sheet.bindings);
    const keys = of === 'os.environ' || (names.environ.has(of) && value.of.kind === 'name') ? keysOf(sheet, value.key) : [];
    return keys.length === 0 ? null : { names: keys, line: value.line, fallback: null, isHard: true };
  }
  if (value.kind === 'operation' && /^(not )?in$/.test(value.operator)) {
    const [key, of] = value.parts;
    const isEnviron = of !== undefined && (meaning(of, sheet.bindings) === 'os.environ' || (of.kind === 'name' && names.environ.has(of.name)));
    const keys = isEnviron && key !== undefined ? keysOf(sheet, key) : [];
    return keys.length === 0 ? null : { names: keys, line: lineWith(sheet.text, keys[0] ?? ''), fallback: { text: null }, isHard: false };
  }
  if (value.kind !== 'call') return null;
  const { args, line } = value;
  const full = meaning(value.callee, sheet.bindings);
  const of = value.callee.kind === 'member' ? meaning(value.callee.of, sheet.bindings) : '';
  const method = value.callee.kind === 'member' ? value.callee.name : '';
  const given = keyword(value, 'default') ?? args[1];
  if (full === 'os.getenv' || ((of === 'os.environ' || names.environ.has(of)) && /^(get|pop)$/.test(method))) {
    const keys = keysOf(sheet, args[0] ?? keyword(value, 'key'));
    return keys.length === 0 ? null : { names: keys, line, fallback: fallbackOf(given), isHard: method === 'pop' && given === undefined };
  }
  const option = /(^|\.)([Oo]ption|[Aa]rgument)$/.test(full) ? keyword(value, 'envvar') : undefined;
  if (option !== undefined) {
    const isRequired = textual(keyword(value, 'required')) === 'True' && keyword(value, 'default') === undefined;
    const keys = option.kind === 'list' ? option.items.flatMap((item) => keysOf(sheet, item)) : keysOf(sheet, option);
    return keys.length === 0 ? null : { names: keys.slice(0, 1), line, fallback: isRequired ? null : { text: null }, isHard: isRequired };
  }
  if (full === 'dj_database_url.config') {
    const fallback = keyword(value, 'default') ?? args[1];
    return { names: [textOf(keyword(value, 'env') ?? args[0]) ?? 'DATABASE_URL'], line, fallback: fallback === undefined ? null : { text: plain(fallback) }, isHard: false };
  }
  const reader = value.callee.kind === 'name' ? value.callee.name : value.callee.kind === 'member' && value.callee.of.kind === 'name' ? value.callee.of.name : '';
  const known = names.readers.get(reader) ?? (readerNames.test(full) ? { scheme: new Map<string, Value>(), castFirst: castFirstOf(full) } : undefined);
  if (known !== undefined && !/^(read_env|read_envfile|prefixed|seal|dump|from_env|add_parser|parser_for|register)$/.test(method)) {
    const [key] = keysOf(sheet, args[0] ?? keyword(value, 'var') ?? keyword(value, 'name'));
    const short = key ?? (args.length === 0 ? database[method] : undefined);
    if (short === undefined) return null;
    const name = names.prefixed.filter(({ from, to }) => line >= from && line <= to).reduce((all, { prefix }) => all + prefix, '') + short;
    const given = args[known.castFirst?.test(method) === true ? 2 : 1];
    const fallback = keyword(value, 'default') ?? keyword(value, 'missing') ?? (/^(url)$/.test(method) ? undefined : given) ?? known.scheme.get(short);
    return { names: [name], line, fallback: fallback === undefined ? null : { text: plain(fallback) }, isHard: fallback === undefined };
  }
  if (/(^|\.)from_envvar$/.test(full) && /config/.test(of)) {
    const name = textOf(args[0]);
    const silent = keyword(value, 'silent') ?? args[1];
    return name === null ? null : { names: [name], line, fallback: silent === undefined ? null : { text: null }, isHard: silent === undefined };
  }
  return full === '' ? null : byHelper(facts, sheet, value, full, helpers);
}

function byHelper(facts: Facts, sheet: Sheet, call: Call, full: string, helpers: ReadonlyMap<string, EnvHelper>): ReturnType<typeof readAt> {
  if (helpers.size === 0) return null;
  const [helper, called, isMethod] = helperCalled(facts, sheet, call, full, helpers) ?? [];
  if (helper === undefined || called === undefined) return null;
  const names = called.parameters.map(({ name }) => name);
  // What a method is called on is its first argument.
  const shift = isMethod === true && /^(self|cls)$/.test(names[0] ?? '') ? 1 : 0;
  const argument = (index: number | null) => (index === null ? undefined : (call.args[index - shift] ?? keyword(call, names[index] ?? '')));
  const [key] = keysOf(sheet, argument(helper.key));
  if (key === undefined) return null;
  const given = argument(helper.fallback);
  const asked = helper.asks === null ? undefined : argument(helper.asks.index);
  const isAsked = helper.asks === null || (asked === undefined ? helper.asks.byDefault : textual(asked) !== 'False');
  // Where it is said that it may be missing, it may.
  const fallback = given === undefined ? (isAsked ? null : { text: null }) : { text: plain(given) };
  return { names: [key], line: call.line, fallback, isHard: helper.isHard && isAsked };
}

const variableForm = /^[A-Za-z_][A-Za-z0-9_]{1,99}$/;

/** The names that a key is: a text, a constant that holds one, or one after the other of a list. */
function keysOf(sheet: Sheet, key: Value | undefined): string[] {
  const texts: (string | null)[] = [];
  if (key?.kind === 'text') texts.push(key.text);
  else if (key?.kind === 'name') {
    const known = sheet.assigned.get(key.name)?.value;
    const looped = loopsOf(sheet).get(key.name);
    if (known?.kind === 'text') texts.push(known.text);
    else if (looped !== undefined) texts.push(...looped);
    else if (known === undefined) {
      for (const [name, { value }] of sheet.assigned)
        if (/required|env|vars/i.test(name) && value.kind === 'list' && value.items.length > 0) texts.push(...value.items.map(textOf));
    }
  }
  return texts.filter((text) => text !== null && variableForm.test(text)) as string[];
}

const loops = new WeakMap<Sheet, ReadonlyMap<string, string[]>>();

/** What names stand for one after the other: `for name in ("A", "B")`, also where the list has a name, and in a comprehension. */
function loopsOf(sheet: Sheet): ReadonlyMap<string, string[]> {
  const known = loops.get(sheet);
  if (known !== undefined) return known;
  const lists = new Map<string, Value>();
  const found = new Map<string, string[]>();
  const take = (target: Value | undefined, over: Value | undefined): void => {
    const list = over?.kind === 'name' ? lists.get(over.name) : over;
    const texts = list?.kind === 'list' ? list.items.map(textOf) : [];
    if (target?.kind === 'name' && texts.length > 0 && texts.every((text) => text !== null)) found.set(target.name, [...(found.get(target.name) ?? []), ...texts]);
  };
  const visit = (value: Value): void => {
    // A comprehension is its value, and then each name with what it goes over.
    if (value.kind === 'other') for (const [index, part] of value.parts.entries()) if (index > 0) take(part, value.parts[index + 1]);
    for (const part of partsOf(value)) visit(part);
  };
  eachStatement(sheet.syntax.body, 'top', (statement) => {
    if (statement.kind === 'assign' && statement.value?.kind === 'list')
      for (const target of statement.targets) if (target.kind === 'name') lists.set(target.name, statement.value);
    if (statement.kind === 'block' && statement.word === 'for') take(statement.head[0], statement.head[1]);
    for (const value of valuesOf(statement)) visit(value);
  });
  loops.set(sheet, found);
  return found;
}

const lineWith = (text: string, word: string): number => text.slice(0, Math.max(0, text.indexOf(word))).split('\n').length;
