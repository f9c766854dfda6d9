import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasFingerprint, hostKeyOf, parseFingerprint } from '../../electron/ssh/host-key.ts';
import { keyPair } from './fake-server.ts';
import { folder, hasSshKeygen, sshKeygen } from './folder.ts';

describe('a host key', () => {
  it.skipIf(!hasSshKeygen).each(['ed25519', 'ecdsa', 'rsa'] as const)('has the fingerprint that ssh-keygen prints (%s)', (type) => {
    const pair = keyPair(type);
    const file = path.join(folder(), 'key.pub');
    writeFileSync(file, `${pair.public}\n`);
    const printed = sshKeygen('-lf', file);
    expect(printed).toContain(pair.key.fingerprint);
    expect(parseFingerprint(printed)).toBe(pair.key.fingerprint);
  });

  it('is not read from bytes that are none', () => {
    for (const bytes of ['', 'abc', '\0\0\0\0', '\0\0\0\x0bssh-ed25519', '\0\0\x7f\xffssh', '\0\0\0\x03a bxxxx']) expect(hostKeyOf(Buffer.from(bytes, 'latin1'))).toBeUndefined();
  });
});

describe('a fingerprint that a user gives', () => {
  const { key } = keyPair();

  it('is taken with padding, without, with spaces around, and as a whole line of ssh-keygen -lf', () => {
    for (const text of [key.fingerprint, `${key.fingerprint}=`, `  ${key.fingerprint}\n`, `256 ${key.fingerprint} root@shop (ED25519)`]) {
      expect(hasFingerprint(key, parseFingerprint(text))).toBe(true);
    }
  });

  it.each([
    '',
    'SHA256:',
    'SHA256:abc',
    'sha256',
    `SHA256:${'A'.repeat(44)}`,
    `SHA256:${'A'.repeat(42)}B`,
    `SHA256:${'!'.repeat(43)}`,
    `SHA1:${'A'.repeat(43)}`,
    'A'.repeat(43),
    '256 root@shop (ED25519)',
    `${key.fingerprint}==`,
  ])('is refused when it is anything else: %j', (text) => {
    expect(() => parseFingerprint(text)).toThrow(expect.objectContaining({ problem: 'invalid', field: 'fingerprint', hint: expect.stringContaining('ssh-keygen -lf') }));
  });

  it('says why an MD5 one is refused', () => {
    expect(() => parseFingerprint(`MD5:${Array(16).fill('ab').join(':')}`)).toThrow(/MD5/);
  });
});
