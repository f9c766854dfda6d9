import { holders } from './ended.ts';
import type { Facts } from './facts.ts';
import { dotted, eachStatement, meaning, partsOf, type Sheet, textOf } from './sheet.ts';
import type { Call, Statement, Value } from './syntax.ts';

/** Arguments, and keys, without which a service lets nobody in. */
export const neededArguments =
  /^(\w+_)?(token|api_?key|api_?secret|signing_secret|client_id|client_secret|account_sid|cloud_name|chat_id|model|model_name|api_version|azure_endpoint|azure_deployment)$/i;

/** What is nothing without its first argument: bots, clients and databases. */
const firstNeeded = /(^|\.)(Bot|AsyncTeleBot|TeleBot|create_engine|create_async_engine|MongoClient|AsyncIOMotorClient|run|login|token|from_url)$/;

/** Clients of which the address and the key come one after the other. */
const bothNeeded = /(^|\.)(create_client|acreate_client)$/;

/** The arguments of a call that are not taken empty. */
export function filledArguments(call: Call, name: string): Value[] {
  const called = name === '' && call.callee.kind === 'member' ? call.callee.name : name;
  if (bothNeeded.test(called)) return call.args.slice(0, 2);
  return firstNeeded.test(called) && !/^(asyncio|uvicorn|subprocess|anyio|trio)\./.test(called) ? call.args.slice(0, 1) : [];
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
    for (const value of [...filledArguments(call, meaning(call.callee, sheet.bindings)), ...call.keywords.filter(({ name }) => neededArguments.test(name)).map((one) => one.value)])
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

const handed = new WeakMap<Facts, ReadonlySet<string>>();

/** Constants of settings that are handed to something at import, in a place without a name: `Cache(Config.PROJECT)`. */
export function handedConstants(facts: Facts): ReadonlySet<string> {
  const already = handed.get(facts);
  if (already !== undefined) return already;
  const found = new Set<string>();
  for (const sheet of facts.project.sheets.values())
    for (const { call, name, place } of sheet.calls) {
      if (place !== 'top' || /^(print|bool|str|int|float|len|any|all|isinstance|getattr|repr)$|^(logging|logger|log|warnings)\b|Middleware$/.test(name)) continue;
      for (const value of call.args) if (value.kind === 'member' && constant.test(value.name) && value.of.kind === 'name') found.add(value.name);
    }
  handed.set(facts, found);
  return found;
}

const members = new WeakMap<Facts, ReadonlySet<string>>();

/** Settings, by the name of their field, that are handed to what is nothing without them: `create_client(settings.url, settings.key)`. */
export function takenSettings(facts: Facts): ReadonlySet<string> {
  const already = members.get(facts);
  if (already !== undefined) return already;
  const found = new Set<string>();
  for (const sheet of facts.project.sheets.values())
    for (const { call, name } of sheet.calls)
      for (const value of filledArguments(call, name)) if (value.kind === 'member' && holders.test(dotted(value.of)?.split('.').at(-1) ?? '')) found.add(value.name);
  members.set(facts, found);
  return found;
}
