import { type Ending, endingOf, endsThere } from './ends.ts';
import { type Facts, farness } from './facts.ts';
import { dotted, eachStatement, partsOf, type Sheet, textOf } from './sheet.ts';
import type { Statement, Value } from './syntax.ts';

/** Whether a branch gives up, be it later: it puts something on a list of what is missing, at which the program ends. */
export function givesUp(facts: Facts, sheet: Sheet, body: readonly Statement[], within: string | null): boolean {
  return endsThere(body, within) || body.some((one) => complaintsOf(facts, sheet).has(`${within} ${appendedTo(one)}`) || (isDenial(one) && askedBefore(facts).has(within ?? '')));
}

type If = Extract<Statement, { kind: 'if' }>;

/** The tests of an if, each taken apart where the program ends by it; also `if there: ... else: raise`. */
export function endingsOf(facts: Facts, sheet: Sheet, { branches }: If, within: string | null): { test: Value; ending: Ending | null }[] {
  const [one, other] = branches;
  const isElse = branches.length === 2 && other?.test === null && givesUp(facts, sheet, other.body, within);
  return branches.flatMap(({ test, body }) => {
    if (test === null) return [];
    const isEnd = givesUp(facts, sheet, body, within);
    return [{ test, ending: isEnd ? endingOf(test) : isElse && test === one?.test ? endingOf(test, true) : null }];
  });
}

/** The name of the list that a statement puts something on. */
function appendedTo(statement: Statement): string | null {
  const call = statement.kind === 'expression' && statement.value.kind === 'call' ? statement.value.callee : null;
  return call?.kind === 'member' && /^(append|add)$/.test(call.name) ? dotted(call.of) : null;
}

const isDenial = (one: Statement): boolean => one.kind === 'return' && one.value?.kind === 'constant' && /^(False|None)$/.test(one.value.text);

const complaints = new WeakMap<Sheet, ReadonlySet<string>>();

/** Lists at which the program ends where something is on them, each behind the function or class that it stands in. */
function complaintsOf(facts: Facts, sheet: Sheet): ReadonlySet<string> {
  const known = complaints.get(sheet);
  if (known !== undefined) return known;
  const found = new Set<string>();
  eachStatement(sheet.syntax.body, 'top', (statement, _place, _depth, within) => {
    if (statement.kind !== 'if') return;
    for (const { test, body } of statement.branches) {
      if (test === null || !(endsThere(body, within) || (body.some(isDenial) && askedBefore(facts).has(within ?? '')))) continue;
      for (const one of endingOf(test).present) for (const name of listsIn(one)) found.add(`${within} ${name}`);
    }
  });
  complaints.set(sheet, found);
  return found;
}

/** `missing`, `len(missing) > 0` */
function listsIn(value: Value): string[] {
  const name = dotted(value);
  if (name !== null) return [name];
  return value.kind === 'operation' ? value.parts.flatMap(listsIn) : value.kind === 'call' ? value.args.flatMap(listsIn) : [];
}

const asked = new WeakMap<Facts, ReadonlySet<string>>();

/** Functions, and classes of methods, that are asked whether all is there, so that the program ends where they deny it: `if not valid(): exit()`. */
function askedBefore(facts: Facts): ReadonlySet<string> {
  const known = asked.get(facts);
  if (known !== undefined) return known;
  const found = new Set<string>();
  asked.set(facts, found);
  for (const sheet of facts.project.sheets.values())
    eachEnd(sheet, (missing) => {
      if (missing.kind === 'call') for (const name of (dotted(missing.callee) ?? '').split('.')) if (!/^(os|environ|get|getenv|all|any)$/.test(name)) found.add(name);
    });
  return found;
}

function eachEnd(sheet: Sheet, visit: (missing: Value, within: string | null) => void): void {
  eachStatement(sheet.syntax.body, 'top', (statement, _place, _depth, within) => {
    if (statement.kind !== 'if') return;
    for (const { test, body } of statement.branches) if (test !== null && endsThere(body, within)) for (const one of endingOf(test).missing) visit(one, within);
  });
}

/** What a program does first, or what is there to ask whether all is set; elsewhere it may be one thing of many that ends. */
const first =
  /^_*(\w+_)?(main|run|start|startup|serve|launch|lifespan|valid\w*|check\w*|verify\w*|ensure\w*|require\w*|create_app|make_app|init|post_init|config\w*|settings|\w*(Config|Settings))(_\w+)?_*$/;
