import type { Host } from '../../shared/contract/hosts.ts';
import { Failure } from '../../shared/errors.ts';
import type { Handlers } from '../dispatch.ts';
import { getFiles } from '../engine/files/get.ts';
import { lookByFind, lookBySftp } from '../engine/files/look.ts';
import { putFiles } from '../engine/files/put.ts';
import { readText } from '../engine/files/read.ts';
import type { Remote } from '../engine/files/remote.ts';
import type { Asker, Kits } from '../hostkit/kits.ts';
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
      const host = await inventory.get(name);
      const found = await lookByFind({ run: (command) => kits.exec(host, context, command) }, path, context.signal);
      return found ?? withFiles(host, context, ({ sftp }) => lookBySftp(sftp, path, name));
    },
    async read({ host: name, path }, context) {
      return withFiles(await inventory.get(name), context, ({ sftp }) => readText(sftp, path, name, context.signal));
    },
    async get({ host: name, path, into, overwrite }, context) {
      return withFiles(await inventory.get(name), context, (remote) => getFiles(remote, path, local(into, name), overwrite, context.emit, context.signal));
    },
    async put({ host: name, from, path, overwrite }, context) {
      return withFiles(await inventory.get(name), context, (remote) => putFiles(remote, local(from, name), path, overwrite, context.emit, context.signal));
    },
  };
}
