import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Identity, readIdentity } from './identity.ts';

/** The key files that ssh tries by itself where none is named, newest kind first (ssh_config(5), IdentityFile). */
const names = ['id_ed25519', 'id_ecdsa', 'id_rsa'];
const largestPublic = 64 * 1024;

export const usualKeys = (): string[] => names.map((name) => join(homedir(), '.ssh', name));

/** A key file that may be tried. Without `identity` only its public half is there: an agent may hold the rest. */
export interface Candidate {
  path: string;
  publicBlob: Buffer | undefined;
  identity: Identity | undefined;
}

/** Those of the files that can be used, in their order. Absent, or of a kind that is explained where somebody names it: passed over. */
export async function candidates(paths: readonly string[]): Promise<Candidate[]> {
  const found = await Promise.all(
    [...new Set(paths)].map(async (path): Promise<Candidate[]> => {
      const identity = await readIdentity(path).catch(() => undefined);
      const publicBlob = identity?.publicBlob ?? (await publicHalf(`${path.replace(/\.pub$/, '')}.pub`));
      return identity === undefined && publicBlob === undefined ? [] : [{ path, publicBlob, identity }];
    }),
  );
  return found.flat();
}

async function publicHalf(path: string): Promise<Buffer | undefined> {
  try {
    const facts = await stat(path);
    if (!facts.isFile() || facts.size > largestPublic) return undefined;
    const [, base64] = /^(?:ssh|ecdsa|sk)-\S+ ([A-Za-z0-9+/]+=*)/.exec(await readFile(path, 'latin1')) ?? [];
    return base64 === undefined ? undefined : Buffer.from(base64, 'base64');
  } catch {
    return undefined;
  }
}
