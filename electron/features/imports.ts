import { join } from 'node:path';
import type { Handlers } from '../dispatch.ts';
import type { Archives } from '../engine/archives.ts';
import { inspect } from '../engine/inspect.ts';
import { openFolder } from '../engine/inspect/folder.ts';
import { remember } from '../engine/inspect/remember.ts';
import { targetOf } from '../engine/inspect/target.ts';
import { travelling } from '../engine/inspect/travelling.ts';
import { preview } from '../engine/preview.ts';
import { scan } from '../engine/scan.ts';
import { urlOf } from '../engine/url.ts';
import type { Kits } from '../hostkit/kits.ts';
import type { FolderHandles } from '../store/folders.ts';
import { openHashCache } from '../store/hashes.ts';
import type { Inventory } from '../store/inventory.ts';

export interface ImportsParts {
  home: string;
  archives: Archives;
  inventory: Inventory;
  kits: Kits;
  folders: FolderHandles;
}

export function importsFeature({ home, archives, inventory, kits, folders }: ImportsParts): Handlers<'imports'> {
  const pathOf = (folder: string) => folders.path(folder, { host: '', app: undefined });
  return {
    async inspect({ folder, host }, context) {
      const { emit, signal } = context;
      const target = host === undefined ? undefined : targetOf(kits, await inventory.get(host), context);
      // The folder is read while the host is asked.
      target?.catch(() => {});
      const opened = await archives.open(pathOf(folder), signal, (unpacking) => void emit({ type: 'unpacking', ...unpacking }));
      const source = await openFolder(opened.folder, (files) => void emit({ type: 'reading', files, modules: 0, of: 0 }), signal);
      return inspect(source, emit, signal, target);
    },
    async files({ folder }, { signal }) {
      const path = pathOf(folder);
      const opened = await archives.open(path, signal);
      const { dotenv, leftOut, ...found } = await travelling(opened.folder, await openHashCache(home, path), signal);
      const away = opened.leftOut.slice(0, 500).map((one) => ({ ...one, bytes: null }));
      return { ...found, leftOut: [...leftOut, ...away], dotenv: dotenv.map((one) => ({ ...one, file: folders.open(join(opened.folder, one.path)) })) };
    },
    async preview({ folder, host: name, app, settings = {} }, context) {
      const host = await inventory.get(name);
      const path = pathOf(folder);
      const { folder: at } = await archives.open(path, context.signal);
      const hashes = await openHashCache(home, path);
      const found = await scan(at, hashes, context.signal);
      await hashes.save();
      const { spec, ...shown } = await preview(kits, { host, app, scan: found, settings }, context);
      return { ...shown, url: urlOf(host, spec) };
    },
    async remember({ folder, settings }, { signal }) {
      const path = pathOf(folder);
      // Nobody changes an archive: what was put right in one stands in apps.yml, from its first deployment on.
      if ((await archives.open(path, signal)).folder !== path) return { changed: false };
      return { changed: await remember(path, settings) };
    },
  };
}
