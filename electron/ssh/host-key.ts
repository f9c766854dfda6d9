import { createHash, timingSafeEqual } from 'node:crypto';
import { Failure } from '../../shared/errors.ts';

/** A server's public key, as it is shown, compared and pinned. */
export interface HostKey {
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`, ... */
  type: string;
  /** `SHA256:...`, as ssh-keygen prints it. */
  fingerprint: string;
  /** The key in SSH wire format: what known_hosts stores as base64. */
  blob: Buffer;
}

/** Reads type and fingerprint from a key in wire format; undefined if it is not one. */
export function hostKeyOf(blob: Buffer): HostKey | undefined {
  if (blob.length < 4) return undefined;
  const length = blob.readUInt32BE(0);
  if (length === 0 || length > 64 || blob.length <= 4 + length) return undefined;
  const type = blob.toString('latin1', 4, 4 + length);
  if (!/^[\x21-\x7e]+$/.test(type)) return undefined;
  return { type, fingerprint: fingerprintOf(blob), blob };
}

/** `SHA256:` and the unpadded base64 digest of the key. */
export function fingerprintOf(blob: Buffer): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/**
 * A fingerprint that a user typed or pasted, in its one canonical form (no padding). Accepts `SHA256:` and 43 base64
 * characters with or without `=`, also as a whole line of `ssh-keygen -lf`; anything else is `invalid`.
 */
export function parseFingerprint(text: string): string {
  const words = text.trim().split(/\s+/);
  // "256 SHA256:... root@host (ED25519)" is what the hint's command prints, and people paste the whole line.
  const word = words.length > 1 ? words.find((each) => each.startsWith('SHA256:')) : words[0];
  const match = /^SHA256:([A-Za-z0-9+/]{43})=?$/.exec(word ?? '');
  if (match?.[1] !== undefined) {
    const digest = Buffer.from(match[1], 'base64');
    // 43 characters carry 258 bits: the last two must be zero, or two texts would mean one key.
    if (digest.length === 32 && digest.toString('base64').startsWith(match[1])) return `SHA256:${match[1]}`;
  }
  const md5 = /(^|\s)(MD5:)?([0-9a-f]{2}:){15}[0-9a-f]{2}(\s|$)/i.test(text);
  throw new Failure('invalid', md5 ? 'this is an MD5 fingerprint, which is too weak to rely on' : 'this is not a host key fingerprint', {
    field: 'fingerprint',
    hint: 'Give the form SHA256:..., as printed on the server by: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub',
  });
}

/** Whether the key has this canonical fingerprint. */
export function hasFingerprint(key: HostKey, fingerprint: string): boolean {
  const a = Buffer.from(key.fingerprint);
  const b = Buffer.from(fingerprint);
  return a.length === b.length && timingSafeEqual(a, b);
}

const files: Record<string, string> = { 'ssh-ed25519': 'ed25519', 'ssh-rsa': 'rsa' };

/** The command that prints this key's fingerprint on the server itself, to compare by another way than this connection. */
export function compareCommand(type: string): string {
  const name = files[type] ?? (type.startsWith('ecdsa-') ? 'ecdsa' : 'ed25519');
  return `ssh-keygen -lf /etc/ssh/ssh_host_${name}_key.pub`;
}
