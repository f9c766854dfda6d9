import type { Facts } from './facts.ts';
import { switchedLines } from './branches.ts';
import { endedSettings, endingsOf, givesUp } from './ended.ts';
import type { EnvHelper } from './env-helpers.ts';
import { aliases, fallbackOf, type Read, readAt } from './env-readers.ts';
import { caughtLines, type Judged, judgedNames, type Use } from './judged.ts';
import { isComparison, secretWord } from './compared.ts';
import { otherConfigs } from './configs.ts';
import { failingArguments } from './own-arguments.ts';
import { isChosenByName } from './registries.ts';
import { eachStatement, lastLine, meaning, partsOf, type Place, type Sheet, textOf, valuesOf } from './sheet.ts';
import { neededFields } from './settings-classes.ts';
import type { Statement, Value } from './syntax.ts';
import { filledArguments, handedConstants, isTakenAnyway, neededArguments, settingsNeeded, takenConstants, takenNames, takesNoEmpty } from './taken.ts';

/** Reads of a module's own code; settings classes are settings-classes.ts. */
export function readsOf(facts: Facts, sheet: Sheet, helpers: ReadonlyMap<string, EnvHelper>): Read[] {
  const found: Read[] = [];
  if (!/env|config|secrets/i.test(sheet.text)) return found;
  const names = aliases(facts, sheet);
  const judged = judgedNames(facts, sheet);
  const visit = (value: Value, place: Place, use: Use, fallback: Read['fallback']): void => {
    const read = readAt(facts, sheet, value, names, helpers);
    if (read !== null) {
      for (const name of read.names) {
        const given = read.fallback ?? fallback;
        // int("") fails as int(None) does, and what must be there is not there as "".
        const own = /^(counted|hard|filled)$/.test(use) && (given?.text === '' || isAsking(value)) ? null : given;
        // Who is compared with a secret is let in by it.
        const said = use === 'compared' ? (secretWord.test(name) ? 'used' : 'asked') : use;
        const isEach = read.names.length > 1 && needed.some(({ from, to }) => read.line >= from && read.line <= to);
        found.push({ name, line: read.line, place, fallback: own, manner: isEach && own === null ? 'hard' : mannerOf(said, read.isHard, own !== null) });
      }
      // The default may be another variable.
      if (value.kind === 'call') for (const part of value.args.slice(1)) visit(part, place, 'asked', null);
      return;
    }
    for (const [part, inner, given] of insides(value, use, facts, sheet)) visit(part, place, inner, given ?? null);
  };
  const read = (value: Value) => readAt(facts, sheet, value, names, helpers);
  const needed: { from: number; to: number }[] = [];
  const guards: Guard[] = [...caughtLines(sheet), ...switchedLines(facts, sheet, read)].map((lines) => ({ ...lines, name: null }));
  eachStatement(sheet.syntax.body, 'top', (statement, place, depth, within) => {
    guards.push(...guardsOf(facts, sheet, read, statement, within));
    // `for name in names: value = os.environ.get(name)`, and an end where one is missing.
    const isEach =
      statement.kind === 'block' &&
      statement.word === 'for' &&
      statement.bodies[0]?.some((one) => one.kind === 'if' && one.branches.some(({ body }) => givesUp(facts, sheet, body, within)));
    if (isEach && statement.kind === 'block') needed.push({ from: statement.line, to: lastLine(statement.bodies[0] ?? [], statement.line) });
    const from = found.length;
    for (const [value, use] of usesIn(statement, judged, { depth, within }, facts, sheet)) visit(value, place, use, null);
    const isOther = within !== null && sheet.classes.has(within) && otherConfigs.test(within);
    const mayBeMissing = place === 'function' && within !== null && found.length > from && sheet.classes.has(within) && isChosenByName(facts, sheet, within);
    if (mayBeMissing) for (const one of found.slice(from)) one.manner = 'asked';
    const isAlone = statement.kind === 'assign' && statement.value !== null && read(statement.value) !== null;
    if (isOther || (isAlone && isUnused(facts, sheet, statement, within))) for (const one of found.slice(from)) if (one.manner !== 'hard') one.manner = 'asked';
  });
  for (const read of found) if (guards.some(({ name, from, to }) => (name === null || name === read.name) && read.line >= from && read.line <= to)) read.manner = 'asked';
  return found;
}

/** `"NAME" not in os.environ` */
const isAsking = (value: Value): boolean => value.kind === 'operation';

function mannerOf(use: Exclude<Use, 'compared'>, isHard: boolean, hasFallback: boolean): Read['manner'] {
  if (use === 'guarded') return 'asked';
  if (isHard) return 'hard';
  if (use === 'filled') return hasFallback ? 'asked' : 'used';
  if (use === 'fails' || use === 'counted') return hasFallback ? 'asked' : 'hard';
  return hasFallback && use !== 'hard' ? 'asked' : use;
}

