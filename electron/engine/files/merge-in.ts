import { lstat, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { Failure } from '../../../shared/errors.ts';
import { each, type Job, type Progress, streamed } from './copying.ts';
import type { Remote } from './remote.ts';
import { takeTar } from './tar-in.ts';

/**
 * Takes the small files of a folder into one of this computer that is there: as one stream into a hidden folder in it, from where
 * each takes its place by a rename. @returns those that have to be asked for one by one
 */
export async function mergedIn(
  remote: Remote,
  from: string,
  { to, stage }: { to: string; stage: string },
  jobs: readonly Job[],
  progress: Progress,
  signal: AbortSignal,
): Promise<readonly Job[]> {
  const small = streamed(jobs);
  if (small.length === 0) return jobs;
  const staged = new Map(small.map((job) => [{ ...job, to: join(stage, relative(to, job.to)) }, job]));
  const wanted = (await isOurs(stage)) ? await missing([...staged.keys()], progress, signal) : [...staged.keys()];
  await mkdir(stage, { recursive: true, mode: 0o700 });
  for (const folder of new Set([...staged.keys()].map((one) => dirname(one.to)))) await mkdir(folder, { recursive: true });
  const unsent = new Set(await streamedIn(remote, from, wanted, progress, signal));
  const placed = new Set<Job>();
  await each(
    [...staged.keys()].filter((one) => !unsent.has(one)),
    64,
    signal,
    async (one) => {
      const job = staged.get(one) as Job;
      const isThere = await rename(one.to, job.to).then(
        () => true,
        () => false, // on another disk, or a folder is in its place: asked for by itself it comes, or says why not
      );
      if (isThere) placed.add(job);
      else progress.lost(job);
    },
  );
  await rm(stage, { recursive: true, force: true });
  return jobs.filter((job) => !placed.has(job));
}

/** Whether what came of a cut copy is there. @throws Failure conflict where it is somebody else's */
export async function isOurs(stage: string): Promise<boolean> {
  const cut = await lstat(stage).catch(() => null);
  if (cut === null) return false;
  if (cut.isDirectory() && (process.getuid === undefined || cut.uid === process.getuid())) return true;
  throw new Failure('conflict', `${stage} is somebody else's, and in the way`, { hint: 'Copy into a folder that is yours.', field: 'into' });
}

/** Without those that are there whole, from a copy that was cut. */
export async function missing(jobs: readonly Job[], progress: Progress, signal: AbortSignal): Promise<Job[]> {
  const rest: Job[] = [];
  await each(jobs, 64, signal, async (job) => {
    const there = await lstat(job.to).catch(() => null);
    if (there?.isFile() === true && there.size === job.size && Math.floor(there.mtimeMs / 1000) === job.modified) progress.found(job);
    else rest.push(job);
  });
  return rest;
}

/** Takes the small ones as one stream; those that are left have to be asked for one by one. */
export async function streamedIn(remote: Remote, from: string, jobs: readonly Job[], progress: Progress, signal: AbortSignal): Promise<Job[]> {
  const small = streamed(jobs);
  if (small.length === 0) return [...jobs];
  const takeBack = progress.mark();
  const done = await takeTar(remote, from, small, progress, signal);
  if (done.size === 0) takeBack();
  return jobs.filter((job) => !done.has(job));
}
