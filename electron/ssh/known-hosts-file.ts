import { createHash, randomBytes } from 'node:crypto';
import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import { Failure } from '../../shared/errors.ts';
import { readText } from './known-hosts.ts';
import { type HostKeyEntry, readLine } from './known-hosts-lines.ts';

/** A line of a file as it stands there. */
export interface FileLine {
  /** Of its number and its bytes: it fits no other line, and not this one after a change. */
  id: string;
  file: string;
  line: number;
  text: string;
  /** What it says, or why it counts for nothing. */
  read: Pick<HostKeyEntry, 'mark' | 'names' | 'key'> | { wrong: string };
}

/** What puts forgotten lines back, in the file that they were taken from. */
export interface Forgotten {
  file: string;
  before: string;
  after: string;
}

/** Every line of a known_hosts file but comments and empty ones, also those that are damaged. Fails as reading it for a connection does. */
export async function fileLines(file: string): Promise<FileLine[]> {
  return linesOf(await readText(file), file);
}

/**
 * Takes these lines out and leaves every other byte. Where one of them is no longer there nothing is done: `conflict`.
 * @param ids of fileLines
 */
export async function forgetLines(file: string, ids: readonly string[]): Promise<Forgotten> {
  const before = await readText(file);
  const found = linesOf(before, file).filter(({ id }) => ids.includes(id));
  if (found.length !== new Set(ids).size) {
    throw new Failure('conflict', `${file} has changed, or has no such line`, { hint: 'Nothing was forgotten. List the keys again: forgeboard known-hosts list' });
  }
  const gone = new Set(found.map(({ line }) => line - 1));
  const pieces = before.split(/(?<=\n)/);
  const after = pieces.filter((_piece, index) => !gone.has(index)).join('');
  await replace(file, before, after);
  return { file, before, after };
}

/** Puts them back, byte for byte; where the file has changed since: `conflict`. */
export const restoreLines = ({ file, before, after }: Forgotten): Promise<void> => replace(file, after, before);

function linesOf(text: string, file: string): FileLine[] {
  return text.split('\n').flatMap((line, index) => {
    const read = readLine(line);
    if (read === undefined) return [];
    const digest = createHash('sha256').update(line, 'latin1').digest('hex').slice(0, 12);
    return [{ id: `${index + 1}-${digest}`, file, line: index + 1, text: line, read }];
  });
}

/** A new file in the old one's place, with its mode and owner; one that a link leads to stays behind that link. */
async function replace(file: string, expected: string, text: string): Promise<void> {
  let temporary: string | undefined;
  try {
    const path = await realpath(file);
    const { mode, uid, gid } = await stat(path);
    const name = `${path}.${randomBytes(6).toString('hex')}.tmp`;
    const handle = await open(name, 'wx', 0o600);
    temporary = name;
    try {
      await handle.writeFile(text, 'latin1');
      const made = await handle.stat();
      if (made.uid !== uid || made.gid !== gid) await handle.chown(uid, gid);
      await handle.chmod(mode & 0o7777);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // What ssh or another window accepted meanwhile must not be lost.
    if ((await readText(path)) !== expected) throw new Failure('conflict', `${file} has just been changed by something else`, { hint: 'Nothing was changed. Try again.' });
    await rename(name, path);
    temporary = undefined;
  } catch (error) {
    if (error instanceof Failure) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new Failure('unreadable', `${file} cannot be written (${code})`, { hint: 'Nothing was changed. Check who owns the file and its folder.' });
  } finally {
    if (temporary !== undefined) await rm(temporary, { force: true });
  }
}
