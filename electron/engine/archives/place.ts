import { createWriteStream } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Failure } from '../../../shared/errors.ts';
import { shown } from '../../../shared/rules/names.ts';
import { sizeText } from '../../../shared/rules/size.ts';
import { crc32 } from './crc.ts';

/** What an archive may be unpacked to at most; ratio counts from `free` bytes on. */
export interface Caps {
  entries: number;
  bytes: number;
  ratio: number;
  free: number;
}
export const usualCaps: Caps = { entries: 200_000, bytes: 5e9, ratio: 200, free: 100e6 };

export interface Unpacked {
  files: number;
  bytes: number;
  /** Entries that no folder of an app has: links that lead elsewhere, devices. */
  leftOut: { path: string; why: 'link out of the folder' | 'not a regular file' }[];
}

/** A file of an archive, on its way. */
export interface Packed {
  name: string;
  executable: boolean;
  size: number;
  /** Of its content; null where the archive does not say it. */
  crc: number | null;
  content(): Promise<Readable>;
}

/** So much is held of a file and written in one go; and so many are written at once. */
const small = 1024 * 1024;
const atOnce = 12;

/**
 * Where an archive is unpacked: an empty folder of our own. Regular files and folders only are made in it, each anew and none
 * through a link, since it never holds one. @throws Failure invalid or limit, before anything is made outside of it
 */
export class Place {
  readonly done: Unpacked = { files: 0, bytes: 0, leftOut: [] };
  private entries = 0;
  private declared = 0;
  private readonly folders = new Set(['.']);
  /** What is named as a file, and as a folder around one: told apart here, whatever is written first. */
  private readonly named = { files: new Set<string>(), folders: new Set<string>() };
  private readonly made = new Set<string>();
  private readonly links: { path: string; target: string }[] = [];
  private readonly running = new Set<Promise<void>>();
  private failed: { error: unknown } | null = null;

  constructor(
    private readonly top: string,
    private readonly packedBytes: number,
    private readonly caps: Caps,
    private readonly signal: AbortSignal,
  ) {}

  /** Takes a file; returns once the next may come. `isFlowing`: its content comes now or never, as in a tar. */
  async file(one: Packed, isFlowing = false): Promise<void> {
    const path = this.count(one.name);
    if (path === null) return;
    this.expect(one.size);
    this.claim(path);
    if (one.size > small) return isFlowing ? this.large(path, one) : this.beside(this.large(path, one));
    const bytes = isFlowing ? await this.whole(path, one) : null;
    return this.beside(this.small(path, one, bytes));
  }

  /** Goes on beside others, so many at once. */
  private async beside(work: Promise<void>): Promise<void> {
    const settled = work
      .catch((error: unknown) => {
        this.failed ??= { error };
      })
      .finally(() => this.running.delete(settled));
    this.running.add(settled);
    if (this.running.size >= atOnce) await Promise.race(this.running);
    if (this.failed !== null) throw this.failed.error;
  }

  folder(name: string): void {
    this.count(name);
  }

  /** target: as it stands in the archive; of a hard link a path of the archive, of another relative to the link. */
  link(name: string, target: string, isHard: boolean): void {
    const path = this.count(name);
    if (path === null) return;
    const leads = isHard ? clean(target) : posix.normalize(posix.join(posix.dirname(path), target));
    this.links.push({ path, target: target.startsWith('/') || leads === null ? '' : leads });
  }

  other(name: string): void {
    const path = this.count(name);
    if (path !== null) this.done.leftOut.push({ path, why: 'not a regular file' });
  }

  /** Waits for what is still written. A link to a file that was unpacked becomes that file's content; any other stays away. */
  async finish(): Promise<Unpacked> {
    await Promise.all(this.running);
    if (this.failed !== null) throw this.failed.error;
    for (const { path, target } of this.links) {
      const size = this.made.has(target) && !this.made.has(path) ? await this.copy(target, path) : null;
      if (size === null) this.done.leftOut.push({ path, why: 'link out of the folder' });
    }
    return this.done;
  }

  /** Waits for what is still written, however that ends. */
  async settle(): Promise<void> {
    await Promise.all(this.running);
  }

