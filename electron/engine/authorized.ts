import { randomBytes } from 'node:crypto';
import { posix } from 'node:path';
import { Failure } from '../../shared/errors.ts';
import { type AuthorizedKey, authorizedKeys } from '../../shared/rules/authorized-keys.ts';
import type { RemoteFacts, Sftp } from '../ssh/sftp.ts';

const largest = 1024 * 1024;
/** What sshd's StrictModes refuses: others may write it. */
const writable = 0o022;

/** The account's ~/.ssh/authorized_keys as it is. */
export interface Authorized {
  path: string;
  /** Its bytes, one a character: what is no UTF-8 stays as it is. */
  text: string;
  /** null where it is not there yet. */
  facts: RemoteFacts | null;
  keys: AuthorizedKey[];
}

/** Reads it as the account that signs in. @throws Failure denied or unsupported where it is not a plain file of that account's own */
export async function readAuthorized(sftp: Sftp, host: string): Promise<Authorized> {
  const home = await sftp.realPath('.');
  const folder = posix.join(home, '.ssh');
  const path = posix.join(folder, 'authorized_keys');
  const [own, around, facts] = await Promise.all([sftp.stat(home), sftp.lstat(folder), sftp.lstat(path)]);
  const refuse = (what: string): Failure =>
    new Failure('unsupported', `${what} on ${host}, so it is not touched`, { field: 'host', hint: 'Look at it in a terminal on that server.' });
  if (around !== null && around.kind !== 'folder') throw refuse(`${folder} is a ${around.kind === 'link' ? 'link' : 'file'}`);
  if (facts !== null && facts.kind !== 'file') throw refuse(`${path} is a ${facts.kind === 'link' ? 'link' : 'folder or special file'}`);
  if (facts !== null && facts.uid !== own?.uid) throw refuse(`${path} belongs to another account`);
  if (around !== null && around.uid !== own?.uid) throw refuse(`${folder} belongs to another account`);
  if (facts !== null && facts.size > largest) throw refuse(`${path} is larger than 1 MB`);
  const text = facts === null ? '' : await textOf(sftp, path, facts.size);
  return { path, text, facts, keys: authorizedKeys(text) };
}

/**
 * Puts another text in its place, whole or not at all, with the rights that it had, or those that sshd asks for.
 * @throws Failure conflict where somebody else changed it meanwhile
 */
export async function writeAuthorized(sftp: Sftp, before: Authorized, text: string): Promise<void> {
  const { path } = before;
  const folder = posix.dirname(path);
  if ((await sftp.lstat(folder)) === null) await sftp.makeFolder(folder, 0o700);
  const temporary = posix.join(folder, `.authorized_keys.${randomBytes(8).toString('hex')}`);
  try {
    const file = await sftp.open(temporary, 'create');
    try {
      const bytes = Buffer.from(text, 'latin1');
      for (let at = 0; at < bytes.length; at += 32 * 1024) await file.write(bytes.subarray(at, at + 32 * 1024), at);
      await file.set((before.facts?.mode ?? 0o600) & ~writable, Math.floor(Date.now() / 1000));
    } finally {
      await file.close();
    }
    const now = await sftp.lstat(path);
    const same = now === null ? before.facts === null : before.facts !== null && now.kind === 'file' && (await textOf(sftp, path, now.size)) === before.text;
    if (!same) throw new Failure('conflict', `${path} was changed by somebody else meanwhile`, { hint: 'Nothing was changed. Do it again.' });
    await sftp.rename(temporary, path);
  } catch (error) {
    await sftp.unlink(temporary).catch(() => {});
    throw error;
  }
}

async function textOf(sftp: Sftp, path: string, size: number): Promise<string> {
  const file = await sftp.open(path, 'read');
  try {
    const parts: Buffer[] = [];
    const most = Math.min(size, largest) + 1;
    for (let at = 0; at < most; ) {
      const part = Buffer.alloc(Math.min(32 * 1024, most - at));
      const read = await file.read(part, at);
      if (read === 0) break;
      parts.push(part.subarray(0, read));
      at += read;
    }
    return Buffer.concat(parts).toString('latin1');
  } finally {
    await file.close();
  }
}
