import { type Facts, farness } from './facts.ts';
import { eachStatement, meaning, partsOf, type Sheet, textOf, valuesOf } from './sheet.ts';
import type { Value } from './syntax.ts';

const known = new WeakMap<Facts, ReadonlySet<string>>();

/** Whether a class is one of several that are chosen by a name, like plugins, and that nothing makes otherwise: what it needs is needed where it is chosen. */
export function isChosenByName(facts: Facts, sheet: Sheet, name: string): boolean {
  const all = known.get(facts) ?? chosen(facts);
  known.set(facts, all);
  return all.has(`${sheet.path} ${name}`);
}

/** Classes by file and name, in dictionaries of text and class. */
function chosen(facts: Facts): ReadonlySet<string> {
  const found = new Set<string>();
  const made = new Set<string>();
  const classOf = (value: Value, sheet: Sheet): string | null => {
    const full = value.kind === 'name' ? meaning(value, sheet.bindings) : '';
    const there = full === '' ? null : facts.project.definition(full, sheet);
    return there !== null && 'sheet' in there && there.sheet.classes.has(there.name) ? `${there.sheet.path} ${there.name}` : null;
  };
  for (const sheet of facts.project.sheets.values()) {
    if (farness(sheet.path) > 1) continue;
    const visit = (value: Value): void => {
      if (value.kind === 'dict' && value.entries.length > 1 && value.entries.every(([key, one]) => textOf(key) !== null && one.kind === 'name')) {
        const classes = value.entries.map(([, one]) => classOf(one, sheet));
        if (classes.every((one) => one !== null)) for (const one of classes) found.add(one);
      }
      for (const part of partsOf(value)) visit(part);
    };
    for (const { call } of sheet.calls) made.add(classOf(call.callee, sheet) ?? '');
    // Of most modules only what has a name is kept.
    for (const { value } of sheet.assigned.values()) visit(value);
    eachStatement(sheet.syntax.body, 'top', (statement) => {
      for (const value of valuesOf(statement)) visit(value);
    });
  }
  for (const one of made) found.delete(one);
  return found;
}
