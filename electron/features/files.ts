import type { Host } from '../../shared/contract/hosts.ts';
import { Failure } from '../../shared/errors.ts';
import { visible } from '../../shared/rules/visible.ts';
import type { Handlers } from '../dispatch.ts';
import { type Doomed, doomed, makeFolder, move, remove } from '../engine/files/changing.ts';
import { getFiles } from '../engine/files/get.ts';
import { lookByFind, lookBySftp } from '../engine/files/look.ts';
import { putFiles } from '../engine/files/put.ts';
import { readText } from '../engine/files/read.ts';
import type { Remote } from '../engine/files/remote.ts';
import type { Asker, Kits } from '../hostkit/kits.ts';
import type { Sftp } from '../ssh/sftp.ts';
import type { FolderHandles } from '../store/folders.ts';
import type { Inventory } from '../store/inventory.ts';
import { confirmed } from '../engine/confirmed.ts';

export function filesFeature({ inventory, kits, folders }: { inventory: Inventory; kits: Kits; folders: FolderHandles }): Handlers<'files'> {
  /** Files of a host for one piece of work; a cancel ends the channel, and with it what is waited for. */
  const withFiles = async <T>(host: Host, asker: Asker, work: (remote: Remote) => Promise<T>): Promise<T> => {
    const sftp = await kits.sftp(host, asker);
    const end = (): void => sftp.close();
    asker.signal.addEventListener('abort', end, { once: true });
    try {
      const beside = async (): Promise<Sftp> => {
        const more = await kits.sftp(host, asker);
        asker.signal.addEventListener('abort', () => more.close(), { once: true });
        if (asker.signal.aborted) more.close();
        return more;
      };
      return await work({ sftp, beside, run: (command) => kits.exec(host, asker, command) });
    } catch (error) {
      if (asker.signal.aborted) throw new Failure('cancelled', 'It was cancelled', { hint: 'What was copied is kept: the next copy of the same goes on with it.' });
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
    async mkdir({ host: name, path }, context) {
      return withFiles(await inventory.get(name), context, async ({ sftp }) => ({ made: await makeFolder(sftp, path) }));
    },
    async move({ host: name, from, to }, context) {
      return withFiles(await inventory.get(name), context, ({ sftp }) => move(sftp, from, to));
    },
    async remove({ host: name, path, yes }, context) {
      return withFiles(await inventory.get(name), context, async (remote) => {
        const found = await doomed(remote, path, context.signal);
        const { files, folders } = counted(found);
        if (!yes) {
          const lines = found.tree === null ? [] : [`With all that is in it: ${files.toLocaleString('en-GB')} files in ${(folders + 1).toLocaleString('en-GB')} folders.`];
          await confirmed(context, found.path, { text: `Delete ${visible(found.path)} on ${name}? This cannot be undone.`, lines, verb: 'Delete it' });
        }
        await remove(remote.sftp, found, (done) => void context.emit({ type: 'removed', files: done, ofFiles: files }), context.signal);
        return { removed: found.path, files, folders: found.tree === null ? 0 : folders + 1 };
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

const counted = ({ tree }: Doomed): { files: number; folders: number } =>
  tree === null ? { files: 1, folders: 0 } : { files: tree.files.length + tree.left.length, folders: tree.folders.length };
