import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readText } from './ssh-config/files.ts';

export interface KeyFile {
  path: string;
  /** `ed25519`, `rsa`, `ecdsa`, or `key` where the file does not say. */
  kind: string;
  encrypted: boolean;
}

/** Private keys in ~/.ssh, by what their first bytes say; nothing is opened with a passphrase. */
export async function keyFiles(home: string): Promise<KeyFile[]> {
  const folder = join(home, '.ssh');
  const names = await readdir(folder).catch(() => []);
  const found = await Promise.all(names.sort().map(async (name) => keyOf(join(folder, name))));
  return found.filter((key) => key !== undefined);
}

async function keyOf(path: string): Promise<KeyFile | undefined> {
  const text = (await readText(path)).text.trimStart();
  const [, label] = /^-----BEGIN (OPENSSH|RSA|EC) PRIVATE KEY-----/.exec(text) ?? [];
  if (label === undefined) return undefined;
  if (label !== 'OPENSSH') return { path, kind: label === 'EC' ? 'ecdsa' : 'rsa', encrypted: text.includes('Proc-Type: 4,ENCRYPTED') };
  const blob = Buffer.from(text.replace(/-----[^-]*-----/g, ''), 'base64').toString('latin1');
  const kind = /ssh-(ed25519|rsa)|(ecdsa)-sha2/.exec(blob);
  // magic, then the cipher's name with its length before it
  return { path, kind: kind?.[1] ?? kind?.[2] ?? 'key', encrypted: !blob.startsWith('openssh-key-v1\0\0\0\0\x04none') };
}
