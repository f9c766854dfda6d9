import { endsThere } from './ends.ts';
import type { readAt } from './env-readers.ts';
import type { Facts } from './facts.ts';
import { dotted, eachStatement, keyword, lastLine, meaning, type Sheet } from './sheet.ts';
import type { Value } from './syntax.ts';

type Reading = (value: Value) => ReturnType<typeof readAt>;

/** What a value is where nothing is set: a text, a truth, nothing; undefined: it is not known. */
type Known = string | boolean | null | undefined;

/** Places other than where an app is served: what is only read there need not be given. */
const elsewhere = /^(is_?)?(debug|dev\w*|local\w*|test\w*|staging)(_(mode|env\w*))?$/i;
/** Words for where an app runs: by default they may say anything, served it is production. */
const places = /debug|(^|_)(dev\w*|local\w*|test\w*|prod\w*|stag\w*|env|environment|mode|stage)(_|$)|^(is_?)?(dev|local|prod)/i;
const feature = /^(USE|ENABLE|WITH|HAS)_|_ENABLED?$/;

/** Lines of a branch that is only taken where somebody switches something on, or elsewhere than where the app is served. */
export function switchedLines(facts: Facts, sheet: Sheet, read: Reading): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = [];
  const assigned = new Map<string, Value[]>();
  const once = (name: string): Value | undefined => {
    const all = assigned.get(name);
    return all?.length === 1 ? all[0] : undefined;
  };
  eachStatement(sheet.syntax.body, 'top', (statement) => {
    if (statement.kind === 'assign' && statement.value !== null)
      for (const target of statement.targets) if (target.kind === 'name') assigned.set(target.name, [...(assigned.get(target.name) ?? []), statement.value]);
  });
  eachStatement(sheet.syntax.body, 'top', (statement, _place, _depth, within) => {
    if (statement.kind !== 'if') return;
    const [, other] = statement.branches;
    // Where it ends otherwise, it is taken.
    if (statement.branches.length === 2 && other?.test === null && endsThere(other.body, within)) return;
    let isTaken = false;
    for (const { test, body } of statement.branches) {
      const known = test === null ? undefined : knownOf(facts, sheet, test, read, once, 0);
      const isOff = isTaken || (test !== null && (known === undefined ? isElsewhere(test) || isFeature(test) : !truth(known)));
      const [first] = body;
      if (isOff && first !== undefined) found.push({ from: first.line, to: lastLine(body, first.line) });
      isTaken ||= test !== null && known !== undefined && truth(known);
    }
  });
  return found;
}

const truth = (known: Known): boolean => known !== null && known !== false && known !== '' && known !== undefined;

const nameOfTest = (test: Value): string =>
  dotted(test.kind === 'call' ? test.callee : test)
    ?.split('.')
    .at(-1) ?? '';

/** `if DEBUG`, `if settings.is_dev`, `if env == "development"`, `if env != "production"`. */
function isElsewhere(test: Value): boolean {
  if (test.kind !== 'operation') return elsewhere.test(nameOfTest(test));
  const words = test.parts.flatMap((part) =>
    part.kind === 'text' ? [part.text] : part.kind === 'list' ? part.items.flatMap((item) => (item.kind === 'text' ? [item.text] : [])) : [],
  );
  if (words.length === 0) return false;
  if (/^(==|in)$/.test(test.operator)) return words.every((word) => elsewhere.test(word));
  return /^(!=|not in)$/.test(test.operator) && words.some((word) => /^prod(uction)?$/i.test(word));
}

const isFeature = (test: Value): boolean => feature.test(nameOfTest(test));

function knownOf(facts: Facts, sheet: Sheet, value: Value, read: Reading, once: (name: string) => Value | undefined, depth: number): Known {
  if (depth > 6) return undefined;
  const of = (one: Value | undefined): Known => (one === undefined ? undefined : knownOf(facts, sheet, one, read, once, depth + 1));
  if (value.kind === 'text') return value.text;
  if (value.kind === 'constant') return value.text === 'True' ? true : value.text === 'False' ? false : value.text === 'None' ? null : undefined;
  if (value.kind === 'name' || value.kind === 'member') {
    if (places.test(nameOfTest(value))) return undefined;
    if (value.kind === 'name' && !sheet.bindings.has(value.name)) return of(once(value.name));
    const found = facts.project.definition(meaning(value, sheet.bindings), sheet);
    const there = 'sheet' in found && found.sheet !== sheet ? found.sheet.assigned.get(found.name)?.value : undefined;
    return there?.kind === 'constant' || there?.kind === 'text' ? of(there) : undefined;
  }
  const asked = read(value);
  if (asked !== null && value.kind !== 'operation') {
    const [name = ''] = asked.names;
    if (places.test(name) || asked.isHard || asked.names.length !== 1) return undefined;
    const text = asked.fallback === null ? null : asked.fallback.text;
    if (asked.fallback !== null && text === null) return undefined;
    const isTruth = value.kind === 'call' && (/(^|\.)bool$/.test(dotted(value.callee) ?? '') || nameOfCast(value) === 'bool');
    return isTruth || text === 'True' || text === 'False' ? /^(1|true|yes|on)$/i.test(text ?? '') : text;
  }
  if (value.kind === 'call') {
    const method = value.callee.kind === 'member' ? value.callee.name : '';
    const inner = value.callee.kind === 'member' && /^(lower|upper|strip)$/.test(method) ? of(value.callee.of) : undefined;
    if (typeof inner === 'string') return method === 'lower' ? inner.toLowerCase() : method === 'upper' ? inner.toUpperCase() : inner.trim();
    if (typeof inner === 'boolean') return method === 'lower' ? String(inner) : undefined;
    return dotted(value.callee) === 'bool' ? (of(value.args[0]) === undefined ? undefined : truth(of(value.args[0]))) : undefined;
  }
  if (value.kind !== 'operation') return undefined;
  const [first, second] = value.parts;
  if (value.operator === 'not') {
    const known = of(first);
    return known === undefined ? undefined : !truth(known);
  }
  if (value.operator === 'and' || value.operator === 'or') {
    const all = value.parts.map(of);
    const isOr = value.operator === 'or';
    if (all.some((one) => one !== undefined && truth(one) === isOr)) return isOr;
    return all.includes(undefined) ? undefined : !isOr;
  }
  const isSame = /^(==|is)$/.test(value.operator);
  if (isSame || /^(!=|is not)$/.test(value.operator)) {
    const [one, other] = [of(first), of(second)];
    return one === undefined || other === undefined ? undefined : (one === other) === isSame;
  }
  if (/^(not )?in$/.test(value.operator) && second?.kind === 'list') {
    const [one, all] = [of(first), second.items.map(of)];
    return one === undefined || all.includes(undefined) ? undefined : all.includes(one) === (value.operator === 'in');
  }
  return undefined;
}

const nameOfCast = (call: Value & { kind: 'call' }): string => dotted(keyword(call, 'cast') ?? call.args[1] ?? { kind: 'other', parts: [] }) ?? '';
