import type { Stats } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { basename, join, posix } from 'node:path';
import type { Copied, CopyEvent } from '../../../shared/contract/files.ts';
import { Failure } from '../../../shared/errors.ts';
import { visible } from '../../../shared/rules/visible.ts';
import { all, type Job, Progress, stageName } from './copying.ts';
import { mergedOut } from './merge-out.ts';
import type { Remote } from './remote.ts';
import { limits } from './remote-tree.ts';
import { sendFile } from './sending.ts';
import { isOurs, makeFolders, streamedOut, withoutFound } from './staging.ts';

/**
 * Copies a file or folder of this computer into a folder of a server, under its own name, with permissions and times. A new
 * folder arrives as a whole: under another name until then, its small files as one stream; into one that is there, each file
 * takes its place as a whole. Links are told and left. As root new files are root's, and one that takes the place of another has its owner and
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

  const isNew = facts.isDirectory() && there === null;
  const stage = isNew ? posix.join(into, stageName(from, to)) : to;
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
    const missing = isNew && (await isOurs(remote, stage)) ? await withoutFound(remote, stage, jobs, progress, signal) : jobs;
    await makeFolders(sftp, folders);
    const rest = isNew
      ? await streamedOut(remote, stage, missing, progress, signal)
      : await mergedOut(remote, { to, stage: posix.join(to, stageName(from, to)) }, jobs, progress, signal);
    await all(rest, signal, async (job, stop) => {
      await sendFile(remote, job, progress, stop);
      progress.files += 1;
    });
    if (isNew) await sftp.rename(stage, to);
  } catch (error) {
    throw ofThisComputer(error, from);
  }
  return { to, files: jobs.length, bytes: progress.bytes + progress.resumed, resumed: progress.resumed, left: left.length, ms: Math.round(performance.now() - began) };
}

function ofThisComputer(error: unknown, from: string): unknown {
  const { code, path } = error as NodeJS.ErrnoException;
  if (error instanceof Failure || typeof code !== 'string' || !/^E[A-Z]+$/.test(code)) return error;
  return new Failure('unreadable', `${path ?? from} cannot be read (${code})`, { field: 'from', hint: code === 'ELOOP' ? 'It became a link while it was copied.' : undefined });
}
