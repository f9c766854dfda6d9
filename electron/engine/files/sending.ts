import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { posix } from 'node:path';
import { Failure } from '../../../shared/errors.ts';
import type { RemoteFacts, RemoteFile } from '../../ssh/sftp.ts';
import { isSmall, type Job, partName, type Progress, pump, resumedAt, shorter } from './copying.ts';
import type { Remote } from './remote.ts';

/** Sends one file. It arrives under another name, and takes its place when it is whole. */
export async function sendFile(remote: Remote, job: Job, progress: Progress, signal: AbortSignal): Promise<void> {
  const part = posix.join(posix.dirname(job.to), partName(posix.basename(job.to), job));
  const local = await open(job.from, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    await (isSmall(job) ? sendSmall : sendLarge)(remote, part, local, job, progress, signal);
  } finally {
    await local.close();
  }
  await remote.sftp.rename(part, job.to);
}

async function sendSmall(remote: Remote, part: string, local: FileHandle, job: Job, progress: Progress): Promise<void> {
  const { bytesRead, buffer } = await local.read(Buffer.allocUnsafe(job.size), 0, job.size, 0);
  if (bytesRead < job.size) throw shorter(job, 'from');
  const [{ file }, kept] = await Promise.all([openPart(remote, part), keptOf(remote, job.to)]);
  // A server does what it is asked in order, so none of these waits for the one before.
  await Promise.all([...(job.size > 0 ? [file.write(buffer, 0)] : []), setAs(file, job, kept), file.close()]);
  progress.moved(job.size);
}

async function sendLarge(remote: Remote, part: string, local: FileHandle, job: Job, progress: Progress, signal: AbortSignal): Promise<void> {
  const there = await remote.sftp.lstat(part);
  const { file, isNew } = await openPart(remote, part);
  try {
    const from = isNew ? 0 : resumedAt(there?.size ?? 0, job.size);
    progress.resumed += from;
    await pump(from, job.size, signal, async (at, length) => {
      const { bytesRead, buffer } = await local.read(Buffer.allocUnsafe(length), 0, length, at);
      if (bytesRead < length) throw shorter(job, 'from');
      await file.write(buffer, at);
      progress.moved(length);
    });
    await setAs(file, job, await keptOf(remote, job.to));
  } finally {
    await file.close().catch(() => {});
  }
}

/**
 * Opens what a file arrives under. Root goes on with nothing that somebody else may have put there, such as a link that leads
 * what is written to a file of the system.
 */
async function openPart({ sftp, isRoot }: Remote, part: string): Promise<{ file: RemoteFile; isNew: boolean }> {
  if (!isRoot) return { file: await sftp.open(part, 'write'), isNew: false };
  const first = await sftp.open(part, 'create').catch((error: unknown) => {
    if (error instanceof Failure && error.problem === 'unsupported') return null;
    throw error;
  });
  if (first !== null) return { file: first, isNew: true };
  const [there, folder] = [await sftp.lstat(part), await sftp.stat(posix.dirname(part))];
  const isRoots = there?.kind === 'file' && there.uid === 0 && folder?.uid === 0 && (folder.mode & 0o022) === 0;
  if (isRoots) return { file: await sftp.open(part, 'write'), isNew: false };
  if (there !== null) await sftp.unlink(part);
  return { file: await sftp.open(part, 'create'), isNew: true };
}

/** As root, the file whose place is taken. Otherwise everything is the account's own. */
async function keptOf({ sftp, isRoot }: Remote, to: string): Promise<RemoteFacts | null> {
  const there = isRoot ? await sftp.lstat(to) : null;
  return there?.kind === 'file' ? there : null;
}

/** What it is replaced by has no more rights than these: a set-id bit was meant for another program. */
const setAs = (file: RemoteFile, job: Job, kept: RemoteFacts | null): Promise<void> =>
  kept === null ? file.set(job.mode, job.modified) : file.set(kept.mode & 0o777, job.modified, { uid: kept.uid, gid: kept.gid });
