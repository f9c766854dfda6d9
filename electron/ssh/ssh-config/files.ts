import { constants } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { isAbsolute, join, sep } from 'node:path';
import { globMatches } from '../glob.ts';

/** Whose configuration is read, and where it lies. */
export interface Places {
  /** What `~` stands for. */
  home: string;
  /** The user's file, then the machine's. */
  files: { path: string; folder: string; own: boolean }[];
}

/** OpenSSH's own places: ~/.ssh/config, then /etc/ssh/ssh_config. */
export function usualPlaces(home: string): Places {
  const user = { path: join(home, '.ssh', 'config'), folder: join(home, '.ssh'), own: true };
  const machine = process.platform === 'win32' ? join(process.env.ProgramData ?? 'C:\\ProgramData', 'ssh') : '/etc/ssh';
  return { home, files: [user, { path: join(machine, 'ssh_config'), folder: machine, own: false }] };
}

const largest = 256 * 1024;
const mostFiles = 200;

/** Files that the patterns of an Include name, in the order of their names; what is not there is passed over. */
export async function included(patterns: readonly string[], home: string, folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const pattern of patterns) {
    const full = pattern.replace(/^~(?=\/|$)/, home);
    found.push(...(await globbed(isAbsolute(full) ? full : join(folder, full))));
  }
  return found.slice(0, mostFiles);
}

/** Wildcards in any part of the path, as glob(3): names that begin with a dot are only met by a dot. */
async function globbed(path: string): Promise<string[]> {
  let found = [path.startsWith(sep) ? sep : ''];
  for (const part of path.split(/[\\/]/).filter((each) => each !== '')) {
    if (!/[*?[]/.test(part)) found = found.map((folder) => (folder === '' ? part : join(folder, part)));
    else {
      const next = await Promise.all(
        found.map(async (folder) => {
          const names = await readdir(folder).catch(() => []);
          return names
            .filter((name) => (part.startsWith('.') || !name.startsWith('.')) && globMatches(part, name))
            .sort((a, b) => (a < b ? -1 : 1))
            .map((name) => join(folder, name));
        }),
      );
      found = next.flat().slice(0, mostFiles);
    }
  }
  return found;
}

/** A file's text, and who else may write it; text is '' for whatever cannot be read as a small regular file. */
export async function readText(path: string): Promise<{ text: string; loose: boolean }> {
  let file: FileHandle | undefined;
  try {
    // Not blocking: a FIFO would wait for ever.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const facts = await file.stat();
    if (!facts.isFile() || facts.size > largest) return { text: '', loose: false };
    const mine = process.getuid === undefined || facts.uid === 0 || facts.uid === process.getuid();
    return { text: (await file.readFile()).toString('utf8'), loose: process.platform !== 'win32' && (!mine || (facts.mode & 0o022) !== 0) };
  } catch {
    return { text: '', loose: false };
  } finally {
    await file?.close();
  }
}
