import type { Host } from '../../shared/contract/hosts.ts';
import { Failure } from '../../shared/errors.ts';
import { visible } from '../../shared/rules/visible.ts';
import type { Handlers } from '../dispatch.ts';
import { confirmed } from '../engine/confirmed.ts';
import { type Doomed, doomed, makeFolder, move, remove } from '../engine/files/changing.ts';
import { getFiles } from '../engine/files/get.ts';
import { lookByFind, lookBySftp } from '../engine/files/look.ts';
import { putFiles } from '../engine/files/put.ts';
import { readText } from '../engine/files/read.ts';
import { asRoot, byShell, type Remote, type Start } from '../engine/files/remote.ts';
import { withSftp } from '../engine/with-sftp.ts';
import type { Asker, Kits } from '../hostkit/kits.ts';
import type { Sftp } from '../ssh/sftp.ts';
import type { FolderHandles } from '../store/folders.ts';
import type { Inventory } from '../store/inventory.ts';

export function filesFeature({ inventory, kits, folders }: { inventory: Inventory; kits: Kits; folders: FolderHandles }): Handlers<'files'> {
  const startOf = (host: Host, asker: Asker, sudo: boolean): Start =>
    sudo ? asRoot((what, folder) => kits.program(host, asker, what, folder)) : byShell((command) => kits.exec(host, asker, command));

  const withFiles = async <T>({ host: name, sudo }: { host: string; sudo: boolean }, asker: Asker, work: (remote: Remote) => Promise<T>): Promise<T> => {
    const host = await inventory.get(name);
    const open = () => kits.sftp(host, asker, sudo ? 'root' : undefined);
    const beside = async (): Promise<Sftp> => {
      const more = await open();
      asker.signal.addEventListener('abort', () => more.close(), { once: true });
      if (asker.signal.aborted) more.close();
      return more;
    };
    return withSftp(open, asker.signal, async (sftp) => {
      try {
        return await work({ sftp, beside, start: startOf(host, asker, sudo), isRoot: sudo });
      } catch (error) {
        if (asker.signal.aborted) throw new Failure('cancelled', 'It was cancelled', { hint: 'What was copied is kept: the next copy of the same goes on with it.' });
        throw error;
      }
    });
  };
  const local = (handle: string, host: string): string => folders.path(handle, { host, app: undefined });
  return {
    async list(input, context) {
      const { host, path, sudo } = input;
      const found = await lookByFind({ start: startOf(await inventory.get(host), context, sudo) }, path, context.signal);
      return found ?? withFiles(input, context, ({ sftp }) => lookBySftp(sftp, path, host, context.signal));
    },
    read: (input, context) => withFiles(input, context, ({ sftp }) => readText(sftp, input.path, input.host, context.signal)),
    mkdir: (input, context) => withFiles(input, context, async ({ sftp }) => ({ made: await makeFolder(sftp, input.path) })),
    move: (input, context) => withFiles(input, context, ({ sftp }) => move(sftp, input.from, input.to)),
    remove: (input, context) =>
      withFiles(input, context, async (remote) => {
        const found = await doomed(remote, input.path, context.signal);
        const { files, folders } = counted(found);
        if (!input.yes) {
          const lines = found.tree === null ? [] : [`With all that is in it: ${files.toLocaleString('en-GB')} files in ${(folders + 1).toLocaleString('en-GB')} folders.`];
          const who = input.sudo ? ' as root' : '';
          await confirmed(context, found.path, { text: `Delete ${visible(found.path)} on ${input.host}${who}? This cannot be undone.`, lines, verb: 'Delete it' });
        }
        await remove(remote, found, (done) => void context.emit({ type: 'removed', files: done, ofFiles: files }), context.signal);
        return { removed: found.path, files, folders: found.tree === null ? 0 : folders + 1 };
      }),
    get: (input, context) => withFiles(input, context, (remote) => getFiles(remote, input.path, local(input.into, input.host), input.overwrite, context.emit, context.signal)),
    put: (input, context) => withFiles(input, context, (remote) => putFiles(remote, local(input.from, input.host), input.path, input.overwrite, context.emit, context.signal)),
  };
}

const counted = ({ tree }: Doomed): { files: number; folders: number } =>
  tree === null ? { files: 1, folders: 0 } : { files: tree.files.length + tree.left.length, folders: tree.folders.length };
