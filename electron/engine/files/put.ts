import type { Stats } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { basename, join, posix } from 'node:path';
import type { Copied, CopyEvent } from '../../../shared/contract/files.ts';
import { Failure } from '../../../shared/errors.ts';
import { visible } from '../../../shared/rules/visible.ts';
import type { Sftp } from '../../ssh/sftp.ts';
import { all, type Job, Progress, stageName, streamed } from './copying.ts';
import type { Remote } from './remote.ts';
import { limits, treeOf } from './remote-tree.ts';
import { sendFile } from './sending.ts';
import { sendTar } from './tar-out.ts';

/**
 * Copies a file or folder of this computer into a folder of a server, under its own name, with permissions and times. A new
 * folder arrives as a whole: under another name until then, its small files as one stream; into one that is there, each file
 * does. Links are told and left. As root new files are root's, and one that takes the place of another has its owner and
 * permissions. @throws Failure not-found or denied on field path, exists, unreadable on field from
 */
export async function putFiles(
  remote: Remote,
  from: string,
  path: string,
  overwrite: boolean,
  emit: (event: CopyEvent) => void | Promise<void>,
  signal: AbortSignal,
): Promise<Copied> {
  const began = performance.now();
  const { sftp } = remote;
  const into = await sftp.realPath(path);
  if ((await sftp.stat(into))?.kind !== 'folder') throw new Failure('not-found', `${path} is no folder of the server`, { field: 'path', hint: 'Make it first, or name another.' });
  const facts = await stat(from).catch((error: NodeJS.ErrnoException) => {
    throw new Failure('unreadable', `${from} cannot be read (${error.code})`, { field: 'from' });
  });
  const to = posix.join(into, basename(from));
  const there = await sftp.stat(to);
  if (!overwrite && there !== null) throw new Failure('exists', `${to} is there already`, { field: 'path', hint: 'Replace it: --overwrite' });
  if (there !== null && (there.kind === 'folder') !== facts.isDirectory())
    throw new Failure('conflict', `${to} is a ${there.kind} there`, { field: 'path', hint: 'Remove or rename it first.' });

  const stage = facts.isDirectory() && there === null ? posix.join(into, stageName(from, to)) : to;
  const jobs: Job[] = [];
  const folders: [path: string, mode: number][] = [];
  const left: string[] = [];
  const walk = async (at: string, goal: string, found: Stats, depth: number): Promise<void> => {
    signal.throwIfAborted();
    if (found.isFile()) jobs.push({ from: at, to: goal, size: found.size, mode: found.mode & 0o777, modified: Math.floor(found.mtimeMs / 1000) });
    else if (!found.isDirectory() || depth > limits.depth) left.push(at);
    else {
      folders.push([goal, (found.mode & 0o777) | 0o700]);
      for (const name of (await readdir(at)).sort()) {
        if (name.includes('\ufffd')) left.push(join(at, name));
        else await walk(join(at, name), posix.join(goal, name), await lstat(join(at, name)), depth + 1);
      }
    }
    if (jobs.length > limits.files) throw new Failure('limit', `There are more than ${limits.files.toLocaleString('en')} files in ${from}`, { field: 'from' });
  };
  try {
    await walk(from, stage, facts, 0);
  } catch (error) {
    throw ofThisComputer(error, from);
  }
  for (const one of left.slice(0, 20)) await emit({ type: 'note', text: `Left out, a link or not a plain file: ${visible(one)}` });

  const progress = new Progress(jobs, emit);
  try {
    const missing = stage === to || !(await isOurs(remote, stage)) ? jobs : await withoutFound(remote, stage, jobs, progress, signal);
    await makeFolders(sftp, folders);
    const rest = stage === to ? jobs : await streamedOut(remote, stage, missing, progress, signal);
    await all(rest, signal, async (job, stop) => {
      await sendFile(remote, job, progress, stop);
      progress.files += 1;
    });
    if (stage !== to) await sftp.rename(stage, to);
  } catch (error) {
    throw ofThisComputer(error, from);
  }
  return { to, files: jobs.length, bytes: progress.bytes + progress.resumed, resumed: progress.resumed, left: left.length, ms: Math.round(performance.now() - began) };
}

/** Whether what came of a cut copy is there. @throws Failure conflict where somebody else put something in its place, to see or lead away what comes */
async function isOurs({ sftp, isRoot }: Remote, stage: string): Promise<boolean> {
  const there = await sftp.lstat(stage);
  if (there === null) return false;
  const uid = isRoot ? 0 : (await sftp.stat('.'))?.uid;
  if (there.kind === 'folder' && there.uid === uid) return true;
  throw new Failure('conflict', `${stage} on the server is somebody else's, and in the way`, { hint: 'Copy into a folder that is yours.', field: 'path' });
}

/** Each after the one that it lies in: a server does what it is asked in order, so only the line is waited for. */
async function makeFolders(sftp: Sftp, folders: readonly [path: string, mode: number][]): Promise<void> {
  const there = await Promise.all(folders.map(([path]) => sftp.stat(path)));
  await Promise.all(folders.map(([path, mode], index) => (there[index] === null ? sftp.makeFolder(path, mode) : undefined)));
}

/** Without those that are there whole, from a copy that was cut. */
async function withoutFound(remote: Remote, stage: string, jobs: readonly Job[], progress: Progress, signal: AbortSignal): Promise<Job[]> {
  const found = new Map((await treeOf(remote, stage, signal)).files.map((file) => [posix.join(stage, file.path), file]));
  return jobs.filter((job) => {
    const there = found.get(job.to);
    const isWhole = there?.size === job.size && there.modified === job.modified;
    if (isWhole) progress.found(job);
    return !isWhole;
  });
}

/** Sends the small ones as one stream; those that are left have to be sent one by one. */
async function streamedOut(remote: Remote, stage: string, jobs: readonly Job[], progress: Progress, signal: AbortSignal): Promise<readonly Job[]> {
  const small = streamed(jobs);
  if (small.length === 0) return jobs;
  const takeBack = progress.mark();
  if (!(await sendTar(remote, stage, small, progress, signal))) {
    takeBack();
    return jobs;
  }
  const sent = new Set(small);
  return jobs.filter((job) => !sent.has(job));
}

function ofThisComputer(error: unknown, from: string): unknown {
  const { code, path } = error as NodeJS.ErrnoException;
  if (error instanceof Failure || typeof code !== 'string' || !/^E[A-Z]+$/.test(code)) return error;
  return new Failure('unreadable', `${path ?? from} cannot be read (${code})`, { field: 'from', hint: code === 'ELOOP' ? 'It became a link while it was copied.' : undefined });
}
