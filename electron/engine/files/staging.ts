import { posix } from 'node:path';
import { Failure } from '../../../shared/errors.ts';
import type { Sftp } from '../../ssh/sftp.ts';
import { type Job, type Progress, streamed } from './copying.ts';
import type { Remote } from './remote.ts';
import { treeOf } from './remote-tree.ts';
import { sendTar } from './tar-out.ts';

/** Whether what came of a cut copy is there. @throws Failure conflict where somebody else put something in its place, to see or lead away what comes */
export async function isOurs({ sftp, isRoot }: Remote, stage: string): Promise<boolean> {
  const there = await sftp.lstat(stage);
  if (there === null) return false;
  const uid = isRoot ? 0 : (await sftp.stat('.'))?.uid;
  if (there.kind === 'folder' && there.uid === uid) return true;
  throw new Failure('conflict', `${stage} on the server is somebody else's, and in the way`, { hint: 'Copy into a folder that is yours.', field: 'path' });
}

/** Makes those that are not there, each after the one that it lies in: a server does what it is asked in order, so only the line is waited for. @throws Failure conflict */
export async function makeFolders(sftp: Sftp, folders: readonly [path: string, mode: number][]): Promise<void> {
  const there = await Promise.all(folders.map(([path]) => sftp.stat(path)));
  const wrong = folders.find((_folder, index) => there[index] !== null && there[index]?.kind !== 'folder');
  if (wrong !== undefined) throw new Failure('conflict', `${wrong[0]} is no folder there`, { field: 'path', hint: 'Remove or rename it first.' });
  await Promise.all(folders.map(([path, mode], index) => (there[index] === null ? sftp.makeFolder(path, mode) : undefined)));
}

/** Without those that are there whole, from a copy that was cut. */
export async function withoutFound(remote: Remote, stage: string, jobs: readonly Job[], progress: Progress, signal: AbortSignal): Promise<Job[]> {
  const found = new Map((await treeOf(remote, stage, signal)).files.map((file) => [posix.join(stage, file.path), file]));
  return jobs.filter((job) => {
    const there = found.get(job.to);
    const isWhole = there?.size === job.size && there.modified === job.modified;
    if (isWhole) progress.found(job);
    return !isWhole;
  });
}

/** Sends the small ones as one stream; those that are left have to be sent one by one. */
export async function streamedOut(remote: Remote, stage: string, jobs: readonly Job[], progress: Progress, signal: AbortSignal): Promise<readonly Job[]> {
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
