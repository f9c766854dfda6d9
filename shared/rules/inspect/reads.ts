import type { Facts } from './facts.ts';
import { aliases, type EnvHelper, fallbackOf, type Names, type Read, readAt } from './env-readers.ts';
import { eachStatement, meaning, partsOf, type Place, type Sheet, valuesOf } from './sheet.ts';
import type { Statement, Value } from './syntax.ts';

/** How a value is used where it stands. fails, counted: an error where it is nothing, or no number. guarded: only where another value is there. */
type Use = Read['manner'] | 'fails' | 'counted' | 'guarded';

/** Reads of a module's own code; settings classes are settings-classes.ts. */
export function readsOf(facts: Facts, sheet: Sheet, helpers: ReadonlyMap<string, EnvHelper>): Read[] {
  const found: Read[] = [];
  if (!/env|config|secrets/i.test(sheet.text)) return found;
  const names = aliases(facts, sheet);
  const judged = judgedNames(sheet);
  const visit = (value: Value, place: Place, use: Use, fallback: Read['fallback']): void => {
    const read = readAt(facts, sheet, value, names, helpers);
    if (read !== null) {
      for (const name of read.names) {
        const given = read.fallback ?? fallback;
        // int("") fails as int(None) does.
        const own = use === 'counted' && given?.text === '' ? null : given;
        found.push({ name, line: read.line, place, fallback: own, manner: mannerOf(use, read.isHard, own !== null) });
      }
      // The default may be another variable.
      if (value.kind === 'call') for (const part of value.args.slice(1)) visit(part, place, 'asked', null);
      return;
    }
    for (const [part, inner, given] of insides(value, use, sheet)) visit(part, place, inner, given ?? null);
  };
  const guards: Guard[] = [];
  eachStatement(sheet.syntax.body, 'top', (statement, place, depth) => {
    guards.push(...guardsOf(facts, sheet, statement, names, helpers));
    for (const [value, use] of usesIn(statement, judged, depth, sheet)) visit(value, place, use, null);
  });
  for (const read of found) if (guards.some(({ name, from, to }) => (name === null || name === read.name) && read.line >= from && read.line <= to)) read.manner = 'asked';
  return found;
}

function mannerOf(use: Use, isHard: boolean, hasFallback: boolean): Read['manner'] {
  if (use === 'guarded') return 'asked';
  if (isHard) return 'hard';
  if (use === 'fails' || use === 'counted') return hasFallback ? 'asked' : 'hard';
  return hasFallback && use !== 'hard' ? 'asked' : use;
}

/** Lines that only run where a variable is there, or where what fails is caught; null: any variable. */
interface Guard {
  name: string | null;
  from: number;
  to: number;
}

function guardsOf(facts: Facts, sheet: Sheet, statement: Statement, names: Names, helpers: ReadonlyMap<string, EnvHelper>): Guard[] {
  if (
    statement.kind === 'block' &&
    statement.word === 'try' &&
    statement.head.some((one) => [one, ...partsOf(one)].some((part) => part.kind === 'name' && part.name === 'KeyError'))
  ) {
    const [tried = [], ...rest] = statement.bodies;
    return rest.some(endsThere) ? [] : [{ name: null, from: statement.line, to: lastLine(tried, statement.line) }];
  }
  if (statement.kind !== 'if' || statement.branches.some(({ test, body }) => test !== null && endsThere(body))) return [];
  const asked = new Set<string>();
  const visit = (value: Value): void => {
    for (const name of readAt(facts, sheet, value, names, helpers)?.names ?? []) asked.add(name);
    for (const part of partsOf(value)) visit(part);
  };
  for (const { test } of statement.branches) if (test !== null) visit(test);
  if (asked.size === 0) return [];
  const to = Math.max(...statement.branches.map(({ body }) => lastLine(body, statement.line)));
  return [...asked].map((name) => ({ name, from: statement.line, to }));
}

function lastLine(body: readonly Statement[], from: number): number {
  let last = from;
  const visit = (value: Value): void => {
    if (value.kind === 'call' || value.kind === 'item') last = Math.max(last, value.line);
    for (const part of partsOf(value)) visit(part);
  };
  eachStatement(body, 'top', (statement) => {
    last = Math.max(last, statement.line);
    for (const value of valuesOf(statement)) visit(value);
  });
  return last;
}

