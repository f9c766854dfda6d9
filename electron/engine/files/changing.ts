import { posix } from 'node:path';
import { text } from 'node:stream/consumers';
import { Failure } from '../../../shared/errors.ts';
import { visible } from '../../../shared/rules/visible.ts';
import type { Sftp } from '../../ssh/sftp.ts';
import type { Remote } from './remote.ts';
import { type Tree, treeOf } from './remote-tree.ts';

/** So many at a time: only the line is waited for. */
const together = 256;

/** Makes a folder. @throws Failure exists, not-found (the folder around it), denied; all on field path */
export async function makeFolder(sftp: Sftp, path: string): Promise<string> {
  const whole = posix.join(await sftp.realPath(posix.dirname(path)), posix.basename(path));
  if ((await sftp.lstat(whole)) !== null) throw new Failure('exists', `${whole} is there already`, { field: 'path' });
  await sftp.makeFolder(whole, 0o755);
  return whole;
}

/** Renames or moves, and replaces nothing. @throws Failure exists on field to; not-found or denied on field from */
export async function move(sftp: Sftp, from: string, to: string): Promise<{ from: string; to: string }> {
  const places = { from: await ownPath(sftp, from), to: await ownPath(sftp, to) };
  if ((await sftp.lstat(places.from)) === null) throw new Failure('not-found', `There is no ${places.from} on the server`, { field: 'from' });
  if ((await sftp.lstat(places.to)) !== null) throw new Failure('exists', `${places.to} is there already`, { field: 'to', hint: 'Take another name, or delete that first.' });
  await sftp.move(places.from, places.to);
  return places;
}

/** What goes with a path: itself, and all that lies in it. A link is not followed. */
export interface Doomed {
  path: string;
  /** null where it is no folder. */
  tree: Tree | null;
}

/**
 * Looks at what is to be deleted. @throws Failure not-found or denied on field path; invalid for the root and what lies right
 * below it, without which the server is none
 */
export async function doomed(remote: Remote, path: string, signal: AbortSignal): Promise<Doomed> {
  const whole = await ownPath(remote.sftp, path);
  const facts = await remote.sftp.lstat(whole);
  if (facts === null) throw new Failure('not-found', `There is no ${whole} on the server`, { field: 'path' });
  if (facts.kind !== 'folder') return { path: whole, tree: null };
  if (posix.dirname(whole) === '/') throw new Failure('invalid', `${whole} is a folder of the system, which is not deleted from here`, { field: 'path' });
  const tree = await treeOf(remote, whole, signal);
  const unsaid = [...tree.left, ...tree.folders, ...tree.files.map((file) => file.path)].find((name) => name.includes('\ufffd'));
  if (unsaid !== undefined)
    throw new Failure('unsupported', `${posix.join(whole, unsaid)} has a name that is no UTF-8`, { hint: 'Delete it in a terminal: nothing was deleted.', field: 'path' });
  return { path: whole, tree };
}

/** Deletes what was looked at. What came since is left, with a failure that says so. */
export async function remove(remote: Remote, { path, tree }: Doomed, told: (files: number) => void, signal: AbortSignal): Promise<void> {
  const { sftp } = remote;
  if (tree === null) return sftp.unlink(path);
  if (remote.isRoot) {
    await empty(remote, path, signal);
    return sftp.removeFolder(path);
  }
  const files = [...tree.files.map((file) => file.path), ...tree.left];
  for (let at = 0; at < files.length; at += together) {
    signal.throwIfAborted();
    await Promise.all(files.slice(at, at + together).map((file) => sftp.unlink(posix.join(path, file))));
    told(Math.min(at + together, files.length));
  }
  // The innermost first: a server does what it is asked in order.
  const folders = ['', ...tree.folders].reverse();
  for (let at = 0; at < folders.length; at += together) {
    signal.throwIfAborted();
    await Promise.all(folders.slice(at, at + together).map((folder) => sftp.removeFolder(posix.join(path, folder))));
  }
}

/** As root by one command on the server: a link that somebody puts in the way of a path must not have root delete what it leads to. */
async function empty(remote: Remote, path: string, signal: AbortSignal): Promise<void> {
  const channel = await remote.start('empty', path);
  if (channel === null) throw new Failure('conflict', `${path} has changed since it was looked at`, { hint: 'Look again.', field: 'path' });
  const words = text(channel.stderr);
  channel.stdout.resume();
  const { code } = await channel.exit;
  signal.throwIfAborted();
  if (code !== 0)
    throw new Failure('unsupported', `Not everything in ${path} could be deleted: ${visible((await words).trim().split('\n').at(-1) ?? '').slice(0, 200)}`, { field: 'path' });
}

/** A path whose folder is followed and whose last part is taken as it is, so that a link is meant itself. */
async function ownPath(sftp: Sftp, path: string): Promise<string> {
  const name = posix.basename(path);
  if (name === '' || name === '.' || name === '..') return sftp.realPath(path);
  return posix.join(await sftp.realPath(posix.dirname(path)), name);
}
