import type { Readable } from 'node:stream';
import { Failure, type Problem } from '../../../shared/errors.ts';
import type { Channel } from '../../ssh/channel.ts';
import type { Sftp } from '../../ssh/sftp.ts';

/** A server's files: over SFTP, and by commands where it runs any for this account. */
export interface Remote {
  sftp: Sftp;
  /** Another channel to the same files, when there is room for one; whoever asks for it closes it. */
  beside(): Promise<Sftp>;
  start: Start;
  /** Root writes where others may write too, and is not led elsewhere by them. */
  isRoot: boolean;
}

/**
 * Starts one of the commands in a folder of the server. null where that is not to be had: no such program, an account that
 * may only transfer files, a folder with a line break in its name. Everything is done over SFTP then.
 */
export type Start = (what: Command, folder: string) => Promise<Channel | null>;
export type Command = 'look' | 'list' | 'pack' | 'unpack' | 'empty';

/** What comes after it on stdout is the command's own: a login shell may print before. */
const marker = 'forgeboard-files:';
const mostNoise = 64 * 1024;
const patience = 10_000; // ms

/**
 * What a login shell reads, all of it constant, as for the kit (hostkit/remote.ts): the folder is the first line of stdin.
 * The kit starts the same as root (forgekit/programs.py).
 * `read` takes byte by byte, so that what follows belongs to the command.
 */
const commands: Record<Command, string> = {
  /** Where it is, and what lies in it, nine fields each, all ended by NUL (GNU find). */
  look: String.raw`printf "%s\0" "$(pwd -P)" && exec find . -mindepth 1 -maxdepth 1 -printf "%y\0%Y\0%s\0%m\0%T@\0%u\0%g\0%f\0%l\0"`,
  /** Everything below: kind, size, permissions, time and path, each ended by NUL (GNU find). */
  list: String.raw`exec find . -mindepth 1 -printf "%y %s %m %T@ %P\0"`,
  /** A tar of the paths on stdin, each ended by NUL, none of them taken for an option (GNU tar 1.29). */
  pack: 'exec tar --create --file=- --no-recursion --null --verbatim-files-from --files-from=-',
  /** Unpacks the tar on stdin. Its files belong to the account, also to root's. */
  unpack: 'exec tar --extract --file=- --preserve-permissions --no-same-owner',
  /** Deletes everything below, from the folders that it has opened, so that no link leads it elsewhere meanwhile (GNU find). */
  empty: 'exec find . -mindepth 1 -delete',
};

const isNotHad = (error: unknown, ...problems: Problem[]): boolean => error instanceof Failure && problems.includes(error.problem);

/** As root, whom the kit lets through. */
export const asRoot =
  (program: (what: Command, folder: string) => Promise<Channel>): Start =>
  (what, folder) =>
    program(what, folder).catch((error: unknown) => {
      if (isNotHad(error, 'missing-requirement', 'not-found', 'limit')) return null;
      throw error;
    });

/** As the account that signs in, by its login shell. */
export const byShell =
  (run: (command: string) => Promise<Channel>): Start =>
  (what, folder) =>
    started(run, what, folder);

async function started(run: (command: string) => Promise<Channel>, what: Command, folder: string): Promise<Channel | null> {
  if (/[\n\r]/.test(folder)) return null;
  let channel: Channel;
  try {
    channel = await run(`/bin/sh -c 'export LC_ALL=C; IFS= read -r d && cd -- "$d" && printf ${marker} && ${commands[what]}'`);
  } catch (error) {
    if (isNotHad(error, 'unsupported', 'limit')) return null;
    throw error;
  }
  channel.exit.catch(() => {});
  // Four bytes at least: an account that only has SFTP would take fewer for the begin of a question and wait for the rest.
  channel.stdin.write(`${folder.startsWith('/') ? '' : './'}${folder}\n`);
  const timer = setTimeout(() => channel.close(), patience);
  const began = await isBegun(channel.stdout).catch(() => false);
  clearTimeout(timer);
  if (!began) channel.close();
  return began ? channel : null;
}

async function isBegun(stdout: Readable): Promise<boolean> {
  let seen = Buffer.alloc(0);
  for await (const part of stdout.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    seen = Buffer.concat([seen, part]);
    const at = seen.indexOf(marker);
    if (at >= 0) {
      stdout.unshift(seen.subarray(at + marker.length));
      return true;
    }
    if (seen.length > mostNoise) return false;
  }
  return false;
}
