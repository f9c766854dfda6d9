import type { Facts } from './facts.ts';
import { dotted, eachStatement, meaning, partsOf, type Sheet, textOf } from './sheet.ts';
import type { Call, Statement, Value } from './syntax.ts';

/** Arguments, and keys, without which a service lets nobody in. */
export const neededArguments = /^(\w+_)?(token|api_?key|signing_secret|client_secret|chat_id)$/i;

/** What is nothing without its first argument: bots, clients and databases. */
const firstNeeded = /(^|\.)(Bot|AsyncTeleBot|TeleBot|create_engine|create_async_engine|MongoClient|AsyncIOMotorClient|run|login|token|from_url)$/;

/** The first argument of a call, where what is called takes no empty text for it. */
export function filledArgument(call: Call, name: string): Value | undefined {
  const called = name === '' && call.callee.kind === 'member' ? call.callee.name : name;
  return firstNeeded.test(called) && !/^(asyncio|uvicorn|subprocess|anyio|trio)\./.test(called) ? call.args[0] : undefined;
}

/** Settings that frameworks take no empty text for: Django does not start, Flask signs nothing and finds no database. */
export const settingsNeeded = /^(SECRET_KEY|secret_key|SQLALCHEMY_DATABASE_URI|MONGO_URI)$/;

/** Whether what is assigned to is such a setting, or the key of a client: `app.secret_key`, `config["SECRET_KEY"]`, `stripe.api_key`. */
export function takesNoEmpty(target: Value | undefined, sheet: Sheet): boolean {
  if (target?.kind === 'name') return settingsNeeded.test(target.name);
  if (target?.kind === 'item') return settingsNeeded.test(textOf(target.key) ?? '');
  if (target?.kind !== 'member') return false;
  return settingsNeeded.test(target.name) || (target.of.kind === 'name' && sheet.bindings.has(target.of.name) && neededArguments.test(target.name));
}

const constant = /^[A-Z][A-Z0-9_]*$/;
const known = new WeakMap<Facts, ReadonlySet<string>>();

/** Constants of the project, by name, that are handed to what is nothing without them: `client.run(config.TOKEN)`. */
export function takenConstants(facts: Facts): ReadonlySet<string> {
  const already = known.get(facts);
  if (already !== undefined) return already;
  const found = new Set([...facts.project.sheets.values()].flatMap((sheet) => [...takenNames(sheet)]).filter((name) => constant.test(name)));
  known.set(facts, found);
  return found;
}

const names = new WeakMap<Sheet, ReadonlySet<string>>();

/** Names that a module hands to what is nothing without them; of what lies in another, the last name. */
export function takenNames(sheet: Sheet): ReadonlySet<string> {
  const already = names.get(sheet);
  if (already !== undefined) return already;
  const found = new Set<string>();
  const take = (value: Value | null | undefined): void => {
    if (value?.kind === 'name' || (value?.kind === 'member' && constant.test(value.name))) found.add(value.name);
  };
  for (const { call } of sheet.calls)
    for (const value of [filledArgument(call, meaning(call.callee, sheet.bindings)), ...call.keywords.filter(({ name }) => neededArguments.test(name)).map((one) => one.value)])
      take(value);
  eachStatement(sheet.syntax.body, 'top', (statement) => {
    if (statement.kind === 'assign' && takesNoEmpty(statement.targets[0], sheet)) take(statement.value);
  });
  names.set(sheet, found);
  return found;
}

/** Whether a setting takes a name that is given once, whatever was asked of it before: `if url and url.startswith(...)`, and then `config["..."] = url`. */
export function isTakenAnyway(sheet: Sheet, name: string): boolean {
  const mentions = (value: Value): boolean => (value.kind === 'name' ? value.name === name : partsOf(value).some(mentions));
  let given = 0;
  let isTaken = false;
  const visit = (body: readonly Statement[], isAsked: boolean): void => {
    for (const one of body) {
      if (one.kind === 'assign' && one.value !== null) {
        if (one.targets.some((target) => dotted(target) === name) && !mentions(one.value)) given += 1;
        if (!isAsked && takesNoEmpty(one.targets[0], sheet) && dotted(one.value) === name) isTaken = true;
      }
      if (one.kind === 'if') for (const branch of one.branches) visit(branch.body, isAsked || one.branches.some(({ test }) => test !== null && mentions(test)));
      else if (one.kind === 'block') for (const inner of one.bodies) visit(inner, isAsked);
      else if (one.kind === 'function' || one.kind === 'class') visit(one.body, isAsked);
    }
  };
  visit(sheet.syntax.body, false);
  return isTaken && given === 1;
}
