import { constants, type Stats } from 'node:fs';
import { lstat, open, readdir, stat } from 'node:fs/promises';
import { basename, join, posix } from 'node:path';
import type { Copied, CopyEvent } from '../../../shared/contract/files.ts';
import { Failure } from '../../../shared/errors.ts';
import { visible } from '../../../shared/rules/visible.ts';
import type { Sftp } from '../../ssh/sftp.ts';
import { all, isSmall, type Job, partName, Progress, pump, resumedAt } from './copying.ts';

const limits = { files: 150_000, depth: 200 };

/**
 * Copies a file or folder of this computer into a folder of a server, under its own name. Each file arrives under another name
 * and takes its place when it is whole, with its permissions and time. Links are told and left.
 * @throws Failure not-found or denied on field path, exists, unreadable on field from
 */
export async function putFiles(sftp: Sftp, from: string, path: string, overwrite: boolean, emit: (event: CopyEvent) => void | Promise<void>, signal: AbortSignal): Promise<Copied> {
  const began = performance.now();
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
    await walk(from, to, facts, 0);
  } catch (error) {
    throw ofThisComputer(error, from);
  }
  for (const one of left.slice(0, 20)) await emit({ type: 'note', text: `Left out, a link or not a plain file: ${visible(one)}` });

  for (const [folder, mode] of folders) if ((await sftp.stat(folder)) === null) await sftp.makeFolder(folder, mode);
  const progress = new Progress(jobs, emit);
  try {
    await all(jobs, signal, async (job, stop) => {
      await putFile(sftp, job, progress, stop);
      progress.files += 1;
    });
  } catch (error) {
    throw ofThisComputer(error, from);
  }
  return { to, files: jobs.length, bytes: progress.bytes + progress.resumed, resumed: progress.resumed, left: left.length, ms: Math.round(performance.now() - began) };
}

async function putFile(sftp: Sftp, job: Job, progress: Progress, signal: AbortSignal): Promise<void> {
  const part = posix.join(posix.dirname(job.to), partName(posix.basename(job.to), job));
  const local = await open(job.from, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    if (isSmall(job)) {
      const { bytesRead, buffer } = await local.read(Buffer.allocUnsafe(job.size), 0, job.size, 0);
      if (bytesRead < job.size) throw shorter(job);
      const remote = await sftp.open(part, 'write');
      // A server does what it is asked in order, so none of these waits for the one before.
      await Promise.all([...(job.size > 0 ? [remote.write(buffer, 0)] : []), remote.set(job.mode, job.modified), remote.close()]);
      progress.moved(job.size);
      return await sftp.rename(part, job.to);
    }
    const there = await sftp.stat(part);
    const remote = await sftp.open(part, 'write');
    try {
      const from = resumedAt(there?.size ?? 0, job.size);
      progress.resumed += from;
      await pump(from, job.size, signal, async (at, length) => {
        const { bytesRead, buffer } = await local.read(Buffer.allocUnsafe(length), 0, length, at);
        if (bytesRead < length) throw shorter(job);
        await remote.write(buffer, at);
        progress.moved(length);
      });
      await remote.set(job.mode, job.modified);
    } finally {
      await remote.close().catch(() => {});
    }
  } finally {
    await local.close();
  }
  await sftp.rename(part, job.to);
}

const shorter = ({ from }: Job): Failure => new Failure('conflict', `${from} became shorter while it was copied`, { hint: 'Copy it again.', field: 'from' });

function ofThisComputer(error: unknown, from: string): unknown {
  const { code, path } = error as NodeJS.ErrnoException;
  if (error instanceof Failure || typeof code !== 'string' || !/^E[A-Z]+$/.test(code)) return error;
  return new Failure('unreadable', `${path ?? from} cannot be read (${code})`, { field: 'from', hint: code === 'ELOOP' ? 'It became a link while it was copied.' : undefined });
}