  /** The path of an entry; null for what no folder needs. */
  private count(name: string): string | null {
    this.signal.throwIfAborted();
    if (this.failed !== null) throw this.failed.error;
    this.entries += 1;
    if (this.entries > this.caps.entries) {
      throw new Failure('limit', `The archive holds more than ${this.caps.entries.toLocaleString('en')} entries`, { field: 'folder', hint: 'Leave out what need not go.' });
    }
    const path = clean(name);
    if (path === null) throw new Failure('invalid', `The archive names a place outside of itself: "${shown(name)}". Nothing of it was kept`, { field: 'folder' });
    // What a Mac adds to archives.
    return path === '.' || /^__MACOSX(\/|$)/.test(path) ? null : path;
  }

  private claim(path: string): void {
    const { files, folders } = this.named;
    if (folders.has(path)) throw this.both(path);
    if (files.has(path)) throw this.twice(path);
    files.add(path);
    for (let at = dirname(path); at !== '.' && !folders.has(at); at = dirname(at)) {
      if (files.has(at)) throw this.both(at);
      folders.add(at);
    }
  }

  /** Refuses what would grow too large before it does. */
  private expect(size: number): void {
    this.declared += size;
    const { bytes, ratio, free } = this.caps;
    if (this.declared > bytes) throw new Failure('limit', `The archive unpacks to more than ${sizeText(bytes)}; no more can travel`, { field: 'folder' });
    if (this.declared > free && this.declared > ratio * this.packedBytes) {
      throw new Failure('limit', `The archive unpacks to more than ${ratio} times its size: that is a bomb, not an app`, { field: 'folder', hint: 'Nothing of it was kept.' });
    }
  }

  /** The content of a file in parts, which are exactly what was declared, or an error. */
  private async *parts(path: string, { size, crc, content }: Packed): AsyncGenerator<Buffer> {
    const wrong = () => new Failure('unreadable', `${shown(path)} in the archive is damaged`, { field: 'folder', hint: 'Make the archive again.' });
    const sum = crc32();
    let left = size;
    for await (const part of (await content()) as AsyncIterable<Buffer>) {
      left -= part.length;
      if (left < 0) throw wrong();
      sum.add(part);
      yield part;
    }
    if (left !== 0 || (crc !== null && !sum.is(crc))) throw wrong();
  }

  private async whole(path: string, one: Packed): Promise<Buffer> {
    const parts: Buffer[] = [];
    for await (const part of this.parts(path, one)) parts.push(part);
    return Buffer.concat(parts);
  }

  private async large(path: string, one: Packed): Promise<void> {
    await this.make(path, one, (target, options) =>
      pipeline(this.parts(path, one), createWriteStream(target, { flags: options.flag, mode: options.mode }), { signal: this.signal }),
    );
  }

  private async small(path: string, one: Packed, bytes: Buffer | null): Promise<void> {
    await this.make(path, one, async (target, options) => writeFile(target, bytes ?? (await this.whole(path, one)), options));
  }

  private async make(path: string, { size, executable }: Packed, write: (target: string, options: { flag: 'wx'; mode: number }) => Promise<void>): Promise<void> {
    await this.parents(path);
    try {
      await write(join(this.top, path), { flag: 'wx', mode: executable ? 0o755 : 0o644 });
    } catch (error) {
      throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? this.twice(path) : error;
    }
    this.made.add(path);
    this.done.files += 1;
    this.done.bytes += size;
  }

  private async copy(from: string, path: string): Promise<true | null> {
    await this.parents(path);
    // 1: never over another.
    await copyFile(join(this.top, from), join(this.top, path), 1).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'EEXIST' ? this.twice(path) : error;
    });
    this.done.files += 1;
    return true;
  }

  private twice = (path: string) =>
    new Failure('invalid', `Two entries of the archive are one file on this computer: "${shown(path)}", by the same name or by one that differs in case`, { field: 'folder' });

  private both = (path: string) => new Failure('invalid', `"${shown(path)}" is both a file and a folder in the archive`, { field: 'folder' });

  private async parents(path: string): Promise<void> {
    const folder = dirname(path);
    if (this.folders.has(folder)) return;
    try {
      await mkdir(join(this.top, folder), { recursive: true, mode: 0o755 });
    } catch (error) {
      if (!['EEXIST', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      throw this.both(folder);
    }
    this.folders.add(folder);
  }
}

/** A name of an archive as a path below its top; null where it leads out, or says something else on another system. */
function clean(name: string): string | null {
  if (name.includes('\0') || name.startsWith('/') || /^[A-Za-z]:/.test(name) || (process.platform === 'win32' && /[\\:]/.test(name))) return null;
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) return null;
  return parts.length === 0 ? '.' : parts.join('/');
}
