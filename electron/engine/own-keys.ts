import { constants } from 'node:fs';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { Failure } from '../../shared/errors.ts';
import type { Secret } from '../../shared/secret.ts';
import { findAgent } from '../ssh/agent.ts';
import { fingerprintOf } from '../ssh/host-key.ts';
import { keyFiles } from '../ssh/key-files.ts';
import { newKey } from '../ssh/new-key.ts';
import { candidates } from '../ssh/usual-keys.ts';

/** A private key of this computer, and what everybody may know of it. */
export interface OwnKey {
  /** Of its file in ~/.ssh. */
  name: string;
  path: string;
  type: string;
  encrypted: boolean;
  /** null where its public half cannot be seen without the passphrase. */
  blob: string | null;
  fingerprint: string | null;
  comment: string;
  inAgent: boolean;
}

/** The keys in ~/.ssh, by what can be seen without a passphrase. */
export async function ownKeys(): Promise<OwnKey[]> {
  const [files, agent] = await Promise.all([keyFiles(homedir()), findAgent()]);
  const held = new Set((agent?.keys ?? []).map((key) => key.getPublicSSH().toString('base64')));
  return Promise.all(
    files.map(async ({ path, kind, encrypted }) => {
      const [found] = await candidates([path]);
      const blob = found?.publicBlob?.toString('base64') ?? null;
      const fingerprint = found?.publicBlob === undefined ? null : fingerprintOf(found.publicBlob);
      const beside = await readFile(`${path}.pub`, 'utf8').catch(() => '');
      const comment = /^\S+ \S+ (.+)$/m.exec(beside.slice(0, 64 * 1024))?.[1]?.trim() ?? '';
      return { name: basename(path), path, type: kind, encrypted, blob, fingerprint, comment, inAgent: blob !== null && held.has(blob) };
    }),
  );
}

/** One of them by its file's name. @throws Failure not-found, or invalid where its public half is not to be seen */
export async function ownKey(name: string): Promise<OwnKey & { blob: string; fingerprint: string }> {
  const keys = await ownKeys();
  const found = keys.find((one) => one.name === name);
  if (found === undefined)
    throw new Failure('not-found', `There is no key ${name} in ~/.ssh`, {
      field: 'key',
      hint: keys.length === 0 ? 'Make one: forgeboard keys generate' : `There are: ${keys.map((one) => one.name).join(', ')}`,
    });
  const { blob, fingerprint } = found;
  if (blob === null || fingerprint === null)
    throw new Failure('invalid', `The public half of ${name} cannot be seen without its passphrase`, {
      field: 'key',
      hint: `Write it beside it: ssh-keygen -y -f ${found.path} > ${found.path}.pub`,
    });
  return { ...found, blob, fingerprint };
}

/**
 * Makes a key in ~/.ssh, readable by its owner alone, and its public half beside it. Replaces nothing, and leaves nothing half made.
 * @throws Failure exists or denied on field name
 */
export async function makeKey(name: string, comment: string, passphrase: Secret | undefined): Promise<{ path: string; line: string; fingerprint: string }> {
  const folder = join(homedir(), '.ssh');
  const path = join(folder, name);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { secret, line } = newKey(comment, passphrase);
  await written(path, secret, 0o600);
  try {
    await written(`${path}.pub`, `${line}\n`, 0o644);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
  return { path, line, fingerprint: fingerprintOf(Buffer.from(line.split(' ')[1] ?? '', 'base64')) };
}

async function written(path: string, text: string, mode: number): Promise<void> {
  try {
    const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw new Failure('exists', `${path} is there already`, { field: 'name', hint: 'Give it another name: a key is never replaced.' });
    throw new Failure('denied', `${path} cannot be written (${code ?? String(error)})`, { field: 'name' });
  }
}
