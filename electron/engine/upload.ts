import { readFile } from 'node:fs';
import { type FileHandle, open as openFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import { Failure } from '../../shared/errors.ts';
import type { Scan, ScannedFile } from './scan.ts';

/** A file whose content the host lacks, all of it or what follows the first `from` bytes. */
export interface FileToSend extends ScannedFile {
  from: number;
}

/** Files up to this size are read whole, many at once: a stream for each takes three times as long. */
const small = 64 * 1024;
/** So much is read and packed at once. */
const block = 256 * 1024;
/** Of a large file; the kit takes no more in one block. */
const largeBlock = 1024 * 1024;
const together = 64;
const level = 4;
/** What the connection takes in without the line being felt: its speed shows only after so much. */
const felt = 4 * 1024 * 1024;

// The form with a callback takes a quarter of the time of the one of fs/promises, for small files.
const readWhole = promisify(readFile);
const pack = promisify(deflate as (bytes: Buffer, options: { level: number }, done: (error: Error | null, packed: Buffer) => void) => void);

/**
 * Contents of files as the kit stores them: per file 64 hex digits, x or -, 8 bytes of size, 8 bytes of offset, the bytes
 * from there on; in blocks of z (zlib) or r (as they are), 4 bytes of length, the bytes. Packed where that is quicker than
 * the line. A little is read and packed ahead, so that disk, processor and line work at the same time.
 */
export async function* contentStream(scan: Scan, files: readonly FileToSend[], signal: AbortSignal): AsyncGenerator<Buffer> {
  const line = new Line();
  for await (const { head, bytes } of ahead(chunks(scan, files, signal), (chunk) => packed(chunk, line.isFast))) {
    const from = performance.now();
    yield head;
    yield bytes;
    line.took(performance.now() - from, bytes.length);
  }
}

interface Chunk {
  bytes: Buffer;
  /** Of a file that is packed already (a picture, an archive, a model): trying only costs time. */
  dense: boolean;
}

interface Block {
  head: Buffer;
  bytes: Buffer;
}

async function packed({ bytes, dense }: Chunk, isFast: boolean): Promise<Block> {
  if (dense || isFast) return blockOf('r', bytes);
  const smaller = await pack(bytes, { level });
  return smaller.length < 0.95 * bytes.length ? blockOf('z', smaller) : blockOf('r', bytes);
}

function blockOf(kind: 'r' | 'z', bytes: Buffer): Block {
  const head = Buffer.from(`${kind}    `, 'latin1');
  head.writeUInt32BE(bytes.length, 1);
  return { head, bytes };
}

/** Whether the line takes bytes faster than they are packed: learned from how long it took those before. */
class Line {
  #ms = 0;
  #bytes = 0;
  #sent = 0;

  took(ms: number, bytes: number): void {
    this.#sent += bytes;
    if (this.#sent < felt) return;
    // Half of what is long ago: a line may become slower.
    if (this.#bytes > felt) [this.#ms, this.#bytes] = [this.#ms / 2, this.#bytes / 2];
    this.#ms += ms;
    this.#bytes += bytes;
  }

  get isFast(): boolean {
    // 50 MB a second, what one thread packs of text.
    return this.#bytes > 0 && this.#bytes / Math.max(this.#ms, 0.001) > 50_000;
  }
}

/** Does the work for two items ahead of whoever takes the results, in their order. */
async function* ahead<T, U>(source: AsyncIterable<T>, work: (item: T) => Promise<U>): AsyncGenerator<U> {
  const waiting: Promise<U>[] = [];
  for await (const item of source) {
    const done = work(item);
    done.catch(() => {});
    waiting.push(done);
    if (waiting.length > 2) yield await (waiting.shift() as Promise<U>);
  }
  for (const done of waiting) yield await done;
}

async function* chunks(scan: Scan, files: readonly FileToSend[], signal: AbortSignal): AsyncGenerator<Chunk> {
  for (const group of groups(files)) {
    signal.throwIfAborted();
    const [first] = group;
    if (first === undefined || first.size <= small || first.text !== undefined) {
      const contents = await Promise.all(group.map((file) => contentOf(scan, file)));
      yield { bytes: Buffer.concat(group.flatMap((file, index) => [head(file), unchanged(file, contents[index] as Buffer).subarray(file.from)])), dense: false };
    } else yield* large(scan, first, signal);
  }
}

const contentOf = (scan: Scan, { path, text }: ScannedFile): Promise<Buffer> => (text === undefined ? readWhole(join(scan.folder, path)) : Promise.resolve(Buffer.from(text)));

async function* large(scan: Scan, file: FileToSend, signal: AbortSignal): AsyncGenerator<Chunk> {
  yield { bytes: head(file), dense: true };
  const opened = await openFile(join(scan.folder, file.path));
  try {
    let at = file.from;
    let dense: boolean | undefined;
    let next = readAt(opened, at);
    for (;;) {
      const bytes = await next;
      signal.throwIfAborted();
      at += bytes.length;
      if (bytes.length === 0 || at > file.size) break;
      next = readAt(opened, at);
      next.catch(() => {});
      dense ??= !(await shrinks(bytes));
      yield { bytes, dense };
    }
    if (at !== file.size) throw changed(file);
  } finally {
    await opened.close();
  }
}

async function readAt(file: FileHandle, at: number): Promise<Buffer> {
  const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(largeBlock), 0, largeBlock, at);
  return buffer.subarray(0, bytesRead);
}

/** Large files alone, small ones together, in their order. */
function* groups(files: readonly FileToSend[]): Generator<FileToSend[]> {
  let group: FileToSend[] = [];
  let bytes = 0;
  for (const file of files) {
    if (group.length > 0 && (file.size > small || group.length === together || bytes + file.size > block)) {
      yield group;
      [group, bytes] = [[], 0];
    }
    if (file.size > small) yield [file];
    else {
      group.push(file);
      bytes += file.size;
    }
  }
  if (group.length > 0) yield group;
}

function head({ key, size, from }: FileToSend): Buffer {
  const bytes = Buffer.alloc(81);
  bytes.write(`${key.slice(0, 64)}${key.endsWith('x') ? 'x' : '-'}`, 'latin1');
  bytes.writeBigUInt64BE(BigInt(size), 65);
  bytes.writeBigUInt64BE(BigInt(from), 73);
  return bytes;
}

function unchanged(file: ScannedFile, content: Buffer): Buffer {
  if (content.length !== file.size) throw changed(file);
  return content;
}

const changed = ({ path }: ScannedFile) => new Failure('conflict', `${path} changed while it was being sent`, { hint: 'Deploy again when nothing writes to the folder.' });

const shrinks = async (chunk: Buffer) => (await pack(chunk.subarray(0, small), { level: 1 })).length < 0.95 * Math.min(chunk.length, small);

/** One file for each content the host lacks. partial: how many bytes of some are there from an upload that was cut. */
export function filesToSend(scan: Scan, missing: readonly string[], partial: Readonly<Record<string, number>>): FileToSend[] {
  const byKey = new Map(scan.files.map((file) => [file.key, file]));
  return missing.flatMap((key) => {
    const file = byKey.get(key);
    // Small files are read whole, so they are sent whole.
    const there = file !== undefined && file.size > small ? Math.min(partial[key] ?? 0, file.size) : 0;
    return file === undefined ? [] : [{ ...file, from: there }];
  });
}
