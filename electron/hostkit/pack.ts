import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { zipSync } from 'fflate';

/** The kit as one file that Python runs: the same sources always give the same bytes. */
export interface PackedKit {
  bytes: Buffer;
  /** The first 12 hex digits of the SHA-256 of the bytes. */
  hash: string;
  version: string;
  /** The form of what lies on a host that this kit reads and writes. */
  format: number;
}

/** Where the kit's sources are in a checkout; a bundle names its own copy. */
export const kitFolder = fileURLToPath(new URL('./forgekit/', import.meta.url));

// The earliest moment that a zip can name. Given in local time because that is what fflate writes down.
const moment = new Date(1980, 0, 1);

/** Packs a folder of the kit's sources. Throws where it holds no kit: that is a broken installation of ours. */
export function packKit(folder: string = kitFolder): PackedKit {
  const entries: Record<string, Uint8Array> = {};
  for (const name of readdirSync(folder).sort()) {
    if (!name.endsWith('.py')) continue;
    entries[name === '__main__.py' ? name : `forgekit/${name}`] = readFileSync(path.join(folder, name));
  }
  const declared = Buffer.from(entries['forgekit/__init__.py'] ?? []).toString();
  const version = /^VERSION = "(\d+\.\d+\.\d+)"$/m.exec(declared)?.[1];
  const format = /^FORMAT = (\d+)$/m.exec(declared)?.[1];
  if (version === undefined || format === undefined) throw new Error(`${folder} does not hold the kit`);
  const bytes = Buffer.from(zipSync(entries, { level: 9, mtime: moment, os: 3 }));
  return { bytes, hash: createHash('sha256').update(bytes).digest('hex').slice(0, 12), version, format: Number(format) };
}