/** A name that is given what was read, and that nothing speaks of again. */
function isUnused(facts: Facts, sheet: Sheet, statement: Statement, within: string | null): boolean {
  const [target, ...others] = statement.kind === 'assign' ? statement.targets : [];
  if (target?.kind !== 'name' || others.length > 0 || (isSettingsFile(sheet.path) && areTakenByName(facts)) || (within !== null && sheet.classes.has(within))) return false;
  const word = new RegExp(`(?<!["'\\w])${target.name}(?![\\w"'])`);
  if (sheet.text.split(word).length > 2) return false;
  return ![...facts.project.sheets.values()].some((other) => other !== sheet && word.test(other.text));
}

const takenByName = new WeakMap<Facts, boolean>();

/** Whether something takes all that a module has, as app.config.from_object() and Django do. */
function areTakenByName(facts: Facts): boolean {
  const known =
    takenByName.get(facts) ??
    [...facts.project.sheets.values()].some(({ text }) => /from_(object|pyfile|mapping)|[dD]jango|__dict__|\b(vars|dir|getattr)\(|import_string/.test(text));
  takenByName.set(facts, known);
  return known;
}

const isSettingsFile = (path: string): boolean => /(^|\/)(settings|config|configs|conf)(\/|\.py$)|settings\w*\.py$|config\w*\.py$/.test(path);

/** Where a statement stands. */
interface Within {
  depth: number;
  within: string | null;
}

/** Lines that only run where a variable is there, or where what fails is caught; null: any variable. */
interface Guard {
  name: string | null;
  from: number;
  to: number;
}

function guardsOf(facts: Facts, sheet: Sheet, read: (value: Value) => ReturnType<typeof readAt>, statement: Statement, within: string | null): Guard[] {
  if (statement.kind !== 'if' || endingsOf(facts, sheet, statement, within).some(({ ending }) => ending !== null)) return [];
  const asked = new Set<string>();
  const visit = (value: Value, isCompared = false): void => {
    for (const name of read(value)?.names ?? []) if (!isCompared || !secretWord.test(name)) asked.add(name);
    for (const part of partsOf(value)) visit(part, isComparison(value));
  };
  for (const { test } of statement.branches) if (test !== null) visit(test);
  if (asked.size === 0) return [];
  const to = Math.max(...statement.branches.map(({ body }) => lastLine(body, statement.line)));
  return [...asked].map((name) => ({ name, from: statement.line, to }));
}

/** The values of a statement, each with what becomes of it. */
function usesIn(statement: Statement, { names, complete }: Judged, { depth, within }: Within, facts: Facts, sheet: Sheet): [Value, Use][] {
  if (statement.kind === 'assign') {
    const [target] = statement.targets;
    const name = target?.kind === 'name' ? target.name : null;
    if (statement.value === null) return [];
    // os.environ takes nothing but texts; `os.environ["X"] = 1` itself reads nothing.
    if (target?.kind === 'item' && meaning(target.of, sheet.bindings) === 'os.environ') return [[statement.value, 'fails']];
    // Constants of settings are stored; a name that is looked at, or used, says more.
    const isConstant = name !== null && /^[A-Z][A-Z0-9_]*$/.test(name);
    const isSetting = target?.kind === 'item' || target?.kind === 'member' || (isConstant && (depth > 0 || isSettingsFile(sheet.path)));
    // What is said of a collection is not said of each thing in it, unless all of it is needed.
    if (name !== null && complete.has(name)) return [[statement.value, 'hard']];
    const isMany = statement.value.kind === 'dict' || statement.value.kind === 'list';
    const isFilled = takesNoEmpty(target, sheet) || (name !== null && (isConstant ? takenConstants(facts) : takenNames(sheet)).has(name));
    const field = name ?? (target?.kind === 'member' ? target.name : '');
    const isEnded = (isConstant || within !== null) && endedSettings(facts).has(field);
    const said = name === null || isMany ? undefined : names.get(name);
    const isGiven = name !== null && isFilled && said === 'asked' && isTakenAnyway(sheet, name);
    return [
      [
        statement.value,
        (isGiven ? undefined : said) ??
          (isEnded && !isMany ? 'hard' : isFilled && !isMany ? 'filled' : isSetting && !(isConstant && handedConstants(facts).has(name)) ? 'kept' : 'used'),
      ],
    ];
  }
  if (statement.kind === 'if')
    return endingsOf(facts, sheet, statement, within).flatMap(({ test, ending }): [Value, Use][] => {
      const { missing, present } = ending ?? { missing: [], present: [test] };
      return [...missing.map((one): [Value, Use] => [one, 'hard']), ...present.map((one): [Value, Use] => [one, 'asked'])];
    });
  if (statement.kind === 'block') return statement.head.map((value) => [value, statement.word === 'while' ? 'asked' : 'used']);
  // What is only handed back is judged where it is asked for.
  if (statement.kind === 'return') return statement.value === null ? [] : [[statement.value, 'kept']];
  return valuesOf(statement).map((value) => [value, 'used']);
}

/** The parts of a value, with what becomes of each; the default that `or` gives. */
function insides(value: Value, use: Use, facts: Facts, sheet: Sheet): [Value, Use, Read['fallback']?][] {
  // Where the program ends without it, all that is asked is needed; of two that are tried one after the other, the last.
  if (use === 'guarded' || (use === 'hard' && !(value.kind === 'operation' && value.operator === 'or'))) return partsOf(value).map((part) => [part, use]);
  if (value.kind === 'operation') {
    if (value.operator === 'or') {
      const last = value.parts.at(-1);
      // What is only asked for where another value is missing can be missing too.
      const isSpare = value.parts.slice(0, -1).some(({ kind }) => kind === 'name' || kind === 'member');
      return value.parts.map((part) => (part === last ? [part, isSpare ? 'asked' : use] : [part, 'asked', last === undefined ? null : fallbackOf(last)]));
    }
    if (value.operator === 'if') {
      // `a if not b else b` takes b where it is there as well.
      const isDenied = value.parts[1]?.kind === 'operation' && /^(not|is)$/.test(value.parts[1].operator);
      return value.parts.map((part, index) => [part, index === 0 || (index === 2 && isDenied) ? 'guarded' : index === 1 ? 'asked' : use]);
    }
    if (value.operator === 'and') return value.parts.map((part) => [part, 'guarded']);
    if (isComparison(value)) return value.parts.map((part) => [part, 'compared']);
    if (/^(==|!=|in|not in|is|is not|not|<|>|<=|>=)$/.test(value.operator)) return value.parts.map((part) => [part, 'asked']);
    // "postgresql://%s@%s" % (user, host)
    if (value.operator === '%') return value.parts.flatMap((part) => (part.kind === 'list' ? part.items : [part])).map((part) => [part, 'used']);
    const isText = value.operator === '+' && value.parts.some(({ kind }) => kind === 'text');
    return value.parts.map((part) => [part, isText ? 'fails' : 'used']);
  }
  if (value.kind === 'call') {
    const name = meaning(value.callee, sheet.bindings);
    // As a text nothing is no better.
    if (name === 'str' && value.args.length === 1) return [[value.args[0] as Value, use]];
    // An empty text is empty after it as well.
    if (use === 'filled' && value.callee.kind === 'member' && /^(replace|strip|rstrip|lstrip)$/.test(value.callee.name)) return [[value.callee.of, use]];
    const inner: Use = /^(bool|print|isinstance|repr|any)$|^(logging|logger|log|warnings)\b|(^|\.)(strtobool|str2bool|str_to_bool|to_bool|parse_bool)$/.test(name)
      ? 'asked'
      : 'used';
    // A method of what was read needs it; what a constructor is given, too. Of what has a name, that name says whether.
    const isNeeded = (one: { name: string }): boolean => neededArguments.test(one.name) || settingsNeeded.test(one.name);
    const named = new Set(value.keywords.filter((one) => !isNeeded(one)).map((one) => one.value));
    const [, second] = value.args;
    if (second !== undefined && /(^|\.)(get|pop|setdefault|getattr)$/.test(value.callee.kind === 'member' ? value.callee.name : name)) named.add(second);
    if (/^(int|float|json\.loads|ast\.literal_eval|(pathlib\.)?Path|base64\.\w+)$/.test(name))
      return partsOf(value).map((part) => [part, /^(int|float)$/.test(name) ? 'counted' : 'fails']);
    const filled = new Set(value.keywords.filter(isNeeded).map((one) => one.value));
    for (const one of filledArguments(value, name)) filled.add(one);
    const fields = neededFields(facts, value, sheet);
    const failing = new Set(value.keywords.filter((one) => fields.has(one.name)).map((one) => one.value));
    for (const one of failingArguments(facts, value, sheet)) failing.add(one);
    const usedFor = (part: Value): Use => (failing.has(part) ? 'fails' : named.has(part) ? 'kept' : filled.has(part) ? 'filled' : inner);
    return partsOf(value).map((part) => [part, part === value.callee ? 'used' : inner === 'used' ? usedFor(part) : inner]);
  }
  // Nothing has no methods and no items.
  if (value.kind === 'member') return [[value.of, 'fails']];
  if (value.kind === 'item')
    return [
      [value.of, 'fails'],
      [value.key, 'used'],
    ];
  if (value.kind === 'dict') {
    // A database of a server has a name and somebody who asks it.
    const isServer = value.entries.some(([key, one]) => textOf(key) === 'ENGINE' && /postgres|mysql|oracle|mssql/.test(textOf(one) ?? ''));
    return value.entries.flatMap(([key, one]): [Value, Use][] => {
      const word = textOf(key);
      const isFilled = settingsNeeded.test(word ?? '') || (isServer && (word === 'NAME' || word === 'USER'));
      return [
        [key, 'kept'],
        [one, isFilled ? 'filled' : use !== 'used' && use !== 'kept' ? use : neededArguments.test(word ?? '') ? 'used' : 'kept'],
      ];
    });
  }
  if (value.kind === 'list') return partsOf(value).map((part) => [part, use === 'used' ? 'kept' : use]);
  return partsOf(value).map((part) => [part, 'used']);
}
