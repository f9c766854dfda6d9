import { posix } from 'node:path';
import { Failure } from '../../../shared/errors.ts';
import { remove } from './changing.ts';
import { each, type Job, type Progress, streamed } from './copying.ts';
import type { Remote } from './remote.ts';
import { treeOf } from './remote-tree.ts';
import { isOurs, makeFolders, streamedOut, withoutFound } from './staging.ts';

/** So many at a time: only the line is waited for, and each is a few hundred bytes. */
const together = 2048;

/**
 * Sends the small files of a folder into one that is there: as one stream into a hidden folder in it, from where each takes its
 * place by a rename, so that at any moment it is the old one whole or the new one whole.
 * @param to of the folder, in which all other folders are @returns those that have to be sent one by one
 */
export async function mergedOut(
  remote: Remote,
  { to, stage }: { to: string; stage: string },
  jobs: readonly Job[],
  progress: Progress,
  signal: AbortSignal,
): Promise<readonly Job[]> {
  const small = streamed(await withoutKept(remote, jobs, signal));
  if (small.length === 0) return jobs;
  const staged = new Map(small.map((job) => [{ ...job, to: posix.join(stage, posix.relative(to, job.to)) }, job]));
  const missing = (await isOurs(remote, stage)) ? await withoutFound(remote, stage, [...staged.keys()], progress, signal) : [...staged.keys()];
  try {
    await makeFolders(remote.sftp, foldersOf(stage, staged.keys()));
  } catch (error) {
    // Each is told for itself where it may go.
    if (error instanceof Failure && error.problem === 'denied') return jobs;
    throw error;
  }
  const unsent = new Set(await streamedOut(remote, stage, missing, progress, signal));
  const placed = new Set<Job>();
  await each(
    [...staged.keys()].filter((one) => !unsent.has(one)),
    together,
    signal,
    async (one) => {
      const job = staged.get(one) as Job;
      if (await isRenamed(remote, one.to, job.to)) placed.add(job);
      else progress.lost(job);
    },
  );
  await remove(remote, { path: stage, tree: await treeOf(remote, stage, signal) }, () => {}, signal);
  return jobs.filter((job) => !placed.has(job));
}

/** As root, without those that are to take the place of another, whose owner and permissions they get. */
async function withoutKept({ sftp, isRoot }: Remote, jobs: readonly Job[], signal: AbortSignal): Promise<readonly Job[]> {
  if (!isRoot) return jobs;
  const fresh: Job[] = [];
  await each(jobs, together, signal, async (job) => {
    if ((await sftp.lstat(job.to)) === null) fresh.push(job);
  });
  return fresh;
}

/** The folders that these lie in, each after the one that it lies in. */
function foldersOf(stage: string, jobs: Iterable<Job>): [path: string, mode: number][] {
  const folders = new Set([stage]);
  const add = (folder: string): void => {
    if (folders.has(folder)) return;
    add(posix.dirname(folder));
    folders.add(folder);
  };
  for (const { to } of jobs) add(posix.dirname(to));
  return [...folders].map((folder) => [folder, 0o700]);
}

/** False where its place is on another disk, or is a folder: sent by itself it comes there, or says why not. */
async function isRenamed({ sftp }: Remote, from: string, to: string): Promise<boolean> {
  try {
    await sftp.rename(from, to);
    return true;
  } catch (error) {
    if (error instanceof Failure && error.problem === 'unsupported') return false;
    throw error;
  }
}
