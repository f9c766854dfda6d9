import { posix } from 'node:path';
import { Failure } from '../../../shared/errors.ts';
import { isPlainName } from '../../../shared/rules/remote-path.ts';
import type { RemoteFacts } from '../../ssh/sftp.ts';
import type { Remote } from './remote.ts';

/** What lies in a folder of a server, by paths relative to it. */
export interface Tree {
  files: { path: string; size: number; mode: number; modified: number }[];
  /** Each after the one that it lies in. */
  folders: string[];
  /** Links, devices, and names that can be none here. */
  left: string[];
}

export const limits = { files: 150_000, depth: 200 };

/** Reads a folder to its last file: in one go where the server has find, else folder by folder. @throws Failure limit, denied */
export async function treeOf(remote: Remote, folder: string, signal: AbortSignal): Promise<Tree> {
  return (await listed(remote, folder, signal)) ?? walked(remote, folder, signal);
}

/** null where the server has no find that does it, or where it may not look everywhere. */
export async function listed(remote: Remote, folder: string, signal: AbortSignal): Promise<Tree | null> {
  const channel = await remote.start('list', folder);
  if (channel === null) return null;
  const tree = new Growing(folder);
  try {
    let rest = Buffer.alloc(0);
    for await (const part of channel.stdout as AsyncIterable<Buffer>) {
      signal.throwIfAborted();
      const bytes = Buffer.concat([rest, part]);
      const end = bytes.lastIndexOf(0) + 1;
      for (const line of bytes.toString('utf8', 0, end).split('\0')) if (line !== '' && !tree.line(line)) return null;
      rest = bytes.subarray(end);
    }
    return (await channel.exit).code === 0 && rest.length === 0 ? tree : null;
  } finally {
    channel.close();
  }
}

async function walked({ sftp }: Remote, folder: string, signal: AbortSignal): Promise<Tree> {
  const tree = new Growing(folder);
  const walk = async (path: string): Promise<void> => {
    signal.throwIfAborted();
    const inside: string[] = [];
    for await (const told of sftp.list(posix.join(folder, path))) {
      signal.throwIfAborted();
      for (const { name, facts } of told) if (tree.add(path === '' ? name : `${path}/${name}`, name, facts)) inside.push(name);
    }
    for (const name of inside) await walk(posix.join(path, name));
  };
  await walk('');
  return tree;
}

const kinds: Record<string, RemoteFacts['kind']> = { f: 'file', d: 'folder' };

class Growing implements Tree {
  readonly files: Tree['files'] = [];
  readonly folders: string[] = [];
  readonly left: string[] = [];
  readonly #into = new Set(['']);

  constructor(private readonly folder: string) {}

  /** A line of find; false where it is none. */
  line(line: string): boolean {
    const [, kind = '', size, mode = '', seconds, path = ''] = /^(\S) (\d+) ([0-7]+) (-?\d+)\.?\d* (.+)$/s.exec(line) ?? [];
    if (path === '') return false;
    const at = path.lastIndexOf('/');
    // What lies in a folder that is left is left with it.
    if (!this.#into.has(path.slice(0, Math.max(at, 0)))) return true;
    this.add(path, path.slice(at + 1), { kind: kinds[kind] ?? 'other', size: Number(size), mode: Number.parseInt(mode, 8) & 0o7777, modified: Number(seconds) });
    return true;
  }

  /** True for a folder that is gone into. */
  add(path: string, name: string, { kind, size, mode, modified }: Omit<RemoteFacts, 'uid' | 'gid'>): boolean {
    const isDeep = path.split('/').length > limits.depth;
    if (!isPlainName(name, process.platform) || isDeep || (kind !== 'file' && kind !== 'folder')) this.left.push(path);
    else if (kind === 'folder') {
      this.folders.push(path);
      this.#into.add(path);
      return true;
    } else {
      this.files.push({ path, size, mode, modified });
      if (this.files.length > limits.files) throw new Failure('limit', `There are more than ${limits.files.toLocaleString('en')} files in ${this.folder}`, { field: 'path' });
    }
    return false;
  }
}
