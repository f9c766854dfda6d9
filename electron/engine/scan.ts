import { createHash } from 'node:crypto';
import { type BigIntStats, createReadStream, lstatSync, readdirSync, readFile as readWithCallback } from 'node:fs';
import { open, readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import ignore, { type Ignore } from 'ignore';
import { Failure } from '../../shared/errors.ts';
import { pathRule, shown } from '../../shared/rules/names.ts';
import { sizeText } from '../../shared/rules/size.ts';
import type { HashCache } from '../store/hashes.ts';
import { isJunk, secretFiles } from './ignored.ts';

/** One file that travels: its path in the app (with /), its content key and size in bytes. */
export interface ScannedFile {
  path: string;
  /** SHA-256 in hex, and "x" behind it where the file may be executed. */
  key: string;
  size: number;
  /** Its content, where it was made here and does not lie in the folder. */
  text?: string;
}

export interface Scan {
  folder: string;
  files: ScannedFile[];
  bytes: number;
  /** What stays behind for a reason worth saying; what .gitignore names is not listed. */
  leftOut: { path: string; why: 'looks like a secret' | 'link out of the folder' | 'not a regular file' }[];
}

/** An ignore file's, for what lies under its folder. */
interface Rules {
  under: string;
  matcher: Ignore;
}

/** So many milliseconds at most files are looked at before others get their turn. */
const breath = 5;

const limits = { files: 150_000, bytes: 5e9 };

/**
 * Walks a folder and says what would travel: ignore rules (.gitignore and .forgeboardignore at any depth, built-in
 * junk), files that look like secrets left behind. Contents are hashed, from the cache where size, times and inode agree;
 * the caller saves that when it has the time.
 * @param onIgnored hears of what an ignore rule keeps here, a folder once: whether it is the usual junk or an ignore file names it
 * @throws Failure invalid, unreadable or limit, all on field folder
 */
export async function scan(folder: string, hashes: HashCache, signal: AbortSignal, most = limits, onIgnored: (path: string, isJunk: boolean) => void = () => {}): Promise<Scan> {
  const top = await topOf(folder);
  const found: { path: string; absolute: string }[] = [];
  const leftOut: Scan['leftOut'] = [];

  const ignored = (path: string, isFolder: boolean, active: Rules[]) => active.some(({ under, matcher }) => matcher.ignores(path.slice(under.length) + (isFolder ? '/' : '')));

  const rest = breather(signal);
  const walk = async (under: string, active: Rules[]): Promise<void> => {
    await rest();
    // Waiting for each folder by itself would take most of the time.
    const entries = readdirSync(join(top, under), { withFileTypes: true });
    const own = entries.filter(({ name }) => name === '.gitignore' || name === '.forgeboardignore');
    const here = own.length === 0 ? active : [...active, { under, matcher: ignore().add(await Promise.all(own.map(({ name }) => readFile(join(top, under, name), 'utf8')))) }];
    for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
      const path = under + entry.name;
      const junk = isJunk(entry.name);
      if (junk || ignored(path, entry.isDirectory(), here)) {
        onIgnored(path, junk);
        continue;
      }
      if (secretFiles.ignores(entry.isDirectory() ? `${entry.name}/` : entry.name)) leftOut.push({ path, why: 'looks like a secret' });
      else if (entry.isDirectory()) await walk(`${path}/`, here);
      else if (entry.isFile()) found.push({ path, absolute: join(top, path) });
      else if (entry.isSymbolicLink()) await followLink(path);
      else leftOut.push({ path, why: 'not a regular file' });
      if (found.length > most.files) throw tooMany(found, most.files);
    }
  };

  /** A link to a file inside the folder travels as that file's content; any other stays behind. */
  const followLink = async (path: string): Promise<void> => {
    const target = await realpath(join(top, path)).catch(() => null);
    const inside = target?.startsWith(top + sep) === true && (await stat(target)).isFile();
    if (inside && target !== null) found.push({ path, absolute: target });
    else leftOut.push({ path, why: 'link out of the folder' });
  };

  await walk('', []);
  if (found.length === 0) throw new Failure('invalid', `${folder} is empty: there is nothing to deploy`, { field: 'folder' });
  for (const { path } of found) checkPath(path);
  const files = await hashAll(found, hashes, signal);
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  if (bytes > most.bytes)
    throw new Failure('limit', `${folder} holds ${sizeText(bytes)}; at most 5 GB travel`, { field: 'folder', hint: 'Name what need not go in .forgeboardignore.' });
  return { folder: top, files: files.sort((one, other) => (one.path < other.path ? -1 : 1)), bytes, leftOut };
}

