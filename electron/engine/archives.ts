import { rmSync } from 'node:fs';
import { mkdtemp, readdir, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, sep } from 'node:path';
import { Failure } from '../../shared/errors.ts';
import { archiveForm } from '../../shared/rules/archive.ts';
import { type Caps, Place, type Unpacked, usualCaps } from './archives/place.ts';
import { unpackTar } from './archives/tar.ts';
import { unpackZip } from './archives/zip.ts';

/** How far the unpacking is: files so far, and how much of the archive, 0 to 1. */
export interface Unpacking {
  files: number;
  part: number;
}

/** A folder to work with, and what of an archive was left out of it. */
export interface Opened {
  folder: string;
  leftOut: Unpacked['leftOut'];
}

/** Archives of this session: each is unpacked once, into a private folder that goes with the session at the latest. */
export interface Archives {
  /**
   * The folder that a chosen path stands for: a folder itself, of an archive what is in it, without a single folder around
   * all. Where all who wait for it give up, the unpacking is cancelled. @throws Failure invalid, unreadable, unsupported or limit on field folder
   */
  open(path: string, signal: AbortSignal, told?: (unpacking: Unpacking) => void): Promise<Opened>;
  /** What was unpacked of it is not needed any more. */
  drop(path: string): Promise<void>;
  close(): void;
}

interface Known {
  stamp: string;
  opened: Promise<Opened>;
  /** The private folder, once there is one. */
  place: string | null;
  waiting: number;
  isDone: boolean;
  abort: AbortController;
  told: Set<(unpacking: Unpacking) => void>;
}

const prefix = `forgeboard-archive-${process.pid}-`;

/** @param from where private folders are made */
export function createArchives(caps: Caps = usualCaps, from = tmpdir()): Archives {
  const known = new Map<string, Known>();
  let isClean = false;

  const begin = (path: string, stamp: string, bytes: number): Known => {
    const abort = new AbortController();
    const one: Known = { stamp, place: null, waiting: 0, isDone: false, abort, told: new Set(), opened: Promise.reject(new Error('not begun')) };
    one.opened.catch(() => {});
    const work = async (): Promise<Opened> => {
      if (!isClean) await sweep(from);
      isClean = true;
      one.place = await realpath(await mkdtemp(join(from, prefix)));
      const { leftOut } = await unpack(path, bytes, one.place, caps, abort.signal, (unpacking) => {
        for (const told of one.told) told(unpacking);
      });
      const folder = await topOf(one.place);
      const around = folder.startsWith(`${one.place}${sep}`) ? `${basename(folder)}/` : '';
      return { folder, leftOut: leftOut.map(({ path: name, why }) => ({ path: name.startsWith(around) ? name.slice(around.length) : name, why })) };
    };
    one.opened = work()
      .finally(() => {
        one.isDone = true;
      })
      .catch(async (error: unknown) => {
        await forget(path, one);
        throw error;
      });
    one.opened.catch(() => {});
    known.set(path, one);
    return one;
  };
  const forget = async (path: string, one: Known): Promise<void> => {
    if (known.get(path) === one) known.delete(path);
    if (one.place !== null) await rm(one.place, { recursive: true, force: true });
  };

  return {
    async open(path, signal, told = () => {}) {
      const facts = await stat(path).catch(() => null);
      // What is no file is looked at, and refused, by whoever reads folders.
      if (facts?.isFile() !== true) return { folder: path, leftOut: [] };
      const stamp = `${facts.size} ${facts.mtimeMs} ${facts.ino}`;
      const before = known.get(path);
      if (before !== undefined && before.stamp !== stamp) await forget(path, before);
      const one = known.get(path) ?? begin(path, stamp, facts.size);
      one.told.add(told);
      one.waiting += 1;
      let stop = (): void => {};
      const givesUp = new Promise<never>((_, reject) => {
        stop = () => reject(new Failure('cancelled', 'Cancelled'));
        if (signal.aborted) stop();
        else signal.addEventListener('abort', stop, { once: true });
      });
      try {
        return await Promise.race([one.opened, givesUp]);
      } finally {
        signal.removeEventListener('abort', stop);
        one.told.delete(told);
        one.waiting -= 1;
        if (one.waiting === 0 && !one.isDone) {
          // Whoever asks next begins anew.
          if (known.get(path) === one) known.delete(path);
          one.abort.abort();
        }
      }
    },
    async drop(path) {
      const one = known.get(path);
      if (one !== undefined) await forget(path, one);
    },
    close() {
      for (const { place, abort } of known.values()) {
        abort.abort();
        if (place !== null) rmSync(place, { recursive: true, force: true });
      }
      known.clear();
    },
  };
}

