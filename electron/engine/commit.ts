import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { inflate } from 'node:zlib';

export interface Commit {
  id: string;
  /** Its first line; null where git has packed it away. */
  message: string | null;
}

const unpack = promisify(inflate);
const objectName = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;
const largest = 1 << 20;

/**
 * What is checked out in the work tree that a folder lies in, read from git's own files: no git is needed. null where
 * there is none. It says nothing of changes that are not committed.
 */
export async function commitOf(folder: string): Promise<Commit | null> {
  const git = await gitFolder(resolve(folder));
  if (git === null) return null;
  const common = resolve(git, (await text(join(git, 'commondir'))) ?? '.');
  const head = await text(join(git, 'HEAD'));
  const ref = /^ref: (refs\/[^\s\\]+)$/.exec(head ?? '')?.[1];
  const id = ref === undefined || ref.includes('..') ? head : ((await text(join(common, ref))) ?? (await packedRef(common, ref)));
  return id != null && objectName.test(id) ? { id, message: await messageOf(common, id) } : null;
}

/** The .git of the nearest folder that has one; a file there names the place, as in worktrees and submodules. */
async function gitFolder(folder: string): Promise<string | null> {
  for (let place = folder; ; place = dirname(place)) {
    const found = await stat(join(place, '.git')).catch(() => null);
    if (found?.isDirectory()) return join(place, '.git');
    const named = found?.isFile() ? /^gitdir: (.+)$/.exec((await text(join(place, '.git'))) ?? '')?.[1] : undefined;
    if (named !== undefined) return resolve(place, named);
    if (place === dirname(place)) return null;
  }
}

async function packedRef(common: string, ref: string): Promise<string | null> {
  const lines = ((await text(join(common, 'packed-refs'))) ?? '').split('\n');
  return lines.find((line) => line.endsWith(` ${ref}`))?.split(' ')[0] ?? null;
}

async function messageOf(common: string, id: string): Promise<string | null> {
  try {
    const object = await unpack(await readFile(join(common, 'objects', id.slice(0, 2), id.slice(2))), { maxOutputLength: largest });
    const whole = object.toString('utf8');
    if (!whole.startsWith('commit ')) return null;
    const first = whole.slice(whole.indexOf('\n\n') + 2).split('\n', 1)[0] ?? '';
    // Shown later on a terminal and in the window: one line of at most 200 visible characters.
    return [...first.replace(/[\p{C}\p{Z}\ufffd]+/gu, ' ').trim()].slice(0, 200).join('');
  } catch {
    return null;
  }
}

async function text(path: string): Promise<string | null> {
  try {
    if ((await stat(path)).size > 64 * largest) return null;
    return (await readFile(path, 'utf8')).trim();
  } catch {
    return null;
  }
}
