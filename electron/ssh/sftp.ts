import type { FileEntryWithStats, SFTPWrapper, Stats } from 'ssh2';
import { Failure } from '../../shared/errors.ts';
import { clean } from './greeting.ts';

/** What a server says of a file. */
export interface RemoteFacts {
  kind: 'file' | 'folder' | 'link' | 'other';
  size: number;
  /** Permission bits. */
  mode: number;
  /** Seconds since 1970. */
  modified: number;
  uid: number;
  gid: number;
}

export type Owner = Pick<RemoteFacts, 'uid' | 'gid'>;

export interface RemoteFile {
  /** Reads at most as much as the buffer holds; 0 at the end. */
  read(into: Buffer, at: number): Promise<number>;
  write(bytes: Buffer, at: number): Promise<void>;
  /** Permission bits and time, seconds since 1970; whose it is where that is to change, too. */
  set(mode: number, modified: number, owner?: Owner): Promise<void>;
  close(): Promise<void>;
}

/** Files of a server over SFTP version 3 with OpenSSH's extensions. Every failure names the path. */
export interface Sftp {
  /** Settles when the channel is gone, for whatever reason. */
  readonly ended: Promise<void>;
  /** What lies in a folder but itself and what is above, as many entries at a time as the server tells at once. */
  list(path: string): AsyncIterable<{ name: string; facts: RemoteFacts }[]>;
  /** Follows links; null where there is nothing. */
  stat(path: string): Promise<RemoteFacts | null>;
  /** The same of a link itself. */
  lstat(path: string): Promise<RemoteFacts | null>;
  /** The same path from the root on, without links. */
  realPath(path: string): Promise<string>;
  /** read; write: made where it is not there, and not emptied; create: fails where anything is there, also a link to nothing. */
  open(path: string, how: 'read' | 'write' | 'create'): Promise<RemoteFile>;
  makeFolder(path: string, mode: number): Promise<void>;
  /** Takes the place of what is there. */
  rename(from: string, to: string): Promise<void>;
  /** Replaces nothing. */
  move(from: string, to: string): Promise<void>;
  /** Deletes a file, or a link itself. */
  unlink(path: string): Promise<void>;
  /** Deletes an empty folder. */
  removeFolder(path: string): Promise<void>;
  close(): void;
}

// RFC draft-ietf-secsh-filexfer-02, 7: status codes.
const endOfFile = 1;
const noSuchFile = 2;
const permissionDenied = 3;
const generalFailure = 4;

const isEnd = (error: unknown): boolean => (error as { code?: unknown } | null | undefined)?.code === endOfFile;