async function unpack(path: string, bytes: number, top: string, caps: Caps, signal: AbortSignal, told: (unpacking: Unpacking) => void): Promise<Unpacked> {
  const form = archiveForm(path);
  if (form === null || form === 'other') {
    const text = form === null ? `${basename(path)} is a file; a folder or an archive with the app in it is expected` : `${basename(path)} is of a kind that is not opened here`;
    throw new Failure(form === null ? 'invalid' : 'unsupported', text, { field: 'folder', hint: 'Archives are .zip, .tar.gz, .tgz and .tar.' });
  }
  const place = new Place(top, bytes, caps, signal);
  let last = 0;
  const tell = (part: number): void => {
    if (performance.now() - last < 100) return;
    last = performance.now();
    told({ files: place.done.files, part: Math.min(1, part) });
  };
  try {
    if (form === 'zip') await unpackZip(path, place, tell);
    else await unpackTar(path, form === 'tar.gz', bytes, place, tell, signal);
    const done = await place.finish();
    if (done.files === 0) throw new Failure('invalid', `${basename(path)} is empty: there is nothing to deploy`, { field: 'folder' });
    return done;
  } catch (error) {
    await place.settle();
    signal.throwIfAborted();
    throw refused(error, basename(path));
  }
}

/** What the libraries and the system say, in words that help. */
function refused(error: unknown, name: string): unknown {
  if (error instanceof Failure || !(error instanceof Error)) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new Failure('disk-full', `There is no room on this computer to unpack ${name}`, { field: 'folder', hint: 'Make room, or deploy its folder.' });
  if (code === 'ENAMETOOLONG') return new Failure('invalid', `${name} holds a name that is too long`, { field: 'folder' });
  if (/^(invalid relative path|absolute path|invalid characters in fileName)/.test(message)) {
    return new Failure('invalid', `The archive names a place outside of itself: "${message.replace(/^[^:]*: /, '').slice(0, 200)}". Nothing of it was kept`, { field: 'folder' });
  }
  if (/compression method|strong encryption|multi-disk/i.test(message))
    return new Failure('unsupported', `${name} is packed in a way that is not opened here`, { field: 'folder', hint: 'Make it again as a plain zip or tar.gz.' });
  if (code !== undefined && /^E[A-Z]+$/.test(code)) return new Failure('unreadable', `${name} cannot be read (${code})`, { field: 'folder' });
  return new Failure('unreadable', `${name} is damaged, cut off, or no such archive`, { field: 'folder', hint: 'Make it or fetch it again.' });
}

/** Without a single folder around all, as archives of repositories have it. */
async function topOf(top: string): Promise<string> {
  const entries = await readdir(top, { withFileTypes: true });
  const [only] = entries.filter(({ name }) => name !== '.DS_Store');
  return entries.length <= 2 && only?.isDirectory() === true && entries.every((entry) => entry === only || entry.name === '.DS_Store') ? join(top, only.name) : top;
}

/** Removes what sessions that were killed left behind. */
async function sweep(from: string): Promise<void> {
  for (const name of await readdir(from).catch(() => [])) {
    const pid = Number(/^forgeboard-archive-(\d+)-/.exec(name)?.[1] ?? process.pid);
    if (pid === process.pid || isThere(pid)) continue;
    await rm(join(from, name), { recursive: true, force: true }).catch(() => {});
  }
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
