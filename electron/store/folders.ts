import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { Failure } from '../../shared/errors.ts';
import { readIfThere, writeAtomic } from './files.ts';

/** What a folder may be deployed as. */
interface Place {
  host: string;
  app: string | undefined;
}

/** Handles to folders for this session: what crosses a door instead of a path, so that a page cannot name one. */
export interface FolderHandles {
  open(path: string): string;
  /** The same for a folder that nobody chose in this session: the handle is good for that one app only. */
  again(path: string, only: Place): string;
  /** The same under a handle that somebody else made: the window's main process, which saw the user choose. */
  name(handle: string, path: string): void;
  /** @throws Failure not-found; denied where it may not be deployed there */
  path(handle: string, to: Place): string;
}

export function createFolderHandles(): FolderHandles {
  const opened = new Map<string, { path: string; only?: Place }>();
  const make = (path: string, only?: Place): string => {
    for (const [handle, known] of opened) if (known.path === path && known.only?.host === only?.host && known.only?.app === only?.app) return handle;
    const handle = `folder-${randomBytes(12).toString('hex')}`;
    opened.set(handle, { path, ...(only !== undefined && { only }) });
    return handle;
  };
  return {
    open: (path) => make(path),
    again: (path, only) => make(path, only),
    name: (handle, path) => void opened.set(handle, { path }),
    path(handle, to) {
      const found = opened.get(handle);
      if (found === undefined) throw new Failure('not-found', 'This folder is not open any more', { field: 'folder', hint: 'Choose it again.' });
      const { path, only } = found;
      if (only !== undefined && (only.host !== to.host || only.app !== to.app)) {
        throw new Failure('denied', `This folder is open for ${only.app} on ${only.host} only`, { field: 'folder', hint: 'Choose it yourself to deploy it elsewhere.' });
      }
      return path;
    },
  };
}

const shape = z.record(z.string(), z.record(z.string(), z.string()));

/** Which folder went to which app: { host: { folder: app } } in folders.json. Only a convenience: losing it loses nothing. */
export interface FolderMemory {
  appOf(host: string, folder: string): Promise<string | undefined>;
  /** The folder that was deployed to an app last. */
  folderOf(host: string, app: string): Promise<string | undefined>;
  remember(host: string, folder: string, app: string): Promise<void>;
  /** Forgets a host: the next one of that name is another. */
  forget(host: string): Promise<void>;
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
  const write = (known: z.infer<typeof shape>) => writeAtomic(file, JSON.stringify(known, null, 1));
  return {
    appOf: async (host, folder) => (await read())[host]?.[folder],
    folderOf: async (host, app) =>
      Object.entries((await read())[host] ?? {})
        .filter(([, known]) => known === app)
        .at(-1)?.[0],
    async remember(host, folder, app) {
      const known = await read();
      const { [folder]: before, ...others } = known[host] ?? {};
      if (before === app && Object.keys(known[host] ?? {}).at(-1) === folder) return;
      // The newest stands last.
      await write({ ...known, [host]: { ...others, [folder]: app } });
    },
    async forget(host) {
      const { [host]: gone, ...others } = await read();
      if (gone !== undefined) await write(others);
    },
  };
}
