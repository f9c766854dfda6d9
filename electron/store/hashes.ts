import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { join } from 'node:path';
import { readIfThere, writeAtomic } from './files.ts';

/** Content hashes of one folder's files, believed while size, both times and inode agree. */
export interface HashCache {
  get(path: string, facts: BigIntStats): string | undefined;
  set(path: string, facts: BigIntStats, sha256: string): void;
  /** Writes what changed; entries of files not seen since it was opened go. */
  save(): Promise<void>;
}

const hash = /^[0-9a-f]{64}$/;

/** A file changed in the last second may change again within the clock's grain: it is hashed anew next time. */
const settled = (facts: BigIntStats) => Date.now() - Number(facts.mtimeMs) > 1000 && Date.now() - Number(facts.ctimeMs) > 1000;
const stamp = (facts: BigIntStats) => `${facts.size}.${facts.mtimeNs}.${facts.ctimeNs}.${facts.ino}`;

export async function openHashCache(home: string, folder: string): Promise<HashCache> {
  const path = join(home, 'cache', `${createHash('sha256').update(folder).digest('hex').slice(0, 24)}.json`);
  const known = parse(await readIfThere(path));
  const seen = new Map<string, [string, string]>();
  let changed = false;
  return {
    get(file, facts) {
      const entry = Object.hasOwn(known, file) ? known[file] : undefined;
      if (!Array.isArray(entry) || entry[0] !== stamp(facts) || !hash.test(entry[1])) return undefined;
      seen.set(file, [entry[0], entry[1]]);
      return entry[1];
    },
    set(file, facts, sha256) {
      if (!settled(facts)) return;
      seen.set(file, [stamp(facts), sha256]);
      changed = true;
    },
    async save() {
      if (changed || seen.size !== Object.keys(known).length) await writeAtomic(path, JSON.stringify(Object.fromEntries(seen)), { durable: false });
      changed = false;
    },
  };
}

/** A damaged cache is an empty one: it only costs hashing again. Each entry is looked at when it is asked for. */
function parse(text: string | null): Record<string, unknown> {
  try {
    const known: unknown = JSON.parse(text ?? '{}');
    return typeof known === 'object' && known !== null ? (known as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
