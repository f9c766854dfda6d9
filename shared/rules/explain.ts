import type { FailureRecord } from '../errors.ts';
import { database } from './explain/databases.ts';
import { entryPoint, port, protocol } from './explain/entry.ts';
import { sharedLibrary, missingModule, newerPython, notInstalled } from './explain/modules.ts';
import { readOnly, noTable } from './explain/places.ts';
import { missingVariable, refusedHost } from './explain/variables.ts';
import type { Explained, KnownSpec, Said } from './explain/said.ts';

/** Told first what says most: a missing module speaks for itself, a read-only place may only follow from it. */
const rules: ((said: Said) => Explained | null)[] = [
  missingVariable,
  newerPython,
  missingModule,
  sharedLibrary,
  entryPoint,
  protocol,
  database,
  noTable,
  readOnly,
  refusedHost,
  port,
  notInstalled,
];

/** Explains the failure of a deployment from what the kit says of it; null where nothing is known that a person could not read there. */
export function explain({ problem, message, facts }: Pick<FailureRecord, 'problem' | 'message' | 'facts'>, spec: KnownSpec): Explained | null {
  if (problem !== 'start-failed' && problem !== 'build-failed') return null;
  const lines = Array.isArray(facts?.log) ? facts.log.map(String) : [];
  const reason = message.replace(/^the app did not (start|pass its check): |^the packages could not be installed: |^(build|before|after): \S+ failed: /, '');
  const said = { reason, lines, text: [reason, ...lines].join('\n').slice(0, 200_000), spec };
  for (const rule of rules) {
    const found = rule(said);
    if (found !== null) return found;
  }
  return null;
}
