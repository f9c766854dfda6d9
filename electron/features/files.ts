import { posix } from 'node:path';
import type { FileEntry } from '../../shared/contract/files.ts';
import type { Host } from '../../shared/contract/hosts.ts';
import { Failure } from '../../shared/errors.ts';
import type { Handlers } from '../dispatch.ts';
import { getFiles } from '../engine/files/get.ts';
import { putFiles } from '../engine/files/put.ts';
import type { Remote } from '../engine/files/remote.ts';
import type { Asker, Kits } from '../hostkit/kits.ts';
import type { RemoteFacts } from '../ssh/sftp.ts';
import type { FolderHandles } from '../store/folders.ts';
import type { Inventory } from '../store/inventory.ts';

export function filesFeature({ inventory, kits, folders }: { inventory: Inventory; kits: Kits; folders: FolderHandles }): Handlers<'files'> {
  /** Files of a host for one piece of work; a cancel ends the channel, and with it what is waited for. */
  const withFiles = async <T>(host: Host, asker: Asker, work: (remote: Remote) => Promise<T>): Promise<T> => {
    const sftp = await kits.sftp(host, asker);
    const end = (): void => sftp.close();
    asker.signal.addEventListener('abort', end, { once: true });
    try {
      return await work({ sftp, run: (command) => kits.exec(host, asker, command) });
    } catch (error) {
      if (asker.signal.aborted) throw new Failure('cancelled', 'The copy was cancelled', { hint: 'What is there is kept: the next copy of the same goes on with it.' });
      throw error;
    } finally {
      asker.signal.removeEventListener('abort', end);
      sftp.close();
    }
  };
  const local = (handle: string, host: string): string => folders.path(handle, { host, app: undefined });
  return {
    async list({ host: name, path }, context) {
      return withFiles(await inventory.get(name), context, async ({ sftp }) => {
        const at = await sftp.realPath(path);
        const facts = await sftp.stat(at);
        if (facts === null) throw new Failure('not-found', `There is no ${path} on ${name}`, { field: 'path' });
        if (facts.kind !== 'folder') return { path: at, entries: [entryOf(posix.basename(at), facts)] };
        const found = (await sftp.list(at)).filter((one) => one.name !== '.' && one.name !== '..');
        return { path: at, entries: found.sort((one, other) => (one.name < other.name ? -1 : 1)).map((one) => entryOf(one.name, one.facts)) };
      });
    },
    async get({ host: name, path, into, overwrite }, context) {
      return withFiles(await inventory.get(name), context, (remote) => getFiles(remote, path, local(into, name), overwrite, context.emit, context.signal));
    },
    async put({ host: name, from, path, overwrite }, context) {
      return withFiles(await inventory.get(name), context, (remote) => putFiles(remote, local(from, name), path, overwrite, context.emit, context.signal));
    },
  };
}

const entryOf = (name: string, { kind, size, mode, modified, uid, gid }: RemoteFacts): FileEntry => ({
  name,
  kind,
  size,
  mode: mode.toString(8).padStart(4, '0'),
  modified: new Date(modified * 1000).toISOString(),
  uid,
  gid,
});
