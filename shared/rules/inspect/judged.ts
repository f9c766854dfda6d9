import type { Read } from './env-readers.ts';
import { isComparison, secretWord } from './compared.ts';
import { endingsOf } from './ended.ts';
import { type Ending, endsThere } from './ends.ts';
import type { Facts } from './facts.ts';
import { eachStatement, keyword, lastLine, meaning, partsOf, type Sheet, valuesOf } from './sheet.ts';
import type { Statement, Value } from './syntax.ts';

/** How a value is used where it stands. fails, counted, filled: an error where it is nothing, no number, or empty. guarded: only where another value is there. compared: with what is no constant. */
export type Use = Read['manner'] | 'fails' | 'counted' | 'filled' | 'guarded' | 'compared';

/** What a module does with names that hold what was read. */
export interface Judged {
  names: ReadonlyMap<string, Use>;
  /** Collections of which everything must be there. */
  complete: ReadonlySet<string>;
}

/** Names that a module looks at: with an end to the program where one is missing, with what nothing cannot do, or only asking. The first place counts. */
export function judgedNames(facts: Facts, sheet: Sheet): Judged {
  const names = new Map<string, Use>();
  const complete = new Set<string>();
  const values = new Map<string, Value>();
  const caught = caughtLines(sheet);
  const note = (name: string, use: Use): void => {
    if (use === 'hard' || !names.has(name)) names.set(name, use);
  };
  const mention = (value: Value, use: Use, depth = 0): void => {
    if (value.kind === 'name') {
      note(value.name, use);
      if (use === 'hard') spread(value.name, depth);
      return;
    }
    for (const part of partsOf(value)) if (use !== 'asked' || !isComparison(value) || part.kind !== 'name' || !secretWord.test(part.name)) mention(part, use, depth);
  };
  /** `missing = [name for name, value in needed.items() if not value]`: what lies in needed. */
  const spread = (name: string, depth: number): void => {
    const value = values.get(name);
    if (value === undefined || depth > 3 || !/^(other|list|dict)$/.test(value.kind)) return;
    complete.add(name);
    mention(value.kind === 'dict' ? { kind: 'list', items: value.entries.map(([, one]) => one) } : value, 'hard', depth + 1);
  };
  const looked = (test: Value, found: Ending | null): void => {
    const ending = found ?? { missing: [], present: [test] };
    for (const one of ending.missing) mention(one, 'hard');
    for (const one of ending.present) {
      // `if missing: raise`, `if len(missing) > 0: raise`
      if (found !== null) for (const name of namesIn(one)) if (values.get(name)?.kind === 'other') spread(name, 0);
      observe(one, new Set());
      mention(one, 'asked');
    }
  };
  /** What nothing cannot do, where it is not asked for before. */
  const observe = (value: Value, asked: ReadonlySet<string>): void => {
    const of =
      value.kind === 'member' || value.kind === 'item'
        ? value.of
        : value.kind === 'call' && /^(int|float)$/.test(meaning(value.callee, sheet.bindings))
          ? value.args[0]
          : undefined;
    if (of?.kind === 'name' && sheet.assigned.has(of.name) && !asked.has(of.name)) note(of.name, 'fails');
    // Nothing cannot be put to a text.
    if (value.kind === 'operation' && value.operator === '+' && value.parts.some(({ kind }) => kind === 'text'))
      for (const part of value.parts) if (part.kind === 'name' && sheet.assigned.has(part.name) && !asked.has(part.name)) note(part.name, 'fails');
    if (value.kind !== 'operation' || !/^(and|or|if)$/.test(value.operator)) {
      for (const part of partsOf(value)) observe(part, asked);
      return;
    }
    const known = new Set(asked);
    // A conditional expression asks in its middle first.
    const [then, test, other] = value.parts;
    const parts = value.operator === 'if' ? [test, then, other] : value.parts;
    for (const [index, part] of parts.entries()) {
      if (part === undefined) continue;
      observe(part, known);
      if (index > 0 && value.operator === 'if') continue;
      for (const name of namesIn(part)) known.add(name);
      if (value.operator !== 'and' && index < parts.length - 1) for (const name of namesIn(part)) note(name, 'asked');
    }
  };
  /** Constants, and how often each is what an option has by itself: `Option("key", default=KEY)`. */
  const defaults = new Map<string, number>();
  const countDefaults = (value: Value): void => {
    const given = value.kind === 'call' ? keyword(value, 'default') : undefined;
    if (given?.kind === 'name' && sheet.assigned.has(given.name)) defaults.set(given.name, (defaults.get(given.name) ?? 0) + 1);
    for (const part of partsOf(value)) countDefaults(part);
  };
  eachStatement(sheet.syntax.body, 'top', (statement, _place, _depth, within) => {
    for (const value of valuesOf(statement)) countDefaults(value);
    if (statement.kind === 'assign' && statement.value !== null) for (const target of statement.targets) if (target.kind === 'name') values.set(target.name, statement.value);
    if (statement.kind === 'if') {
      for (const { test, ending } of endingsOf(facts, sheet, statement, within)) looked(test, ending);
    } else if (!caught.some(({ from, to }) => statement.line >= from && statement.line <= to) && !(statement.kind === 'block' && statement.word === 'while'))
      for (const value of valuesOf(statement)) observe(value, new Set());
  });
  for (const [address] of sheet.text.matchAll(serviceAddress))
    for (const [, name] of address.matchAll(/\{([A-Za-z_]\w*)\}/g)) if (name !== undefined && sheet.assigned.has(name)) note(name, 'fails');
  // An option can be given in another way; so a constant that is nothing else than that is kept.
  for (const [name, count] of defaults) if (sheet.text.split(new RegExp(`(?<![\\w.])${name}(?!\\w)`)).length === count + 2) note(name, 'kept');
  return { names, complete };
}

