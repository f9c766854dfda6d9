import { closeSync, constants, fchmodSync, futimesSync, openSync, writeSync } from 'node:fs';
import { posix } from 'node:path';
import type { Job, Progress } from './copying.ts';
import type { Remote } from './remote.ts';
import { TarReader } from './tar-reader.ts';

/**
 * Takes files out of a folder of the server as one stream, into a folder of ours that nobody else writes to. What the server
 * sends without being asked is dropped. @returns those that came whole: the others are to be asked for one by one
 */
export async function takeTar(remote: Remote, folder: string, jobs: readonly Job[], progress: Progress, signal: AbortSignal): Promise<ReadonlySet<Job>> {
  const done = new Set<Job>();
  const channel = await remote.start('pack', folder);
  if (channel === null) return done;
  const wanted = new Map(jobs.map((job) => [posix.relative(folder, job.from), job]));
  try {
    channel.stdin.end([...wanted.keys()].map((path) => `${path}\0`).join(''));
    const tar = new TarReader();
    for await (const chunk of channel.stdout as AsyncIterable<Buffer>) {
      signal.throwIfAborted();
      for (const { name, bytes } of tar.read(chunk)) {
        const job = wanted.get(name);
        // One that has another size than was said has changed since.
        if (job === undefined || bytes.length !== job.size || done.has(job)) continue;
        write(job, bytes);
        done.add(job);
        progress.files += 1;
        progress.moved(bytes.length);
      }
    }
    const words = String((await text(channel.stderr)) ?? '');
    // It has filled up with zeros what it could not read; which one that was stands somewhere in its language.
    return (await channel.exit).code === 0 || !words.includes('shrank') ? done : new Set();
  } catch (error) {
    signal.throwIfAborted();
    if (isOurs(error)) throw error;
    return done; // cut, or no tar: whoever asks for the rest is told why
  } finally {
    channel.close();
  }
}

/** Without giving way in between: that would take several times as long as the work for a small file. */
function write(job: Job, bytes: Buffer): void {
  const file = openSync(job.to, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | (constants.O_NOFOLLOW ?? 0), 0o600);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    fchmodSync(file, job.mode & 0o777);
    futimesSync(file, job.modified, job.modified);
  } finally {
    closeSync(file);
  }
}

async function text(stream: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

/** Of this computer's disk, not of the stream. */
const isOurs = (error: unknown): boolean => error instanceof Error && 'syscall' in error && 'code' in error;
