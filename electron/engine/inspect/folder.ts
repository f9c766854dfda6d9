import { constants } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { Failure } from '../../../shared/errors.ts';
import type { Listed, Source } from '../../../shared/rules/inspect/source.ts';
import { isJunk } from '../ignored.ts';

const limits = { files: 150_000, depth: 200 };
/** An ignore file is read up to here: each of its lines is tried on each path. */
const ignoreBytes = 256 * 1024;

/**
 * Walks a folder by the same ignore rules as a deploy, and hands out its texts. Reads only regular files that lie in it,
 * also where something is swapped for a link meanwhile. What cannot be read is counted in `unread`, never thrown.
 * @param onFiles hears how many files were met so far. @throws Failure invalid or unreadable on field folder
 */
export async function openFolder(folder: string, onFiles: (files: number) => void, signal: AbortSignal, most = limits): Promise<Source> {
  const top = await topOf(folder);
  const files: Listed[] = [];
  const unread: string[] = [];
  let isCut = false;
  const walk = async (under: string, active: readonly Rules[], depth: number): Promise<void> => {
    signal.throwIfAborted();
    const entries = await readdir(join(top, under), { withFileTypes: true }).catch(() => null);
    if (entries === null) return void unread.push(under);
    const here = [...active];
    for (const { name } of entries.filter((entry) => entry.name === '.gitignore' || entry.name === '.forgeboardignore')) {
      const text = await read(top, under + name, ignoreBytes);
      if (text !== null) here.push({ under, matcher: ignore().add(text) });
    }
    const kept = entries.filter((entry) => !isJunk(entry.name) && !ignored(under + entry.name, entry.isDirectory(), here)).sort((one, other) => (one.name < other.name ? -1 : 1));
    const sizes = await sizesOf(kept.filter((entry) => entry.isFile() || entry.isSymbolicLink()));
    for (const entry of kept) {
      const path = under + entry.name;
      const size = sizes.get(entry.name);
      if (isCut) return;
      if (entry.isDirectory() && depth < most.depth) await walk(`${path}/`, here, depth + 1);
      if (size == null) continue;
      files.push({ path, size });
      isCut = files.length >= most.files;
      if (files.length % 256 === 0) onFiles(files.length);
    }

    /** Many at once: each alone costs a turn. */
    async function sizesOf(entriesOfFiles: typeof kept): Promise<Map<string, number | null>> {
      const found = new Map<string, number | null>();
      for (let at = 0; at < entriesOfFiles.length; at += 64) {
        await Promise.all(entriesOfFiles.slice(at, at + 64).map(async (entry) => found.set(entry.name, await sizeOf(top, under + entry.name, entry.isSymbolicLink()))));
      }
      return found;
    }
  };
  await walk('', [], 0);
  onFiles(files.length);
  return { name: basename(top), files, unread, isCut, read: (path, bytes) => read(top, path, bytes) };
}

interface Rules {
  under: string;
  matcher: Ignore;
}

/** A .env is read for its names whatever git is told about it; its values stay here. */
function ignored(path: string, isFolder: boolean, active: readonly Rules[]): boolean {
  if (path === '.env') return false;
  const given = isFolder ? `${path}/` : path;
  return active.some(({ under, matcher }) => matcher.ignores(given.slice(under.length)));
}

/** Bytes of a regular file in the folder, through a link too; null for anything else. */
async function sizeOf(top: string, path: string, isLink: boolean): Promise<number | null> {
  if (isLink && !(await isInside(top, path))) return null;
  const found = await stat(join(top, path)).catch(() => null);
  return found?.isFile() === true ? found.size : null;
}

async function isInside(top: string, path: string): Promise<boolean> {
  return (await realpath(join(top, path)).catch(() => '')).startsWith(top + sep);
}

/** The text of a file of at most so many bytes; null where it is none, is larger, is not there any more, or lies elsewhere. */
async function read(top: string, path: string, bytes: number): Promise<string | null> {
  const absolute = await realpath(join(top, path)).catch(() => null);
  if (absolute === null || !absolute.startsWith(top + sep)) return null;
  // Without waiting for the other end of a pipe, and no further link at the end of a path that was just resolved.
  const file = await open(absolute, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)).catch(() => null);
  if (file === null) return null;
  try {
    const facts = await file.stat();
    if (!facts.isFile() || facts.size > bytes) return null;
    // It may grow while it is read: no more than it had is taken.
    const buffer = Buffer.alloc(facts.size);
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return decoded(buffer.subarray(0, length));
  } catch {
    return null;
  } finally {
    await file.close().catch(() => {});
  }
}

/** UTF-8, or UTF-16 with its mark, as Windows' PowerShell writes requirements.txt. */
export function decoded(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.subarray(2).toString('utf16le');
  return bytes.toString('utf8').replace(/^\ufeff/, '');
}

async function topOf(folder: string): Promise<string> {
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    const text = error.code === 'ENOENT' ? `There is no folder ${folder}` : `${folder} cannot be read (${error.code})`;
    throw new Failure(error.code === 'ENOENT' ? 'invalid' : 'unreadable', text, { field: 'folder' });
  });
  if (!found.isDirectory()) throw new Failure('invalid', `${folder} is a file; a folder with the app in it is expected`, { field: 'folder' });
  await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    throw new Failure('unreadable', `${folder} cannot be read (${error.code})`, { field: 'folder', hint: 'Mend its permissions.' });
  });
  return realpath(folder);
}
