import { generateKeyPairSync, getCiphers, getCurves, getHashes } from 'node:crypto';
import { Failure } from '../../shared/errors.ts';
import type { Algorithms, CipherAlgorithm, KexAlgorithm, MacAlgorithm, ServerHostKeyAlgorithm } from 'ssh2';

/*
 * What is offered to every server (reliability.md C3). Left out on purpose: chacha20-poly1305 and every MAC that is not
 * encrypt-then-MAC (so Terrapin does not apply, whether or not the server knows strict key exchange), CBC, SHA-1, ssh-rsa,
 * and the 1024 and 2048 bit groups. What remains is cut to what the runtime can do, since ssh2 throws at connect for an
 * algorithm that it cannot use.
 */
const kex: readonly KexAlgorithm[] = [
  'curve25519-sha256',
  'curve25519-sha256@libssh.org',
  'ecdh-sha2-nistp256',
  'ecdh-sha2-nistp384',
  'ecdh-sha2-nistp521',
  'diffie-hellman-group16-sha512',
  'diffie-hellman-group18-sha512',
  'diffie-hellman-group-exchange-sha256',
];
const ciphers: readonly CipherAlgorithm[] = ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes192-ctr', 'aes256-ctr'];
const macs: readonly MacAlgorithm[] = ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com'];
const hostKeys: readonly ServerHostKeyAlgorithm[] = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'rsa-sha2-512', 'rsa-sha2-256'];

// Electron's crypto. It tests a group's prime each time one is used, which for 8192 bits blocks the process for 40 s
// (measured), also when the server chose the prime. Every OpenSSH since 2011 has the elliptic curves, so nothing is lost.
const boringSsl = process.versions.electron !== undefined;

const curves: Record<string, string> = { nistp256: 'prime256v1', nistp384: 'secp384r1', nistp521: 'secp521r1' };

function works(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}

function canExchange(name: KexAlgorithm): boolean {
  if (name.startsWith('curve25519')) return works(() => generateKeyPairSync('x25519'));
  const curve = curves[name.replace('ecdh-sha2-', '')];
  if (curve !== undefined) return getCurves().includes(curve);
  return !boringSsl;
}

// ssh2 asks OpenSSL for `aes-128-gcm` where SSH says `aes128-gcm@openssh.com`.
const canEncrypt = (name: CipherAlgorithm): boolean => getCiphers().includes(name.replace('@openssh.com', '').replace(/^aes(\d+)-/, 'aes-$1-'));
const canHash = (name: MacAlgorithm): boolean => getHashes().includes(name.includes('512') ? 'sha512' : 'sha256');

function canVerify(name: ServerHostKeyAlgorithm): boolean {
  if (name === 'ssh-ed25519') return works(() => generateKeyPairSync('ed25519'));
  const curve = curves[name.replace('ecdsa-sha2-', '')];
  return curve === undefined || getCurves().includes(curve);
}

/** The host key type that an algorithm proves: one RSA key serves two algorithms. */
const keyTypeOf = (algorithm: string): string => (algorithm.startsWith('rsa-sha2-') ? 'ssh-rsa' : algorithm);

let supported: { kex: KexAlgorithm[]; cipher: CipherAlgorithm[]; hmac: MacAlgorithm[]; serverHostKey: ServerHostKeyAlgorithm[] } | undefined;

/**
 * The offer for one connection. Key types in `pinned` come first, so that a server that also has a newer key shows the
 * one that is known; with `only`, no other type is offered at all, and with `algorithms` none but these.
 */
export function offer(choice: { pinned?: readonly string[]; only?: readonly string[]; algorithms?: readonly string[] | undefined } = {}): Algorithms {
  supported ??= {
    kex: kex.filter(canExchange),
    cipher: ciphers.filter(canEncrypt),
    hmac: macs.filter(canHash),
    serverHostKey: hostKeys.filter(canVerify),
  };
  const { pinned = [], only, algorithms } = choice;
  const types = supported.serverHostKey.filter((name) => (only === undefined || only.includes(keyTypeOf(name))) && (algorithms === undefined || algorithms.includes(name)));
  if (types.length === 0 && algorithms !== undefined)
    throw new Failure('unsupported', 'HostKeyAlgorithms of the ssh configuration leaves no host key algorithm that ForgeBoard trusts', {
      hint: 'Allow ssh-ed25519, ecdsa-sha2-* or rsa-sha2-* there.',
    });
  const known = types.filter((name) => pinned.includes(keyTypeOf(name)));
  const others = types.filter((name) => !pinned.includes(keyTypeOf(name)));
  return { ...supported, serverHostKey: [...known, ...others], compress: ['none'] };
}

/** The host key types that can be asked for, in the order of preference. */
export function hostKeyTypes(): string[] {
  return [...new Set((offer().serverHostKey as string[]).map(keyTypeOf))];
}
