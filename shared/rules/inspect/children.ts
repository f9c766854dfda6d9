import { dotted, eachStatement, meaning, partsOf, type Sheet, textOf, valuesOf } from './sheet.ts';
import type { Value } from './syntax.ts';

/**
 * Variables that a module sets for programs that it starts, such as hooks: `env["NAME"] = name`, `env.update(NAME=name)`,
 * `run(command, env={"NAME": name})`. What those programs read is given to them, and not by whoever runs the app. Those that
 * are only handed on, with what was read under the same name, are not among them.
 */
export function givenToChildren(sheet: Sheet): string[] {
  if (!/env\b/i.test(sheet.text)) return [];
  const found: string[] = [];
  const take = (key: string | null, value: Value): void => {
    if (key !== null && !speaksOf(value, key)) found.push(key);
  };
  const takeAll = (value: Value | undefined): void => {
    if (value?.kind === 'dict') for (const [key, one] of value.entries) take(textOf(key), one);
    if (value?.kind === 'call' && meaning(value.callee, sheet.bindings) === 'dict') for (const { name, value: one } of value.keywords) take(name, one);
  };
  const visit = (value: Value): void => {
    if (value.kind === 'call') {
      takeAll(value.keywords.find(({ name }) => name === 'env')?.value);
      if (value.callee.kind === 'member' && value.callee.name === 'update' && isForChildren(value.callee.of, sheet)) {
        takeAll(value.args[0]);
        for (const { name, value: one } of value.keywords) take(name, one);
      }
    }
    for (const part of partsOf(value)) visit(part);
  };
  eachStatement(sheet.syntax.body, 'top', (statement) => {
    if (statement.kind === 'assign' && statement.value !== null)
      for (const target of statement.targets) {
        if (target.kind === 'item' && isForChildren(target.of, sheet)) take(textOf(target.key), statement.value);
        if (isForChildren(target, sheet)) takeAll(statement.value);
      }
    for (const value of valuesOf(statement)) visit(value);
  });
  return found;
}

/** env, git_env, self.environment: a copy; os.environ is the app's own. */
const isForChildren = (value: Value, sheet: Sheet): boolean =>
  (value.kind === 'name' || value.kind === 'member') && meaning(value, sheet.bindings) !== 'os.environ' && /env(iron(ment)?)?$/i.test(dotted(value) ?? '');

const speaksOf = (value: Value, name: string): boolean => textOf(value) === name || partsOf(value).some((part) => speaksOf(part, name));