/** Wraps ssh2's own; it must be closed, since a channel that is left open counts for ever. */
export function openSftp(raw: SFTPWrapper, { host, lost, released, as }: { host: string; lost: () => Failure | undefined; released: () => void; as?: 'root' | undefined }): Sftp {
  // After the end ssh2 calls nobody back. A set, since what hangs on a promise stays with it: a folder is 600,000 calls.
  const waiting = new Set<(reason: Failure) => void>();
  let over: Failure | undefined;
  const ended = new Promise<void>((resolve) => {
    raw.once('close', () => {
      released();
      resolve();
      over = lost() ?? new Failure('unreachable', `${host} has ended the transfer`);
      for (const reject of waiting) reject(over);
      waiting.clear();
    });
  });
  raw.on('error', () => {});

  const failure = (error: Error & { code?: unknown }, path: string, doing: string): unknown => {
    const gone = lost();
    if (gone !== undefined) return gone;
    const where = `${path} on ${host}`;
    if (error.code === noSuchFile) return new Failure('not-found', `There is no ${where}`, { field: 'path' });
    if (error.code === permissionDenied)
      return as === 'root'
        ? new Failure('denied', `Even root may not ${doing} ${where}`, {
            hint: 'Is it marked as immutable (lsattr), or on a disk that is read-only or of another server?',
            field: 'path',
          })
        : new Failure('denied', `The account that signs in may not ${doing} ${where}`, {
            hint: 'Where it may use sudo, do it as root: the switch on the page, or --sudo.',
            field: 'path',
          });
    if (error.code === generalFailure)
      return new Failure('unsupported', `${host} could not ${doing} ${path}`, { hint: 'Is its disk full, or is something of that name in the way?', field: 'path' });
    return new Failure('unsupported', `${host} could not ${doing} ${path}: ${clean(error.message, 120)}`, { field: 'path' });
  };

  const call = <T>(path: string, doing: string, ask: (done: (error: Error | null | undefined, value?: T) => void) => void): Promise<T> =>
    new Promise((resolve, reject) => {
      if (over !== undefined) return reject(over);
      waiting.add(reject);
      try {
        ask((error, value) => {
          waiting.delete(reject);
          if (error == null) resolve(value as T);
          else reject(failure(error, path, doing));
        });
      } catch (error) {
        waiting.delete(reject);
        reject(failure(error as Error, path, doing));
      }
    });

  const fileOf = (path: string, handle: Buffer): RemoteFile => ({
    read: (into, at) =>
      call<number>(path, 'read', (done) =>
        raw.read(handle, into, 0, into.length, at, (error, bytes) => {
          if (isEnd(error)) done(null, 0);
          else done(error, bytes);
        }),
      ),
    write: (bytes, at) => call<undefined>(path, 'write', (done) => raw.write(handle, bytes, 0, bytes.length, at, done)),
    set: (mode, modified, owner) => call<undefined>(path, 'change', (done) => raw.fsetstat(handle, { mode, atime: modified, mtime: modified, ...owner } as never, done)),
    close: () => call<undefined>(path, 'close', (done) => raw.close(handle, done)),
  });

  const factsOrNull = (asked: Promise<Stats>): Promise<RemoteFacts | null> =>
    asked.then(factsOf, (error: unknown) => {
      if (error instanceof Failure && error.problem === 'not-found') return null;
      throw error;
    });

  return {
    ended,
    list: async function* (path) {
      const handle = await call<Buffer>(path, 'list', (done) => raw.opendir(path, done));
      try {
        for (;;) {
          const told = await call<FileEntryWithStats[] | null>(path, 'list', (done) => raw.readdir(handle, (error, list) => (isEnd(error) ? done(null, null) : done(error, list))));
          if (told === null) return;
          yield told.map(({ filename, attrs }) => ({ name: filename, facts: factsOf(attrs) }));
        }
      } finally {
        // Nothing depends on it, so nobody waits for the line once more.
        call<undefined>(path, 'close', (done) => raw.close(handle, done)).catch(() => {});
      }
    },
    stat: (path) => factsOrNull(call<Stats>(path, 'look at', (done) => raw.stat(path, done))),
    lstat: (path) => factsOrNull(call<Stats>(path, 'look at', (done) => raw.lstat(path, done))),
    realPath: (path) => call<string>(path, 'find', (done) => raw.realpath(path, done)),
    open: async (path, how) =>
      fileOf(path, await call<Buffer>(path, how === 'create' ? 'write' : how, (done) => raw.open(path, opening[how], how === 'read' ? {} : { mode: 0o600 }, done))),
    makeFolder: (path, mode) => call<undefined>(path, 'make', (done) => raw.mkdir(path, { mode }, done)),
    rename: (from, to) => call<undefined>(to, 'replace', (done) => raw.ext_openssh_rename(from, to, done)),
    move: (from, to) => call<undefined>(from, 'move', (done) => raw.rename(from, to, done)),
    unlink: (path) => call<undefined>(path, 'delete', (done) => raw.unlink(path, done)),
    removeFolder: (path) => call<undefined>(path, 'delete', (done) => raw.rmdir(path, done)),
    close: () => raw.end(),
  };
}

// SSH_FXF_READ; SSH_FXF_WRITE | SSH_FXF_CREAT; the same with SSH_FXF_EXCL.
const opening = { read: 0x01, write: 0x02 | 0x08, create: 0x02 | 0x08 | 0x20 };

const formats: [number, RemoteFacts['kind']][] = [
  [0o100000, 'file'],
  [0o040000, 'folder'],
  [0o120000, 'link'],
];

function factsOf({ mode, size, mtime, uid, gid }: Pick<Stats, 'mode' | 'size' | 'mtime' | 'uid' | 'gid'>): RemoteFacts {
  return { kind: formats.find(([format]) => (mode & 0o170000) === format)?.[1] ?? 'other', size, mode: mode & 0o7777, modified: mtime, uid, gid };
}