/** f"postgresql://{USER}:{PASS}@{HOST}/shop": without one of them it is the address of nothing. */
const serviceAddress = /\b[fF](["'])(postgres|postgresql|mysql|mariadb|mssql|oracle|mongodb|amqps?|rediss?)(\+\w+)?:\/\/[^"'\n]*\1/g;

/** Names of their own in a value, without those of which a part is taken. */
function namesIn(value: Value): string[] {
  if (value.kind === 'name') return [value.name];
  if (value.kind === 'member' || value.kind === 'item') return [];
  return partsOf(value).flatMap(namesIn);
}

const missingErrors = /^(KeyError|TypeError|ValueError|AttributeError|LookupError|\w*(EnvError|EnvValidationError|ImproperlyConfigured|UndefinedValueError))$/;

/** What catches all, and so what is missing too; another error is of something else. */
const anyError = /^(Exception|BaseException|ImportError|ModuleNotFoundError)$/;

/** Lines in which it is caught that something is missing, and the program goes on. */
export function caughtLines(sheet: Sheet): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = [];
  eachStatement(sheet.syntax.body, 'top', (statement) => {
    if (statement.kind !== 'block' || statement.word !== 'try') return;
    const [tried = [], ...rest] = statement.bodies;
    if (rest.some((body) => endsThere(body))) return;
    const errors = statement.head.flatMap((one) => [one, ...partsOf(one)]).flatMap((one) => (one.kind === 'name' ? [one.name] : one.kind === 'member' ? [one.name] : []));
    const isAny = errors.length === 0 || errors.some((name) => anyError.test(name));
    if (errors.some((name) => missingErrors.test(name)) || (isAny && isFallback(tried, rest))) found.push({ from: statement.line, to: lastLine(tried, statement.line) });
  });
  return found;
}

/** A name that gets a value, or else another one. */
function isFallback(tried: readonly Statement[], rest: readonly Statement[][]): boolean {
  const assigned = (body: readonly Statement[]) =>
    body.flatMap((one) => (one.kind === 'assign' ? one.targets.flatMap((target) => (target.kind === 'name' ? [target.name] : [])) : []));
  const given = new Set(rest.flatMap(assigned));
  return tried.length <= 3 && assigned(tried).some((name) => given.has(name));
}
