import { Failure, type FailureRecord } from '../../shared/errors.ts';
import { explain } from '../../shared/rules/explain.ts';
import type { Explained, KnownSpec } from '../../shared/rules/explain/said.ts';

/** Adds what only the folder and the server can say to an explanation. */
export type Complete = (found: Explained) => Promise<Explained>;

/** A failure of the kit's with its explanation in terms of the app's settings, where one is known: as its hint, and as facts.fix what mends it. */
export async function explained(record: FailureRecord, spec: KnownSpec, complete?: Complete): Promise<Failure> {
  const first = explain(record, spec);
  if (first === null) return Failure.from(record);
  // What cannot be completed, since the folder or the server is gone meanwhile, is told as it is.
  const found = first.asks === undefined || complete === undefined ? first : await complete(first).catch(() => first);
  return Failure.from({ ...record, hint: `${found.what}. ${found.hint}`, facts: { ...record.facts, ...(found.fix !== null && { fix: found.fix }) } });
}
