import type { Facts } from './facts.ts';
import { meaning } from './sheet.ts';
import type { Call, Value } from './syntax.ts';

/** Arguments, and keys, without which a service lets nobody in. */
export const neededArguments = /^(\w+_)?(token|api_?key|signing_secret|client_secret|chat_id)$/i;

/** What is nothing without its first argument: bots, clients and databases. */
const firstNeeded = /(^|\.)(Bot|AsyncTeleBot|TeleBot|create_engine|create_async_engine|MongoClient|AsyncIOMotorClient|run|login|token|from_url)$/;

/** The first argument of a call, where what is called takes no empty text for it. */
export function filledArgument(call: Call, name: string): Value | undefined {
  const called = name === '' && call.callee.kind === 'member' ? call.callee.name : name;
  return firstNeeded.test(called) && !/^(asyncio|uvicorn|subprocess|anyio|trio)\./.test(called) ? call.args[0] : undefined;
}

const constant = /^[A-Z][A-Z0-9_]*$/;
const known = new WeakMap<Facts, ReadonlySet<string>>();

/** Constants of the project, by name, that are handed to what is nothing without them: `client.run(config.TOKEN)`. */
export function takenConstants(facts: Facts): ReadonlySet<string> {
  const already = known.get(facts);
  if (already !== undefined) return already;
  const found = new Set<string>();
  for (const sheet of facts.project.sheets.values())
    for (const { call } of sheet.calls) {
      const given = [filledArgument(call, meaning(call.callee, sheet.bindings)), ...call.keywords.filter(({ name }) => neededArguments.test(name)).map(({ value }) => value)];
      for (const value of given) if ((value?.kind === 'name' || value?.kind === 'member') && constant.test(value.name)) found.add(value.name);
    }
  known.set(facts, found);
  return found;
}
