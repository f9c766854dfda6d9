import { z } from 'zod';
import { remotePathRule } from '../rules/remote-path.ts';
import { ruled } from '../rules/refine.ts';
import { hostName } from './hosts.ts';
import { command, folderHandle, query } from './operation.ts';

const remotePath = (describe: string) => ruled(remotePathRule, describe);

export const fileEntry = z.object({
  name: z.string(),
  kind: z.enum(['file', 'folder', 'link', 'other']),
  /** Bytes; of a folder what the server says of it. */
  size: z.number().int().nonnegative(),
  /** Permissions as chmod has them: "0644". */
  mode: z.string(),
  /** ISO 8601. */
  modified: z.string(),
  /** Names where the server says them, else numbers. */
  owner: z.string(),
  group: z.string(),
  /** What a link says, and what lies there; null for anything else and where that is not known. */
  target: z.string().nullable(),
  leadsTo: z.enum(['file', 'folder']).nullable(),
  /** Whether its name can be given back in a path: it is valid UTF-8, and shown as it is. */
  sayable: z.boolean(),
});
export type FileEntry = z.infer<typeof fileEntry>;

export const copyEvent = z.discriminatedUnion('type', [
  /** How far it is; at most once a second. */
  z.object({ type: z.literal('copied'), files: z.number().int(), ofFiles: z.number().int(), bytes: z.number().int(), ofBytes: z.number().int() }),
  z.object({ type: z.literal('note'), text: z.string() }),
]);
export type CopyEvent = z.infer<typeof copyEvent>;

const copied = z.object({
  /** Where it lies now. */
  to: z.string(),
  files: z.number().int(),
  bytes: z.number().int(),
  /** Of these bytes, so many were there from a copy that was cut. */
  resumed: z.number().int(),
  /** Links, devices and names that cannot be kept, which were not copied. */
  left: z.number().int(),
  ms: z.number().int(),
});
export type Copied = z.infer<typeof copied>;

/** Off unless it is said each time: it reaches every file of the server. */
const sudo = z.boolean().default(false).meta({ description: 'As root, where the account may use sudo' });
const overwrite = z.boolean().default(false).meta({ description: 'Replace files that are there; folders are merged' });

export const files = {
  list: query({
    summary: "What lies in a folder of a server, as the account that signs in sees it; or one file's facts.",
    permission: 'administer',
    input: z.object({ host: hostName, path: remotePath('Path on the server, from the home of the account on').default('.'), sudo }),
    output: z.object({
      /** From the root on, without links. */
      path: z.string(),
      /** What the path is; of anything but a folder its own facts are the one entry. */
      kind: z.enum(['folder', 'file']),
      entries: z.array(fileEntry),
      /** Whether more lies there than is told: beyond half a million names or so the server is not listened to. */
      more: z.boolean(),
    }),
    cli: { positional: ['host', 'path'] },
  }),
  read: query({
    summary: 'The text of a small file of a server.',
    permission: 'administer',
    input: z.object({ host: hostName, path: remotePath('File on the server'), sudo }),
    output: z.object({
      path: z.string(),
      size: z.number().int().nonnegative(),
      /** null where it is no text, or more than can be looked at. Line ends of Windows are told as "\n". */
      text: z.string().nullable(),
      /** Whether it has characters that nobody sees, which are shown by their numbers. */
      hidden: z.boolean(),
      why: z.enum(['binary', 'large']).nullable(),
    }),
    cli: { positional: ['host', 'path'] },
  }),
  mkdir: command({
    summary: 'Make a folder on a server, in one that is there.',
    permission: 'administer',
    input: z.object({ host: hostName, path: remotePath('The folder to make'), sudo }),
    output: z.object({ made: z.string() }),
    cli: { positional: ['host', 'path'] },
  }),
  move: command({
    summary: 'Rename or move a file or folder on a server; nothing that is there is replaced.',
    permission: 'administer',
    input: z.object({ host: hostName, from: remotePath('File or folder on the server'), to: remotePath('Its path from then on'), sudo }),
    output: z.object({ from: z.string(), to: z.string() }),
    cli: { positional: ['host', 'from', 'to'] },
  }),
  remove: command({
    summary: 'Delete a file, or a folder with all that is in it, on a server. It cannot be undone.',
    permission: 'administer',
    input: z.object({ host: hostName, path: remotePath('File or folder on the server'), yes: z.boolean().default(false).meta({ description: 'Do it without asking' }), sudo }),
    output: z.object({ removed: z.string(), files: z.number().int(), folders: z.number().int() }),
    event: z.object({ type: z.literal('removed'), files: z.number().int(), ofFiles: z.number().int() }),
    cli: { positional: ['host', 'path'] },
  }),
  get: command({
    summary: 'Copy a file or folder of a server into a folder of this computer; a copy that was cut goes on where it stopped.',
    permission: 'administer',
    input: z.object({ host: hostName, path: remotePath('File or folder on the server'), into: folderHandle('Folder of this computer'), overwrite, sudo }),
    output: copied,
    event: copyEvent,
    cli: { positional: ['host', 'path', 'into'] },
  }),
  put: command({
    summary: 'Copy a file or folder of this computer into a folder of a server; a copy that was cut goes on where it stopped.',
    permission: 'administer',
    input: z.object({ host: hostName, from: folderHandle('File or folder of this computer'), path: remotePath('Folder on the server'), overwrite, sudo }),
    output: copied,
    event: copyEvent,
    cli: { positional: ['host', 'from', 'path'] },
  }),
};
