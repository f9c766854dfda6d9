import type { Facts } from './facts.ts';
import { dotted, eachStatement, meaning, partsOf, type Sheet, valuesOf } from './sheet.ts';
import type { Call, FunctionStatement, Value } from './syntax.ts';

/** Arguments of a call of a function of the project's own in whose place nothing cannot stand: `create_app(getenv("MODE"))`, which takes `configs[mode]`. */
export function failingArguments(facts: Facts, call: Call, sheet: Sheet): ReadonlySet<Value> {
  const found = new Set<Value>();
  const name = meaning(call.callee, sheet.bindings);
  if (name === '' || (call.args.length === 0 && call.keywords.length === 0)) return found;
  const there = facts.project.definition(name, sheet);
  const own = 'sheet' in there ? there.sheet.functions.get(there.name) : undefined;
  if (own === undefined || !('sheet' in there)) return found;
  for (const [index, { name: parameter }] of own.parameters.entries()) {
    const given = call.args[index] ?? call.keywords.find((one) => one.name === parameter)?.value;
    if (given !== undefined && failsWithout(own, parameter, there.sheet)) found.add(given);
  }
  return found;
}

const mentions = (value: Value, name: string): boolean => (value.kind === 'name' ? value.name === name : partsOf(value).some((part) => mentions(part, name)));

/** Whether the first thing that a function does with a parameter is an error where it is nothing. */
function failsWithout(own: FunctionStatement, parameter: string, sheet: Sheet): boolean {
  let fails = false;
  let isAsked = false;
  const isIt = (value: Value | undefined): boolean => value?.kind === 'name' && value.name === parameter;
  const observe = (value: Value): void => {
    if (isAsked || fails) return;
    // `name or "usual"`, `name if name else ...`: it may be nothing.
    if (value.kind === 'operation' && /^(or|and|if|is|is not|not|==|!=|in|not in)$/.test(value.operator) && mentions(value, parameter)) {
      isAsked = true;
      return;
    }
    const isNumber = value.kind === 'call' && /^(int|float)$/.test(meaning(value.callee, sheet.bindings)) && isIt(value.args[0]);
    const isKey = value.kind === 'item' && isIt(value.key) && dotted(value.of) !== null && !isIt(value.of);
    if (isNumber || isKey || ((value.kind === 'member' || value.kind === 'item') && isIt(value.of))) {
      fails = true;
      return;
    }
    for (const part of partsOf(value)) observe(part);
  };
  eachStatement(own.body, 'function', (statement) => {
    if (statement.kind === 'if') for (const { test } of statement.branches) if (test !== null && mentions(test, parameter)) isAsked = true;
    if (statement.kind === 'assign' && statement.targets.some(isIt)) isAsked = true;
    if (statement.kind === 'block' && statement.word === 'try') isAsked = true;
    for (const value of valuesOf(statement)) observe(value);
  });
  return fails;
}