/** The values of a statement, each with what becomes of it. */
function usesIn(statement: Statement, judged: ReadonlyMap<string, Use>, depth: number, sheet: Sheet): [Value, Use][] {
  if (statement.kind === 'assign') {
    const [target] = statement.targets;
    const name = target?.kind === 'name' ? target.name : null;
    // Constants of settings are stored; a name that is looked at, or used, says more.
    const isSetting =
      target?.kind === 'item' ||
      target?.kind === 'member' ||
      (name !== null && depth > 0 && /^[A-Z][A-Z0-9_]*$/.test(name)) ||
      (name !== null && /(^|\/)(settings|config|configs|conf)(\/|\.py$)|settings\w*\.py$|config\w*\.py$/.test(sheet.path) && /^[A-Z][A-Z0-9_]*$/.test(name));
    // What is said of a collection is not said of each thing in it.
    const isMany = statement.value?.kind === 'dict' || statement.value?.kind === 'list';
    const use: Use = (name === null || isMany ? undefined : judged.get(name)) ?? (isSetting ? 'kept' : 'used');
    // `os.environ["X"] = 1` sets it; the key of `app.config["X"] = ...` reads nothing.
    return statement.value === null ? [] : [[statement.value, use]];
  }
  if (statement.kind === 'if') return statement.branches.flatMap(({ test, body }): [Value, Use][] => (test === null ? [] : [[test, endsThere(body) ? 'hard' : 'asked']]));
  if (statement.kind === 'block') return statement.head.map((value) => [value, statement.word === 'while' ? 'asked' : 'used']);
  // What is only handed back is judged where it is asked for.
  if (statement.kind === 'return') return statement.value === null ? [] : [[statement.value, 'kept']];
  return valuesOf(statement).map((value) => [value, 'used']);
}

/** The parts of a value, with what becomes of each; the default that `or` gives. */
function insides(value: Value, use: Use, sheet: Sheet): [Value, Use, Read['fallback']?][] {
  // Where the program ends without it, all that is asked is needed.
  if (use === 'hard' || use === 'guarded') return partsOf(value).map((part) => [part, use]);
  if (value.kind === 'operation') {
    if (value.operator === 'or') {
      const last = value.parts.at(-1);
      // What is only asked for where another value is missing can be missing too.
      const isSpare = value.parts.slice(0, -1).some(({ kind }) => kind === 'name' || kind === 'member');
      return value.parts.map((part) => (part === last ? [part, isSpare ? 'asked' : use] : [part, 'asked', last === undefined ? null : fallbackOf(last)]));
    }
    if (value.operator === 'if') return value.parts.map((part, index) => [part, index === 0 ? 'guarded' : index === 1 ? 'asked' : use]);
    if (value.operator === 'and') return value.parts.map((part) => [part, 'guarded']);
    if (/^(==|!=|in|not in|is|is not|not|<|>|<=|>=)$/.test(value.operator)) return value.parts.map((part) => [part, 'asked']);
    return value.parts.map((part) => [part, 'used']);
  }
  if (value.kind === 'call') {
    const name = meaning(value.callee, sheet.bindings);
    const inner: Use = /^(bool|str|print|isinstance|repr|any)$|^(logging|logger|log|warnings)\b|(^|\.)(strtobool|str2bool|str_to_bool|to_bool|parse_bool)$/.test(name)
      ? 'asked'
      : 'used';
    // A method of what was read needs it; what a constructor is given, too. Of what has a name, that name says whether.
    const named = new Set(value.keywords.map((one) => one.value));
    const [, second] = value.args;
    if (second !== undefined && /(^|\.)(get|pop|setdefault|getattr)$/.test(value.callee.kind === 'member' ? value.callee.name : name)) named.add(second);
    if (/^(int|float|json\.loads|ast\.literal_eval|(pathlib\.)?Path|base64\.\w+)$/.test(name))
      return partsOf(value).map((part) => [part, /^(int|float)$/.test(name) ? 'counted' : 'fails']);
    return partsOf(value).map((part) => [part, part === value.callee ? 'used' : named.has(part) && inner === 'used' ? 'kept' : inner]);
  }
  // Nothing has no methods and no items.
  if (value.kind === 'member') return [[value.of, 'fails']];
  if (value.kind === 'item')
    return [
      [value.of, 'fails'],
      [value.key, 'used'],
    ];
  if (value.kind === 'dict' || value.kind === 'list') return partsOf(value).map((part) => [part, use === 'used' ? 'kept' : use]);
  return partsOf(value).map((part) => [part, 'used']);
}

/** Names that hold what was read: asked about with an end to the program where it is missing, or only asked about. */
function judgedNames(sheet: Sheet): Map<string, Use> {
  const judged = new Map<string, Use>();
  const mention = (value: Value, given: Use): void => {
    // Two values that differ are no sign that one is missing.
    const isCompared = value.kind === 'operation' && /^(==|!=|<|>|<=|>=)$/.test(value.operator) && !value.parts.some(({ kind }) => kind === 'text' || kind === 'constant');
    const use = isCompared ? 'asked' : given;
    if (value.kind === 'name') {
      if (use === 'hard' || !judged.has(value.name)) judged.set(value.name, use);
      return;
    }
    for (const part of partsOf(value)) mention(part, use);
  };
  eachStatement(sheet.syntax.body, 'top', (statement) => {
    if (statement.kind !== 'if') return;
    for (const { test, body } of statement.branches) if (test !== null) mention(test, endsThere(body) ? 'hard' : 'asked');
  });
  return judged;
}

/** Whether a branch gives up: it raises, or ends the program. */
function endsThere(body: readonly Statement[]): boolean {
  return body.some(
    (one) =>
      one.kind === 'raise' ||
      (one.kind === 'expression' && one.value.kind === 'call' && /^(sys\.)?(exit|quit|_exit|abort)$/.test(meaning(one.value.callee, new Map()).replace(/^os\./, ''))),
  );
}
