import { join } from 'node:path';
import { z } from 'zod';
import { Failure } from '../../shared/errors.ts';
import { readIfThere, writeAtomic } from './files.ts';

/** Handles to folders for this session: what crosses a door instead of a path, so that a page cannot name one. */
export interface FolderHandles {
  open(path: string): string;
  /** The same under a handle that somebody else made: the window's main process, which saw the user choose. */
  name(handle: string, path: string): void;
  /** @throws Failure not-found */
  path(handle: string): string;
}

export function createFolderHandles(): FolderHandles {
  const paths = new Map<string, string>();
  return {
    open(path) {
      const handle = `folder-${paths.size + 1}`;
      paths.set(handle, path);
      return handle;
    },
    name: (handle, path) => void paths.set(handle, path),
    path(handle) {
      const path = paths.get(handle);
      if (path === undefined) throw new Failure('not-found', 'This folder is not open any more', { field: 'folder', hint: 'Choose it again.' });
      return path;
    },
  };
}

const shape = z.record(z.string(), z.record(z.string(), z.string()));

/** Which folder went to which app: { host: { folder: app } } in folders.json. Only a convenience: losing it loses nothing. */
export interface FolderMemory {
  appOf(host: string, folder: string): Promise<string | undefined>;
  remember(host: string, folder: string, app: string): Promise<void>;
}

export function openFolderMemory(home: string): FolderMemory {
  const file = join(home, 'folders.json');
  const read = async (): Promise<z.infer<typeof shape>> => {
    try {
      return shape.parse(JSON.parse((await readIfThere(file)) ?? '{}'));
    } catch {
      return {};
    }
  };
  return {
    appOf: async (host, folder) => (await read())[host]?.[folder],
    async remember(host, folder, app) {
      const known = await read();
      if (known[host]?.[folder] === app) return;
      await writeAtomic(file, JSON.stringify({ ...known, [host]: { ...known[host], [folder]: app } }, null, 1));
    },
  };
}
