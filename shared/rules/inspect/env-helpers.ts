import { endsThere } from './ends.ts';
import type { Facts } from './facts.ts';
import { eachStatement, meaning, partsOf, type Sheet, valuesOf } from './sheet.ts';
import type { Call, ClassStatement, FunctionStatement, Value } from './syntax.ts';

/** A function of the project that reads the variable it is given by name. */
export interface EnvHelper {
  key: number;
  fallback: number | null;
  isHard: boolean;
  /** The parameter that says whether it is an error without: required=True. */
  asks: { index: number; byDefault: boolean } | null;
}

/** All of the folder, each by its module and name; methods behind their class. */
export function helpersOf(facts: Facts): Map<string, EnvHelper> {
  const helpers = new Map<string, EnvHelper>();
  for (const sheet of facts.project.sheets.values()) {
    if (!/environ|getenv/.test(sheet.text)) continue;
    for (const called of sheet.functions.values()) {
      const helper = called.parameters.length === 0 ? null : helperOf(sheet, called);
      if (helper !== null) helpers.set(`${sheet.path} ${called.name}`, helper);
    }
    for (const one of sheet.classes.values())
      for (const method of methodsOf(one)) {
        const helper = helperOf(sheet, method);
        if (helper !== null) helpers.set(`${sheet.path} ${one.name}.${method.name}`, helper);
      }
  }
  return helpers;
}

type Called = [helper: EnvHelper, called: FunctionStatement, isMethod: boolean];

/** The function that is called, or the method of a class of the folder: need("X"), Env.need("X"), self.need("X"). */
export function helperCalled(facts: Facts, sheet: Sheet, call: Call, full: string, helpers: ReadonlyMap<string, EnvHelper>): Called | null {
  const find = (from: Sheet, path: string): Called | null => {
    const helper = helpers.get(`${from.path} ${path}`);
    const [first = '', method] = path.split('.');
    const called = method === undefined ? from.functions.get(first) : methodsOf(from.classes.get(first)).find(({ name }) => name === method);
    return helper === undefined || called === undefined ? null : [helper, called, method !== undefined];
  };
  if (call.callee.kind === 'member' && call.callee.of.kind === 'name' && /^(self|cls)$/.test(call.callee.of.name)) {
    const { name } = call.callee;
    return [...sheet.classes.keys()].map((own) => find(sheet, `${own}.${name}`)).find((one) => one !== null) ?? null;
  }
  const found = facts.project.definition(full, sheet);
  if (!('sheet' in found)) return null;
  const own = find(found.sheet, found.name);
  const [first = '', method] = found.name.split('.');
  const made = found.sheet.assigned.get(first)?.value;
  if (own !== null || method === undefined || made?.kind !== 'call') return own;
  const of = facts.project.definition(meaning(made.callee, found.sheet.bindings), found.sheet);
  return 'sheet' in of ? find(of.sheet, `${of.name}.${method}`) : null;
}

const methodsOf = (one: ClassStatement | undefined): FunctionStatement[] => (one?.body ?? []).filter((statement) => statement.kind === 'function');

/** What a function reads of the environment under a name that it is given; null where it does not. */
function helperOf(sheet: Sheet, called: FunctionStatement): EnvHelper | null {
  const names = called.parameters.map(({ name }) => name);
  let found: EnvHelper | null = null;
  const index = (value: Value | undefined): number => (value?.kind === 'name' ? names.indexOf(value.name) : -1);
  const isEnviron = (value: Value) => meaning(value, sheet.bindings) === 'os.environ';
  const take = (key: number, fallback: Value | undefined, isHard: boolean): void => {
    const given = index(fallback);
    const later = names.findIndex((name, at) => at > key && /^default/.test(name));
    found ??= { key, fallback: given >= 0 ? given : later >= 0 ? later : null, isHard, asks: null };
  };
  const visit = (value: Value): void => {
    if (value.kind === 'item' && isEnviron(value.of) && index(value.key) >= 0) take(index(value.key), undefined, true);
    if (value.kind === 'call' && index(value.args[0]) >= 0) {
      const full = meaning(value.callee, sheet.bindings);
      if (full === 'os.getenv' || full === 'os.environ.get') take(index(value.args[0]), value.args[1], false);
    }
    for (const part of partsOf(value)) visit(part);
  };
  let ends = false;
  let asks: EnvHelper['asks'] = null;
  eachStatement(called.body, 'function', (statement) => {
    if (statement.kind === 'raise') ends = true;
    if (statement.kind === 'if')
      for (const { test, body } of statement.branches) {
        if (test === null || !endsThere(body)) continue;
        ends = true;
        const asked = namesIn(test)
          .map((name) => names.indexOf(name))
          .find((at) => at >= 0 && /^(is_)?(required|mandatory|strict|must_exist|raise\w*)$/.test(names[at] ?? ''));
        if (asked !== undefined) asks = { index: asked, byDefault: isTrue(called.parameters[asked]?.value) };
      }
    for (const value of valuesOf(statement)) visit(value);
  });
  const helper = found as EnvHelper | null;
  return helper === null ? null : { ...helper, isHard: helper.isHard || ends, asks };
}

const isTrue = (value: Value | null | undefined): boolean => value?.kind === 'constant' && value.text === 'True';

const namesIn = (value: Value): string[] => (value.kind === 'name' ? [value.name] : partsOf(value).flatMap(namesIn));
