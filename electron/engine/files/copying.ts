import { createHash } from 'node:crypto';
import type { CopyEvent } from '../../../shared/contract/files.ts';
import { Failure } from '../../../shared/errors.ts';

/** One file to be copied: where from, where to, and what is known of it. */
export interface Job {
  from: string;
  to: string;
  size: number;
  mode: number;
  /** Seconds since 1970. */
  modified: number;
}

/** OpenSSH takes up to 256 KB in one packet; in flight is what a line of 100 ms needs for 300 Mbit/s. */
export const chunk = 128 * 1024;
const depth = 32;

/**
 * Moves the bytes from `from` to `size` in chunks, several at a time, so that they cross a long line one behind the other; the
 * oldest is waited for first, so what is done is whole but for the last `ahead` bytes.
 */
export async function pump(from: number, size: number, signal: AbortSignal, move: (at: number, length: number) => Promise<void>): Promise<void> {
  const open: Promise<void>[] = [];
  try {
    for (let at = from; at < size; at += chunk) {
      signal.throwIfAborted();
      const done = move(at, Math.min(chunk, size - at));
      done.catch(() => {});
      open.push(done);
      if (open.length >= depth) await open.shift();
    }
    for (const done of open) await done;
  } catch (error) {
    await Promise.allSettled(open);
    throw error;
  }
}

/** From where a copy of which so many bytes are there goes on: the last that were in flight may have holes. */
export const resumedAt = (there: number, size: number): number => (there > size ? 0 : Math.max(0, Math.floor(there / chunk) - depth) * chunk);

/** Beside its goal, under a name that only the same content has: by its size and time. Hidden, and as short for any name. */
export function partName(name: string, { size, modified }: Job): string {
  return `.forgeboard-${createHash('sha256').update(`${name}\0${size}\0${modified}`).digest('hex').slice(0, 32)}.part`;
}

type Work = (job: Job, signal: AbortSignal) => Promise<void>;

/** Whether it crosses the line in one chunk, with everything else that it needs behind it. */
export const isSmall = ({ size }: Job): boolean => size <= chunk;

/** Of fewer small files the stream is not worth its start. */
const worthStream = 16;
/** What a tar holds a time in, as tar-stream writes it. */
const mostSeconds = 2 ** 31 - 1;

/** Those that go together as one stream: over SFTP each would cost five questions. */
export function streamed(jobs: readonly Job[]): Job[] {
  const small = jobs.filter((job) => isSmall(job) && job.modified >= 0 && job.modified <= mostSeconds);
  return small.length < worthStream ? [] : small;
}

/** The hidden folder, beside its goal, that a new folder is copied into until it is whole: named after where it comes from. */
export const stageName = (from: string, to: string): string => partName(`${from}\0${to}`, { from, to, size: 0, mode: 0, modified: 0 });

/** Does all jobs: small ones many at a time, since each waits for the line a few times; of large ones one alone fills it. */
export async function all(jobs: readonly Job[], signal: AbortSignal, work: Work): Promise<void> {
  await each(jobs.filter(isSmall), 256, signal, work);
  await each(
    jobs.filter((job) => !isSmall(job)),
    2,
    signal,
    work,
  );
}

/** Does the jobs, so many at a time; the first failure ends the others before it is thrown. */
export async function each(jobs: readonly Job[], together: number, signal: AbortSignal, work: Work): Promise<void> {
  const queue = jobs.values();
  const stop = new AbortController();
  const end = (): void => stop.abort();
  signal.addEventListener('abort', end, { once: true });
  let first: { error: unknown } | undefined;
  const worker = async (): Promise<void> => {
    try {
      for (const job of queue) {
        stop.signal.throwIfAborted();
        await work(job, stop.signal);
      }
    } catch (error) {
      first ??= { error };
      stop.abort();
    }
  };
  try {
    signal.throwIfAborted();
    await Promise.all(Array.from({ length: Math.min(together, jobs.length) }, worker));
  } finally {
    signal.removeEventListener('abort', end);
  }
  signal.throwIfAborted();
  if (first !== undefined) throw first.error;
}

export const shorter = (job: Job, field: 'from' | 'path'): Failure => new Failure('conflict', `${job.from} became shorter while it was copied`, { hint: 'Copy it again.', field });

const tellEvery = 1000; // ms

/** Counts what is copied, and tells it at most once a second. */
export class Progress {
  files = 0;
  bytes = 0;
  resumed = 0;
  #told = Date.now();
  readonly #ofBytes: number;

  constructor(
    private readonly jobs: readonly Job[],
    private readonly emit: (event: CopyEvent) => void | Promise<void>,
  ) {
    this.#ofBytes = jobs.reduce((sum, { size }) => sum + size, 0);
  }

  /** One that was there, from a copy that was cut. */
  found({ size }: Job): void {
    this.files += 1;
    this.resumed += size;
  }

  /** One that was counted and has to be copied again. */
  lost({ size }: Job): void {
    this.files -= 1;
    this.bytes -= size;
  }

  /** Where it is now; calling it takes back what was counted since. */
  mark(): () => void {
    const { files, bytes } = this;
    return () => {
      this.files = files;
      this.bytes = bytes;
    };
  }

  moved(bytes: number): void {
    this.bytes += bytes;
    if (Date.now() - this.#told < tellEvery) return;
    this.#told = Date.now();
    void this.emit({ type: 'copied', files: this.files, ofFiles: this.jobs.length, bytes: this.bytes, ofBytes: this.#ofBytes });
  }
}
