import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, rename, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { posix } from 'node:path';
import type { Copied, CopyEvent } from '../../../shared/contract/files.ts';
import { Failure } from '../../../shared/errors.ts';
import { isPlainName } from '../../../shared/rules/remote-path.ts';
import { visible } from '../../../shared/rules/visible.ts';
import type { RemoteFile, Sftp } from '../../ssh/sftp.ts';
import { all, chunk, type Job, partName, Progress, pump, resumedAt, shorter, stageName } from './copying.ts';
import { isOurs, mergedIn, missing, streamedIn } from './merge-in.ts';
import type { Remote } from './remote.ts';
import { type Tree, treeOf } from './remote-tree.ts';

/**
 * Copies what lies at a path of a server into a folder of this computer, under the name it was asked for by. A new folder comes
 * as a whole: under another name until then, its small files as one stream; of one that is there each file does. Links and names that cannot be kept here are told
 * and left; a server's names lead nowhere else. @throws Failure not-found or denied on field path, exists, unreadable on field into
 */
export async function getFiles(
  remote: Remote,
  path: string,
  into: string,
  overwrite: boolean,
  emit: (event: CopyEvent) => void | Promise<void>,
  signal: AbortSignal,
): Promise<Copied> {
  const began = performance.now();
  const { sftp } = remote;
  const from = await sftp.realPath(path);
  const facts = await sftp.stat(from);
  if (facts === null) throw new Failure('not-found', `There is no ${path} on the server`, { field: 'path' });
  const name = nameOf(path, from);
  if (!(await stat(into).catch(() => null))?.isDirectory()) throw new Failure('unreadable', `${into} is no folder`, { field: 'into', hint: 'Make it first, or name another.' });
  const to = join(into, name);
  const isNew = (await lstat(to).catch(() => null)) === null;
  if (!overwrite && !isNew) throw new Failure('exists', `${to} is there already`, { field: 'into', hint: 'Replace it: --overwrite' });

  const isFolder = facts.kind === 'folder';
  const stage = isFolder && isNew ? join(into, stageName(from, name)) : to;
  const tree: Tree = isFolder ? await treeOf(remote, from, signal) : { files: [], folders: [], left: facts.kind === 'file' ? [] : [''] };
  const jobs: Job[] =
    facts.kind === 'file' ? [{ from, to, ...facts }] : tree.files.map((file) => ({ ...file, from: posix.join(from, file.path), to: join(stage, ...file.path.split('/')) }));
  for (const one of tree.left.slice(0, 20)) await emit({ type: 'note', text: `Left out, a link or not a plain file: ${visible(posix.join(from, one))}` });

  const progress = new Progress(jobs, emit);
  try {
    const isCut = stage !== to && (await isOurs(stage));
    if (isFolder) for (const folder of ['', ...tree.folders]) await mkdir(join(stage, ...folder.split('/')), { recursive: true });
    const wanted = isCut ? await missing(jobs, progress, signal) : jobs;
    const rest = isNew
      ? await streamedIn(remote, from, wanted, progress, signal)
      : await mergedIn(remote, from, { to, stage: join(to, stageName(from, name)) }, jobs, progress, signal);
    const readers = readersOf(remote, rest);
    try {
      await all(rest, signal, async (job, stop) => {
        await getFile(readers.all, job, progress, stop);
        progress.files += 1;
      });
    } finally {
      readers.close();
    }
    if (stage !== to) await rename(stage, to);
  } catch (error) {
    throw ofThisComputer(error, into);
  }
  return { to, files: jobs.length, bytes: progress.bytes + progress.resumed, resumed: progress.resumed, left: tree.left.length, ms: Math.round(performance.now() - began) };
}

/**
 * What it is called here: as it was asked for, never as the server likes to call it, which could be .bashrc (CVE-2019-6111 of scp).
 * Only "." and the like leave it to the server, and then hidden names are not taken.
 */
function nameOf(path: string, from: string): string {
  const asked = posix.basename(path);
  const isAsked = isPlainName(asked, process.platform);
  const name = isAsked ? asked : posix.basename(from);
  if (isPlainName(name, process.platform) && (isAsked || !name.startsWith('.'))) return name;
  throw new Failure('invalid', `"${visible(name)}" cannot be the name of a file here`, { field: 'path', hint: 'Name the file or folder itself.' });
}

/** More is read over two channels. */
const muchBytes = 8 * 1024 * 1024;

/**
 * The channels that large files are read over: two of them, since ssh2 lets a server send 1 to 2 MB on each before it waits for a
 * word of ours, which on a line of 100 ms is 10 MB a second. The second joins once there is room for it.
 */
function readersOf({ sftp, beside }: Remote, jobs: readonly Job[]): { all: readonly Sftp[]; close(): void } {
  const all = [sftp];
  let isOver = false;
  if (jobs.some(({ size }) => size > muchBytes)) {
    beside().then(
      (second) => (isOver ? second.close() : void all.push(second)),
      () => {}, // one is enough
    );
  }
  return {
    all,
    close() {
      isOver = true;
      for (const more of all.slice(1)) more.close();
    },
  };
}

async function getFile(readers: readonly Sftp[], job: Job, progress: Progress, signal: AbortSignal): Promise<void> {
  const part = join(dirname(job.to), partName(basename(job.to), job));
  const opened = new Map<Sftp, Promise<RemoteFile>>();
  const remoteAt = (at: number): Promise<RemoteFile> => {
    const reader = readers[Math.floor(at / chunk) % readers.length] as Sftp;
    const file = opened.get(reader) ?? reader.open(job.from, 'read');
    opened.set(reader, file);
    return file;
  };
  // Whether it may be read is known before anything is made here.
  await remoteAt(0);
  try {
    // Nobody else's: its name says what it holds, and a link of that name is not followed.
    const local = await open(part, constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0), 0o600);
    try {
      const from = resumedAt((await local.stat()).size, job.size);
      progress.resumed += from;
      await pump(from, job.size, signal, async (at, length) => {
        await whole(await remoteAt(at), local, at, length, job);
        progress.moved(length);
      });
      await local.truncate(job.size);
      await local.utimes(job.modified, job.modified);
      // What may be run there may be run here, but belongs to whoever copied it.
      await local.chmod(job.mode & 0o777);
    } finally {
      await local.close();
    }
  } finally {
    // Nothing depends on it, so nobody waits for the line once more.
    for (const file of opened.values()) file.then((one) => one.close()).catch(() => {});
  }
  await rename(part, job.to);
}

/** One chunk, in as many answers as the server makes of it. */
async function whole(remote: { read(into: Buffer, at: number): Promise<number> }, local: FileHandle, at: number, length: number, job: Job): Promise<void> {
  const buffer = Buffer.allocUnsafe(length);
  for (let done = 0; done < length; ) {
    const bytes = await remote.read(buffer.subarray(done), at + done);
    if (bytes === 0) throw shorter(job, 'path');
    done += bytes;
  }
  await local.write(buffer, 0, length, at);
}

function ofThisComputer(error: unknown, into: string): unknown {
  const { code, path } = error as NodeJS.ErrnoException;
  if (error instanceof Failure || code === undefined || typeof code !== 'string' || !/^E[A-Z]+$/.test(code)) return error;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new Failure('disk-full', `There is no room for it in ${into}`, { hint: 'Make some and copy again: it goes on where it stopped.', field: 'into' });
  return new Failure('unreadable', `${path ?? into} cannot be written (${code})`, { field: 'into' });
}
