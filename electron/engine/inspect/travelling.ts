import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Travelling } from '../../../shared/contract/imports.ts';
import { readDotenv } from '../../../shared/rules/dotenv.ts';
import { allBytes, looksSecret } from '../../../shared/rules/variables.ts';
import type { HashCache } from '../../store/hashes.ts';
import { scan } from '../scan.ts';

const most = { listed: 2000, leftOut: 500, counted: 20_000 };

type Left = Omit<Travelling, 'dotenv'> & { dotenv: Omit<Travelling['dotenv'][number], 'file'>[] };

/** What a deploy of this folder would send, and what it would leave here. Of a .env file only names are given. */
export async function travelling(folder: string, hashes: HashCache, signal: AbortSignal): Promise<Left> {
  const ignored: { path: string; why: 'made anew' | 'ignored' }[] = [];
  const found = await scan(folder, hashes, signal, undefined, (path, isJunk) => void ignored.push({ path, why: isJunk ? 'made anew' : 'ignored' }));
  await hashes.save();
  const left = [...found.leftOut, ...ignored].slice(0, most.leftOut);
  const leftOut = [];
  for (const one of left) leftOut.push({ ...one, bytes: await bytesOf(join(found.folder, one.path), signal) });
  leftOut.sort((one, other) => (other.bytes ?? 0) - (one.bytes ?? 0));
  const dotenv = [];
  for (const { path } of left.filter((one) => /(^|\/)\.env$/.test(one.path))) {
    const variables = await namesIn(join(found.folder, path));
    if (variables.length > 0) dotenv.push({ path, variables });
  }
  const listed = found.files.slice(0, most.listed).map(({ path, size }) => ({ path, bytes: size }));
  return { files: found.files.length, bytes: found.bytes, listed, leftOut, dotenv };
}

/** Bytes of a file or of all in a folder, following no link; null where there is too much to count, or it cannot be read. */
async function bytesOf(path: string, signal: AbortSignal): Promise<number | null> {
  let counted = 0;
  const count = async (at: string): Promise<number> => {
    signal.throwIfAborted();
    counted += 1;
    if (counted > most.counted) throw new RangeError('too much to count');
    const facts = await lstat(at);
    if (!facts.isDirectory()) return facts.isFile() ? facts.size : 0;
    let bytes = 0;
    for (const name of await readdir(at)) bytes += await count(join(at, name));
    return bytes;
  };
  return count(path).catch((error: unknown) => {
    if (signal.aborted) throw error;
    return null;
  });
}

async function namesIn(path: string): Promise<{ name: string; secret: boolean }[]> {
  const facts = await lstat(path).catch(() => null);
  if (facts?.isFile() !== true || facts.size > 2 * allBytes) return [];
  const text = await readFile(path, 'utf8').catch(() => '');
  return readDotenv(text).variables.map(({ name, value }) => ({ name, secret: looksSecret(name, value) }));
}
