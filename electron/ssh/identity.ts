import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import ssh2, { type ParsedKey } from 'ssh2';
import { Failure } from '../../shared/errors.ts';

/** A private key file that has been looked at, but not opened with its passphrase. */
export interface Identity {
  path: string;
  encrypted: boolean;
  /** The public half in wire format, where the file shows it without a passphrase: OpenSSH's own format does. */
  publicBlob: Buffer | undefined;
  text: string;
}

const largest = 1024 * 1024;

/**
 * Reads a private key file. Whatever else is found there (a public key, a PuTTY key, a folder, a FIFO, a key that others
 * may read) is `invalid` on field `identity`, named, with the way to mend it. Never waits on special files.
 */
export async function readIdentity(path: string): Promise<Identity> {
  const text = await readKeyText(path);
  const head = text.trimStart();
  if (head === '') throw wrong(path, 'is empty', 'Choose the private key file, for example ~/.ssh/id_ed25519.');
  const foreign = foreignKind(head);
  if (foreign !== undefined) throw wrong(path, foreign.is, foreign.hint(path));
  if (head.startsWith('-----BEGIN OPENSSH PRIVATE KEY-----')) return openSshIdentity(path, text);
  const encrypted = head.includes('Proc-Type: 4,ENCRYPTED');
  const identity: Identity = { path, encrypted, publicBlob: undefined, text };
  if (!encrypted) identity.publicBlob = parsePrivate(identity).getPublicSSH();
  return identity;
}

/** Opens the key. A wrong passphrase gives undefined; a damaged or unusable key is a failure. */
export function openIdentity(identity: Identity, passphrase?: string): ParsedKey | undefined {
  if (!identity.encrypted) return parsePrivate(identity);
  const key = parse(identity.text, passphrase);
  if (!(key instanceof Error)) return key;
  if (/^Unsupported (cipher|kdf)/.test(key.message))
    throw wrong(identity.path, 'is encrypted in a way that is not supported', `Encrypt it in the usual way: ssh-keygen -p -f ${identity.path}`);
  return undefined;
}

function parsePrivate(identity: Identity): ParsedKey {
  const key = parse(identity.text);
  if (key instanceof Error || !key.isPrivateKey())
    throw wrong(identity.path, 'is a damaged private key', 'Copy it again from where it was made, or make a new one: ssh-keygen -t ed25519');
  return key;
}

/** ssh2 answers some files with an error, some with a list (of one), and throws at others. */
function parse(text: string, passphrase?: string): ParsedKey | Error {
  try {
    const found = ssh2.utils.parseKey(text, passphrase) as ParsedKey | ParsedKey[] | Error;
    return (Array.isArray(found) ? found[0] : found) ?? new Error('no key');
  } catch (error) {
    return error as Error;
  }
}

interface Foreign {
  starts: RegExp;
  is: string;
  hint: (path: string) => string;
}

const foreignKinds: Foreign[] = [
  { starts: /^PuTTY-User-Key-File/, is: 'is a PuTTY key', hint: (path) => `Convert it: puttygen ${path} -O private-openssh -o id_forgeboard` },
  { starts: /^(ssh|ecdsa|sk)-\S+-cert-v01@openssh\.com /, is: 'is a certificate, not a private key', hint: () => 'Choose the private key it belongs to.' },
  {
    starts: /^((ssh|ecdsa|sk-ssh|sk-ecdsa)-\S+ AAAA|---- BEGIN SSH2 PUBLIC KEY|-----BEGIN (RSA )?PUBLIC KEY)/,
    is: 'is a public key',
    hint: (path) => `Choose the private half${path.endsWith('.pub') ? `: ${path.slice(0, -4)}` : ', the file without .pub.'}`,
  },
  { starts: /^-----BEGIN CERTIFICATE/, is: 'is a TLS certificate', hint: () => 'Choose an SSH private key, for example ~/.ssh/id_ed25519.' },
  { starts: /^-----BEGIN DSA PRIVATE KEY/, is: 'is a DSA key, which servers no longer accept', hint: () => 'Make a new key: ssh-keygen -t ed25519' },
  { starts: /^-----BEGIN (ENCRYPTED )?PRIVATE KEY/, is: 'is a key in PKCS#8 format', hint: (path) => `Bring it into OpenSSH's format: ssh-keygen -p -f ${path}` },
];

