import { type Facts, farness } from './facts.ts';
import { dotted, meaning, type SeenCall, type Sheet } from './sheet.ts';

/** A function or class of a module, or what the module does itself. What runs when a unit does is followed by name, as far as names go. */
export interface Unit {
  sheet: Sheet;
  name: string | null;
}

const caches = new WeakMap<Facts, { imports: Map<string, Sheet[]>; all: ReadonlySet<string> | null }>();

function cacheOf(facts: Facts): { imports: Map<string, Sheet[]>; all: ReadonlySet<string> | null } {
  const found = caches.get(facts) ?? { imports: new Map(), all: null };
  caches.set(facts, found);
  return found;
}

/** The modules of the folder that a module imports. */
export function importsOf(facts: Facts, sheet: Sheet): Sheet[] {
  const { imports } = cacheOf(facts);
  const known = imports.get(sheet.path);
  if (known !== undefined) return known;
  const found = new Map<string, Sheet>();
  for (const { module } of sheet.imports) {
    const path = facts.project.module(module, sheet.path)?.path;
    const next = path === undefined || path === sheet.path ? undefined : facts.project.sheets.get(path);
    if (next !== undefined) found.set(next.path, next);
  }
  imports.set(sheet.path, [...found.values()]);
  return [...found.values()];
}

/** The module and what it imports of the folder, directly and further. */
export function reached(facts: Facts, sheet: Sheet): Sheet[] {
  const found = new Map([[sheet.path, sheet]]);
  for (const one of found.values()) for (const next of importsOf(facts, one)) if (!found.has(next.path)) found.set(next.path, next);
  return [...found.values()];
}

/** Files that another one of the app's imports. */
export function importedModules(facts: Facts): ReadonlySet<string> {
  const cache = cacheOf(facts);
  cache.all ??= new Set([...facts.project.sheets.values()].filter(({ path }) => farness(path) < 3).flatMap((sheet) => importsOf(facts, sheet).map(({ path }) => path)));
  return cache.all;
}

const mostUnits = 3000;

/** What runs when a module is run as a script, or a function of it is called: units of this folder, the nearest first. */
export function runs(facts: Facts, sheet: Sheet, name: string | null = null): Unit[] {
  const found = new Map<string, Unit>();
  const add = (one: Sheet, unit: string | null): void => {
    if (farness(one.path) < 3 && found.size < mostUnits) found.set(`${one.path} ${unit}`, found.get(`${one.path} ${unit}`) ?? { sheet: one, name: unit });
  };
  add(sheet, null);
  if (name !== null) add(sheet, name);
  for (const unit of found.values()) {
    for (const { name: called, call } of callsOf(unit, sheet)) {
      const given = [...call.args, ...call.keywords.map(({ value }) => value)].map((value) => (dotted(value) === null ? '' : meaning(value, unit.sheet.bindings)));
      for (const one of [called, ...given]) follow(unit, one);
    }
    for (const base of (unit.name === null ? undefined : unit.sheet.classes.get(unit.name))?.bases ?? []) follow(unit, meaning(base, unit.sheet.bindings));
    if (unit.name === null) for (const next of importsOf(facts, unit.sheet)) add(next, null);
  }
  return [...found.values()];

  function follow(unit: Unit, full: string): void {
    if (full === '') return;
    const target = facts.project.definition(full, unit.sheet);
    if (!('sheet' in target)) return;
    const [first = '', ...rest] = target.name.split('.');
    if (target.sheet.functions.has(first) || target.sheet.classes.has(first)) {
      add(target.sheet, first);
      return;
    }
    // A method of an object that the module made: what its class does.
    const made = rest.length === 0 ? undefined : target.sheet.assigned.get(first)?.value;
    if (made?.kind !== 'call') return;
    const type = facts.project.definition(meaning(made.callee, target.sheet.bindings), target.sheet);
    if ('sheet' in type && type.sheet.classes.has(type.name)) add(type.sheet, type.name);
  }
}

/** The calls of a unit; of a module other than the one that is started, not what stands below its own main test. */
export const callsOf = ({ sheet, name }: Unit, started: Sheet): SeenCall[] => sheet.calls.filter(({ within, place }) => within === name && (place !== 'main' || sheet === started));