/** Gives others their turn after `breath`, and ends what was cancelled meanwhile; costs nothing until then. */
function breather(signal: AbortSignal): () => Promise<void> | undefined {
  let since = performance.now();
  signal.throwIfAborted();
  return () => {
    if (performance.now() - since <= breath) return undefined;
    return setImmediate().then(() => {
      signal.throwIfAborted();
      since = performance.now();
    });
  };
}

async function topOf(folder: string): Promise<string> {
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    const text = error.code === 'ENOENT' ? `There is no folder ${folder}` : `${folder} cannot be read (${error.code})`;
    throw new Failure(error.code === 'ENOENT' ? 'invalid' : 'unreadable', text, { field: 'folder' });
  });
  if (!found.isDirectory()) throw new Failure('invalid', `${folder} is a file; a folder with the app in it is expected`, { field: 'folder' });
  return realpath(folder);
}

function checkPath(path: string): void {
  // A name that is not UTF-8 arrives with the replacement character: it could not be written back byte for byte.
  const wrong = path.includes('\ufffd') ? `the path "${shown(path)}" is not valid UTF-8` : pathRule(path);
  if (wrong !== null) throw new Failure('invalid', wrong, { field: 'folder', hint: 'Rename it, or name it in .forgeboardignore.' });
}

function tooMany(found: { path: string }[], most: number): Failure {
  const counts = new Map<string, number>();
  for (const { path } of found) counts.set(path.split('/')[0] ?? '', (counts.get(path.split('/')[0] ?? '') ?? 0) + 1);
  const [largest = ['', 0]] = [...counts].sort((one, other) => other[1] - one[1]);
  return new Failure('limit', `The folder has more than ${most.toLocaleString('en')} files, ${largest[1].toLocaleString('en')} of them in ${largest[0]}`, {
    field: 'folder',
    hint: 'Name what need not go in .forgeboardignore.',
  });
}

async function hashAll(found: { path: string; absolute: string }[], hashes: HashCache, signal: AbortSignal): Promise<ScannedFile[]> {
  const files: ScannedFile[] = [];
  const toHash: typeof found = [];
  const add = async ({ path, absolute }: { path: string; absolute: string }, facts: BigIntStats, sha: string) => {
    const executable = (Number(facts.mode) & 0o111) !== 0 || (process.platform === 'win32' && (await hasShebang(absolute)));
    files.push({ path, key: executable ? `${sha}x` : sha, size: Number(facts.size) });
  };
  try {
    const rest = breather(signal);
    for (const one of found) {
      await rest();
      // Waiting for each by itself would take most of the time.
      const facts = lstatSync(one.absolute, { bigint: true });
      const cached = hashes.get(one.path, facts);
      if (cached === undefined) toHash.push(one);
      else await add(one, facts, cached);
    }
    // Bounded: thousands of open files at once are refused by the system.
    const queue = toHash.values();
    const worker = async () => {
      for (const one of queue) {
        signal.throwIfAborted();
        // Looked at once more: kept for 100,000 files until now, what was seen would take 100 MB.
        const facts = lstatSync(one.absolute, { bigint: true });
        const sha = await hashFile(one.absolute, Number(facts.size));
        hashes.set(one.path, facts, sha);
        await add(one, facts, sha);
      }
    };
    await Promise.all(Array.from({ length: 16 }, worker));
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new Failure('unreadable', `${path ?? 'A file'} cannot be read (${code})`, { field: 'folder', hint: 'Mend its permissions, or name it in .forgeboardignore.' });
  }
  return files;
}

// Small files whole: a stream for each takes three times as long. Of fs, not of fs/promises, which takes four times as long.
const small = 64 * 1024;
const readWhole = promisify(readWithCallback);

async function hashFile(path: string, size: number): Promise<string> {
  const hash = createHash('sha256');
  if (size <= small) return hash.update(await readWhole(path)).digest('hex');
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Windows keeps no executable bit; a script says it in its first two bytes. */
async function hasShebang(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return buffer.toString('latin1') === '#!';
  } finally {
    await file.close();
  }
}