/** What settings are held by. */
export const holders = /^(\w*(config|configuration|settings|conf|cfg|env|secrets))$/i;

const key = /(api_?key|token|secret)$/i;
const settings = new WeakMap<Facts, ReadonlySet<string>>();

/** Settings without which the program ends, by the name that they have: `if not settings.token: raise`. */
export function endedSettings(facts: Facts): ReadonlySet<string> {
  const known = settings.get(facts);
  if (known !== undefined) return known;
  const found = new Set<string>();
  /** Keys that are asked for in the middle of the work. */
  const later = new Set<string>();
  settings.set(facts, found);
  for (const sheet of facts.project.sheets.values()) {
    if (farness(sheet.path) > 0 || !/config|settings|conf|cfg|env|secrets/i.test(sheet.text)) continue;
    const values = new Map<string, Value>();
    eachStatement(sheet.syntax.body, 'top', (statement, place, _depth, within) => {
      if (statement.kind === 'assign' && statement.value !== null) for (const target of statement.targets) if (target.kind === 'name') values.set(target.name, statement.value);
      if (statement.kind !== 'if') return;
      const isFirst = place !== 'function' || within === null || first.test(within);
      for (const { ending } of endingsOf(facts, sheet, statement, within)) {
        for (const one of ending?.missing ?? [])
          for (const name of settingsIn(one, sheet, within))
            if (isFirst) found.add(name);
            else if (key.test(name)) later.add(name);
        // `missing = [name for name in ("TOKEN",) if not getattr(config, name)]`, and then `if missing: raise`.
        for (const list of (ending?.present ?? []).flatMap(listsIn)) for (const name of settingsListed(values.get(list), values, sheet, within)) found.add(name);
      }
    });
  }
  // Where there is one, the program is for it; of several each may do.
  if (later.size === 1) for (const name of later) found.add(name);
  return found;
}

/** The names of settings in a value: config.TOKEN, and self.token in a class of settings. */
function settingsIn(value: Value, sheet: Sheet, within: string | null): string[] {
  if (value.kind === 'call')
    return value.callee.kind === 'member' && /^(strip|get_secret_value)$/.test(value.callee.name)
      ? settingsIn(value.callee.of, sheet, within)
      : value.args.flatMap((one) => settingsIn(one, sheet, within));
  if (value.kind === 'list') return value.items.flatMap((one) => settingsIn(one, sheet, within));
  // from config import TOKEN
  if (value.kind === 'name') return /^[A-Z][A-Z0-9_]*$/.test(value.name) && sheet.bindings.has(value.name) ? [value.name] : [];
  if (value.kind !== 'member') return [];
  return isHolder(value.of, within) ? [value.name] : [];
}

/** Whether settings are held by it: config, and self in a class of them. */
function isHolder(value: Value, within: string | null): boolean {
  const name = dotted(value)?.split('.').at(-1) ?? '';
  return holders.test(name) || (/^(self|cls)$/.test(name) && within !== null && holders.test(within));
}

/** The settings that a comprehension goes over: by the names that it asks for, or those that a dictionary holds. */
function settingsListed(list: Value | undefined, values: ReadonlyMap<string, Value>, sheet: Sheet, within: string | null): string[] {
  if (list?.kind !== 'other') return [];
  let isAsked = false;
  const found: string[] = [];
  const texts: string[] = [];
  const visit = (value: Value, depth: number): void => {
    if (value.kind === 'call' && value.callee.kind === 'name' && value.callee.name === 'getattr' && value.args[0] !== undefined && isHolder(value.args[0], within)) isAsked = true;
    if (value.kind === 'list') texts.push(...value.items.flatMap((item) => textOf(item) ?? []));
    if (value.kind === 'dict') for (const [, one] of value.entries) found.push(...settingsIn(one, sheet, within));
    const known = value.kind === 'name' && depth < 2 ? values.get(value.name) : undefined;
    if (known !== undefined && /^(list|dict)$/.test(known.kind)) visit(known, depth + 1);
    for (const part of partsOf(value)) visit(part, depth);
  };
  visit(list, 0);
  return isAsked ? [...found, ...texts] : found;
}
