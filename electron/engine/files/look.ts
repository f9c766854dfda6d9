import { posix } from 'node:path';
import type { FileEntry } from '../../../shared/contract/files.ts';
import { Failure } from '../../../shared/errors.ts';
import { visible } from '../../../shared/rules/visible.ts';
import type { RemoteFacts, Sftp } from '../../ssh/sftp.ts';
import type { Remote } from './remote.ts';

export interface Looked {
  /** From the root on, without links. */
  path: string;
  /** Of a file its own facts are the one entry. */
  kind: 'folder' | 'file';
  entries: FileEntry[];
  /** Whether there are more, which are left out. */
  more: boolean;
}

const fields = 9;
/** Bytes of a listing: half a million names of usual length. What the server tells beyond that is not read. */
export const mostListed = 64 * 1024 * 1024;
/** Bytes that an entry takes beside its name, where it does not come as text. */
const ofEntry = 100;

/**
 * What lies in a folder, in two round trips however much that is. null where the server cannot say it so, or where it is no
 * folder that the account may look into: SFTP says what it is then.
 */
export async function lookByFind(remote: Pick<Remote, 'start'>, path: string, signal: AbortSignal): Promise<Looked | null> {
  const channel = await remote.start('look', path);
  if (channel === null) return null;
  try {
    const parts: Buffer[] = [];
    let bytes = 0;
    for await (const part of channel.stdout as AsyncIterable<Buffer>) {
      signal.throwIfAborted();
      bytes += part.length;
      if (bytes > mostListed) break;
      parts.push(part);
    }
    const more = bytes > mostListed;
    const [at = '', ...said] = Buffer.concat(parts).toString('utf8').split('\0');
    if (!at.startsWith('/')) return null;
    // Cut off, it ends within an entry.
    if (!more && ((await channel.exit).code !== 0 || said.pop() !== '' || said.length % fields !== 0)) return null;
    const length = Math.floor((more ? said.length - 1 : said.length) / fields);
    return { path: at, kind: 'folder', entries: sorted(Array.from({ length }, (_none, index) => entryOf(said.slice(index * fields, (index + 1) * fields)))), more };
  } finally {
    channel.close();
  }
}

const kinds: Record<string, FileEntry['kind']> = { f: 'file', d: 'folder', l: 'link' };

function entryOf([kind = '', follows = '', size, mode = '', seconds, owner = '', group = '', name = '', target = '']: string[]): FileEntry {
  const leadsTo = kind !== 'l' ? null : follows === 'd' ? 'folder' : follows === 'f' ? 'file' : null;
  return {
    name,
    kind: kinds[kind] ?? 'other',
    size: sizeOf(Number(size)),
    mode: (Number.parseInt(mode, 8) & 0o7777).toString(8).padStart(4, '0'),
    modified: isoOf(Math.floor(Number(seconds))),
    owner,
    group,
    target: kind === 'l' ? target : null,
    leadsTo,
    sayable: isSayable(name),
  };
}

/** The same over SFTP, as much of it; of a file, its own facts. @throws Failure not-found or denied on field path */
export async function lookBySftp(sftp: Sftp, path: string, host: string, signal: AbortSignal): Promise<Looked> {
  const at = await sftp.realPath(path);
  const facts = await sftp.stat(at);
  if (facts === null) throw new Failure('not-found', `There is no ${path} on ${host}`, { hint: 'It may have another name by now: look into the folder above.', field: 'path' });
  if (facts.kind !== 'folder') return { path: at, kind: 'file', entries: [ofFacts(posix.basename(at), facts)], more: false };
  const entries: FileEntry[] = [];
  let bytes = 0;
  for await (const told of sftp.list(at)) {
    signal.throwIfAborted();
    for (const { name, facts } of told) {
      bytes += Buffer.byteLength(name) + ofEntry;
      if (bytes > mostListed) return { path: at, kind: 'folder', entries: sorted(entries), more: true };
      entries.push(ofFacts(name, facts));
    }
  }
  return { path: at, kind: 'folder', entries: sorted(entries), more: false };
}

const ofFacts = (name: string, { kind, size, mode, modified, uid, gid }: RemoteFacts): FileEntry => ({
  name,
  kind,
  size: sizeOf(size),
  mode: mode.toString(8).padStart(4, '0'),
  modified: isoOf(modified),
  owner: String(uid),
  group: String(gid),
  target: null,
  leadsTo: null,
  sayable: isSayable(name),
});

const sorted = (entries: FileEntry[]): FileEntry[] => entries.sort((one, other) => (one.name < other.name ? -1 : 1));

/** A file system holds times that no calendar of ours does. */
const isoOf = (seconds: number): string => new Date(Math.max(-8.64e12, Math.min(8.64e12, Number.isFinite(seconds) ? seconds : 0)) * 1000).toISOString();

/** Nor are all sizes that a server can say numbers of ours. */
const sizeOf = (size: number): number => (Number.isSafeInteger(size) && size >= 0 ? size : 0);

const isSayable = (name: string): boolean => !name.includes('\ufffd') && visible(name) === name;
