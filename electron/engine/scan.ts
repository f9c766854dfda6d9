import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, open, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { Failure } from '../../shared/errors.ts';
import { pathRule, shown } from '../../shared/rules/names.ts';
import { sizeText } from '../../shared/rules/size.ts';
import type { HashCache } from '../store/hashes.ts';

/** One file that travels: its path in the app (with /), its content key and size in bytes. */
export interface ScannedFile {
  path: string;
  /** SHA-256 in hex, and "x" behind it where the file may be executed. */
  key: string;
  size: number;
}

export interface Scan {
  folder: string;
  files: ScannedFile[];
  bytes: number;
  /** What stays behind for a reason worth saying; what .gitignore names is not listed. */
  leftOut: { path: string; why: 'looks like a secret' | 'link out of the folder' | 'not a regular file' }[];
}

const junk = [
  '.git',
  '.hg',
  '.svn',
  '__pycache__',
  '*.pyc',
  '*.pyo',
  '.venv',
  'venv',
  'node_modules',
  '.tox',
  '.nox',
  '.mypy_cache',
  '.pytest_cache',
  '.ruff_cache',
  '.idea',
  '.vscode',
  '.DS_Store',
  'Thumbs.db',
  '*.swp',
  '*~',
];
const secrets = ignore().add([
  '.env',
  '.env.*',
  '!.env.example',
  '!.env.sample',
  '!.env.template',
  '*.pem',
  '*.key',
  '*.p12',
  '*.pfx',
  '*.kdbx',
  'id_rsa',
  'id_dsa',
  'id_ecdsa',
  'id_ed25519',
  '.netrc',
  '.pypirc',
  '.npmrc',
  '.aws/',
  '.ssh/',
]);

const limits = { files: 50_000, bytes: 5e9 };

/**
 * Walks a folder and says what would travel: ignore rules (.gitignore and .forgeboardignore at any depth, built-in
 * junk), files that look like secrets left behind. Contents are hashed, from the cache where size, times and inode agree.
 * @throws Failure invalid, unreadable or limit, all on field folder
 */
export async function scan(folder: string, hashes: HashCache, signal: AbortSignal): Promise<Scan> {
  const top = await topOf(folder);
  const found: { path: string; absolute: string }[] = [];
  const leftOut: Scan['leftOut'] = [];
  const rules: { under: string; matcher: Ignore }[] = [{ under: '', matcher: ignore().add(junk) }];

  const ignored = (path: string, isFolder: boolean, active: typeof rules) => active.some(({ under, matcher }) => matcher.ignores(path.slice(under.length) + (isFolder ? '/' : '')));

  const walk = async (under: string, active: typeof rules): Promise<void> => {
    signal.throwIfAborted();
    const entries = await readdir(join(top, under), { withFileTypes: true });
    const own = entries.filter(({ name }) => name === '.gitignore' || name === '.forgeboardignore');
    const here = own.length === 0 ? active : [...active, { under, matcher: ignore().add(await Promise.all(own.map(({ name }) => readFile(join(top, under, name), 'utf8')))) }];
    for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
      const path = under + entry.name;
      if (ignored(path, entry.isDirectory(), here)) continue;
      if (secrets.ignores(entry.isDirectory() ? `${entry.name}/` : entry.name)) leftOut.push({ path, why: 'looks like a secret' });
      else if (entry.isDirectory()) await walk(`${path}/`, here);
      else if (entry.isFile()) found.push({ path, absolute: join(top, path) });
      else if (entry.isSymbolicLink()) await followLink(path);
      else leftOut.push({ path, why: 'not a regular file' });
      if (found.length > limits.files) throw tooMany(found);
    }
  };

  /** A link to a file inside the folder travels as that file's content; any other stays behind. */
  const followLink = async (path: string): Promise<void> => {
    const target = await realpath(join(top, path)).catch(() => null);
    const inside = target?.startsWith(top + sep) === true && (await stat(target)).isFile();
    if (inside && target !== null) found.push({ path, absolute: target });
    else leftOut.push({ path, why: 'link out of the folder' });
  };

  await walk('', rules);
  if (found.length === 0) throw new Failure('invalid', `${folder} is empty: there is nothing to deploy`, { field: 'folder' });
  for (const { path } of found) checkPath(path);
  const files = await hashAll(found, hashes, signal);
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  if (bytes > limits.bytes)
    throw new Failure('limit', `${folder} holds ${sizeText(bytes)}; at most 5 GB travel`, { field: 'folder', hint: 'Name what need not go in .forgeboardignore.' });
  return { folder: top, files: files.sort((one, other) => (one.path < other.path ? -1 : 1)), bytes, leftOut };
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

function tooMany(found: { path: string }[]): Failure {
  const counts = new Map<string, number>();
  for (const { path } of found) counts.set(path.split('/')[0] ?? '', (counts.get(path.split('/')[0] ?? '') ?? 0) + 1);
  const [largest = ['', 0]] = [...counts].sort((one, other) => other[1] - one[1]);
  return new Failure('limit', `The folder has more than ${limits.files.toLocaleString('en')} files, ${largest[1].toLocaleString('en')} of them in ${largest[0]}`, {
    field: 'folder',
    hint: 'Name what need not go in .forgeboardignore.',
  });
}

async function hashAll(found: { path: string; absolute: string }[], hashes: HashCache, signal: AbortSignal): Promise<ScannedFile[]> {
  const files: ScannedFile[] = [];
  // Bounded: thousands of open files at once are refused by the system.
  const queue = found.values();
  const worker = async () => {
    for (const { path, absolute } of queue) {
      signal.throwIfAborted();
      const facts = await lstat(absolute, { bigint: true });
      const cached = hashes.get(path, facts);
      const sha = cached ?? (await hashFile(absolute));
      if (cached === undefined) hashes.set(path, facts, sha);
      const executable = (Number(facts.mode) & 0o111) !== 0 || (process.platform === 'win32' && (await hasShebang(absolute)));
      files.push({ path, key: executable ? `${sha}x` : sha, size: Number(facts.size) });
    }
  };
  try {
    await Promise.all(Array.from({ length: 16 }, worker));
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new Failure('unreadable', `${path ?? 'A file'} cannot be read (${code})`, { field: 'folder', hint: 'Mend its permissions, or name it in .forgeboardignore.' });
  }
  await hashes.save();
  return files;
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
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