function foreignKind(head: string): Foreign | undefined {
  const found = foreignKinds.find((kind) => kind.starts.test(head));
  if (found !== undefined || /^-----BEGIN (OPENSSH|RSA|EC) PRIVATE KEY-----/.test(head)) return found;
  return { starts: /./, is: 'is not a private key', hint: () => 'Choose the private key file, for example ~/.ssh/id_ed25519.' };
}

/** The clear part of OpenSSH's format: magic, cipher, kdf, kdf options, number of keys, public key. */
function openSshIdentity(path: string, text: string): Identity {
  const blob = Buffer.from(text.replace(/-----(BEGIN|END)[^-]*-----/g, ''), 'base64');
  const magic = 'openssh-key-v1\0';
  const damaged = wrong(path, 'is a damaged private key', 'Copy it again from where it was made, or make a new one: ssh-keygen -t ed25519');
  if (blob.toString('latin1', 0, magic.length) !== magic) throw damaged;
  let at = magic.length;
  const next = (): Buffer => {
    if (at + 4 > blob.length || at + 4 + blob.readUInt32BE(at) > blob.length) throw damaged;
    const start = at + 4;
    at = start + blob.readUInt32BE(at);
    return blob.subarray(start, at);
  };
  const cipher = next().toString('latin1');
  next();
  next();
  at += 4;
  const publicBlob = next();
  if (publicBlob.includes('sk-ssh-') || publicBlob.includes('sk-ecdsa-'))
    throw wrong(path, 'is the stub of a hardware security key', 'Load it into your ssh-agent and leave the key file out, or choose another key.');
  const identity: Identity = { path, encrypted: cipher !== 'none', publicBlob, text };
  if (!identity.encrypted) parsePrivate(identity);
  return identity;
}

async function readKeyText(path: string): Promise<string> {
  let handle: FileHandle | undefined;
  try {
    // First by name, since opening some devices has effects; then what was opened, since the name may have moved on.
    checkKind(path, await stat(path));
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    checkKind(path, await handle.stat());
    const buffer = Buffer.alloc(largest + 1);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    if (bytesRead > largest) throw tooLarge(path);
    return buffer.toString('latin1', 0, bytesRead);
  } catch (error) {
    if (error instanceof Failure) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    if (code === 'ENOENT' || code === 'ENOTDIR') throw wrong(path, 'does not exist', 'Check the path; keys are usually in ~/.ssh.');
    if (code === 'EACCES' || code === 'EPERM') throw wrong(path, 'may not be read by you', `It belongs to somebody else. Make it yours or choose another key.`);
    throw wrong(path, `cannot be read (${code})`, 'Choose the private key file, for example ~/.ssh/id_ed25519.');
  } finally {
    await handle?.close();
  }
}

function checkKind(path: string, found: { isFile(): boolean; isDirectory(): boolean; size: number; uid: number; mode: number }): void {
  if (found.isDirectory()) throw wrong(path, 'is a folder', 'Choose the private key file in it, for example id_ed25519.');
  if (!found.isFile()) throw wrong(path, 'is not a regular file', 'Choose the private key file, for example ~/.ssh/id_ed25519.');
  if (found.size > largest) throw tooLarge(path);
  // The rule of OpenSSH's client: only one's own file is judged, since others' modes are not ours to mend.
  const open = process.platform !== 'win32' && found.uid === process.getuid?.() && (found.mode & 0o077) !== 0;
  if (open) throw wrong(path, `can be read by other users (mode ${(found.mode & 0o777).toString(8).padStart(4, '0')})`, `Close it: chmod 600 ${path}`);
}

const tooLarge = (path: string): Failure => wrong(path, 'is larger than 1 MB', 'Private keys are a few kilobytes. Choose the key file.');

const wrong = (path: string, is: string, hint: string): Failure => new Failure('invalid', `${path} ${is}`, { field: 'identity', hint });
