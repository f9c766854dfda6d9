import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, rename, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { posix } from 'node:path';
import type { Copied, CopyEvent } from '../../../shared/contract/files.ts';
import { Failure } from '../../../shared/errors.ts';
import { isPlainName } from '../../../shared/rules/remote-path.ts';
import { visible } from '../../../shared/rules/visible.ts';
import type { RemoteFacts, Sftp } from '../../ssh/sftp.ts';
import { all, type Job, partName, Progress, pump, resumedAt } from './copying.ts';

const limits = { files: 150_000, depth: 200 };

/**
 * Copies what lies at a path of a server into a folder of this computer, under the name it was asked for by. Each file comes under another name
 * first and takes its place when it is whole. Links and names that cannot be kept here are told and left; a server's names lead
 * nowhere else. @throws Failure not-found or denied on field path, exists, unreadable on field into
 */
export async function getFiles(sftp: Sftp, path: string, into: string, overwrite: boolean, emit: (event: CopyEvent) => void | Promise<void>, signal: AbortSignal): Promise<Copied> {
  const began = performance.now();
  const from = await sftp.realPath(path);
  const facts = await sftp.stat(from);
  if (facts === null) throw new Failure('not-found', `There is no ${path} on the server`, { field: 'path' });
  const name = nameOf(path, from);
  if (!(await stat(into).catch(() => null))?.isDirectory()) throw new Failure('unreadable', `${into} is no folder`, { field: 'into', hint: 'Make it first, or name another.' });
  const to = join(into, name);
  if (!overwrite && (await lstat(to).catch(() => null)) !== null) throw new Failure('exists', `${to} is there already`, { field: 'into', hint: 'Replace it: --overwrite' });

  const jobs: Job[] = [];
  const left: string[] = [];
  const folders: string[] = [];
  const walk = async (at: string, here: string, found: RemoteFacts, depth: number): Promise<void> => {
    signal.throwIfAborted();
    if (found.kind === 'file') jobs.push({ from: at, to: here, ...found });
    else if (found.kind !== 'folder' || depth > limits.depth) left.push(at);
    else {
      folders.push(here);
      for (const one of await sftp.list(at)) {
        if (one.name === '.' || one.name === '..') continue;
        if (isPlainName(one.name, process.platform)) await walk(posix.join(at, one.name), join(here, one.name), one.facts, depth + 1);
        else left.push(`${at}/${one.name}`);
      }
    }
    if (jobs.length > limits.files) throw new Failure('limit', `There are more than ${limits.files.toLocaleString('en')} files in ${path}`, { field: 'path' });
  };
  await walk(from, to, facts, 0);
  for (const one of left.slice(0, 20)) await emit({ type: 'note', text: `Left out, a link or not a plain file: ${visible(one)}` });

  const progress = new Progress(jobs, emit);
  try {
    for (const folder of folders) await mkdir(folder, { recursive: true });
    await all(jobs, signal, async (job, stop) => {
      await getFile(sftp, job, progress, stop);
      progress.files += 1;
    });
  } catch (error) {
    throw ofThisComputer(error, into);
  }
  return { to, files: jobs.length, bytes: progress.bytes + progress.resumed, resumed: progress.resumed, left: left.length, ms: Math.round(performance.now() - began) };
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

async function getFile(sftp: Sftp, job: Job, progress: Progress, signal: AbortSignal): Promise<void> {
  const part = join(dirname(job.to), partName(basename(job.to), job));
  const remote = await sftp.open(job.from, 'read');
  try {
    // Nobody else's: its name says what it holds, and a link of that name is not followed.
    const local = await open(part, constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0), 0o600);
    try {
      const from = resumedAt((await local.stat()).size, job.size);
      progress.resumed += from;
      await pump(from, job.size, signal, async (at, length) => {
        await whole(remote, local, at, length, job.from);
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
    remote.close().catch(() => {});
  }
  await rename(part, job.to);
}

/** One chunk, in as many answers as the server makes of it. */
async function whole(remote: { read(into: Buffer, at: number): Promise<number> }, local: FileHandle, at: number, length: number, path: string): Promise<void> {
  const buffer = Buffer.allocUnsafe(length);
  for (let done = 0; done < length; ) {
    const bytes = await remote.read(buffer.subarray(done), at + done);
    if (bytes === 0) throw new Failure('conflict', `${path} became shorter while it was copied`, { hint: 'Copy it again.', field: 'path' });
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
