import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openIdentity, readIdentity } from '../../electron/ssh/identity.ts';
import { keyPair } from './fake-server.ts';
import { folder, hasSshKeygen, sshKeygen } from './folder.ts';

function file(content: string | Buffer, mode = 0o600, name = 'id'): string {
  const made = path.join(folder(), name);
  writeFileSync(made, content, { mode });
  chmodSync(made, mode);
  return made;
}

const refused = (is: string | RegExp, hint: string | RegExp = '') => ({
  problem: 'invalid',
  field: 'identity',
  message: expect.stringMatching(is),
  hint: expect.stringMatching(hint),
});

describe('a key file', () => {
  it('is read in OpenSSH’s format, and through a link', async () => {
    const pair = keyPair();
    const real = file(pair.private);
    const link = path.join(path.dirname(real), 'link');
    symlinkSync(real, link);
    for (const name of [real, link]) {
      const identity = await readIdentity(name);
      expect(identity.encrypted).toBe(false);
      expect(identity.publicBlob?.equals(pair.key.blob)).toBe(true);
      expect(openIdentity(identity)?.isPrivateKey()).toBe(true);
    }
  });

  describe.skipIf(!hasSshKeygen)('made by ssh-keygen', () => {
    it.each([
      ['ed25519', []],
      ['ecdsa', []],
      ['rsa', ['-b', '2048']],
      ['rsa', ['-b', '2048', '-m', 'PEM']],
      ['ecdsa', ['-m', 'PEM']],
    ])('is read: %s %j', async (type, more) => {
      const made = path.join(folder(), 'id');
      sshKeygen('-q', '-t', type, ...more, '-N', '', '-f', made);
      expect(openIdentity(await readIdentity(made))?.isPrivateKey()).toBe(true);
    });

    it.each([
      ['ed25519', []],
      ['rsa', ['-b', '2048', '-m', 'PEM']],
    ])('opens with its passphrase and no other: %s %j', async (type, more) => {
      const made = path.join(folder(), 'id');
      sshKeygen('-q', '-t', type, ...more, '-N', 'open sesame', '-f', made);
      const identity = await readIdentity(made);
      expect(identity.encrypted).toBe(true);
      expect(openIdentity(identity, 'wrong')).toBeUndefined();
      expect(openIdentity(identity, '')).toBeUndefined();
      expect(openIdentity(identity, 'open sesame')?.isPrivateKey()).toBe(true);
    });

    it('in PKCS#8 is named, with the command that converts it', async () => {
      const made = path.join(folder(), 'id');
      sshKeygen('-q', '-t', 'rsa', '-b', '2048', '-m', 'PKCS8', '-N', '', '-f', made);
      await expect(readIdentity(made)).rejects.toMatchObject(refused(/PKCS#8/, /ssh-keygen -p -f/));
    });
  });

  it.each([
    ['a public key', `${keyPair().public} ana@laptop\n`, /public key/, /private half/],
    ['an RFC 4716 public key', '---- BEGIN SSH2 PUBLIC KEY ----\n', /public key/, /private half/],
    ['a PEM public key', '-----BEGIN PUBLIC KEY-----\n', /public key/, /private half/],
    ['a PuTTY key', 'PuTTY-User-Key-File-3: ssh-ed25519\n', /PuTTY/, /puttygen/],
    ['a certificate', 'ssh-ed25519-cert-v01@openssh.com AAAA\n', /certificate/, /private key/],
    ['a TLS certificate', '-----BEGIN CERTIFICATE-----\n', /TLS certificate/, /SSH private key/],
    ['a DSA key', '-----BEGIN DSA PRIVATE KEY-----\n', /DSA/, /ed25519/],
    ['nothing', ' \n', /empty/, /private key/],
    ['a text', 'dear diary', /not a private key/, /private key/],
    ['an image', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0]), /not a private key/, /private key/],
    ['half a key', keyPair().private.slice(0, 120), /damaged/, /again/],
    ['a key with one byte changed', keyPair().private.replace(/\n(.{10})./, '\n$1!'), /damaged/, /again/],
    ['an empty envelope', '-----BEGIN OPENSSH PRIVATE KEY-----\n-----END OPENSSH PRIVATE KEY-----\n', /damaged/, /again/],
    ['an empty RSA envelope', '-----BEGIN RSA PRIVATE KEY-----\n\n-----END RSA PRIVATE KEY-----\n', /damaged/, /again/],
  ])('that holds %s is refused and named', async (_what, content, is, hint) => {
    await expect(readIdentity(file(content))).rejects.toMatchObject(refused(is, hint));
  });

  it('of a hardware key is named', async () => {
    const text = (value: string): Buffer => Buffer.concat([Buffer.from([0, 0, 0, value.length]), Buffer.from(value)]);
    const body = Buffer.concat([Buffer.from('openssh-key-v1\0'), text('none'), text('none'), text(''), Buffer.from([0, 0, 0, 1]), text('\0\0\0\x1ask-ssh-ed25519@openssh.com')]);
    const made = file(`-----BEGIN OPENSSH PRIVATE KEY-----\n${body.toString('base64')}\n-----END OPENSSH PRIVATE KEY-----\n`);
    await expect(readIdentity(made)).rejects.toMatchObject(refused(/hardware/, /agent/));
  });

  it('that others may read is refused with the command that closes it', async () => {
    for (const mode of [0o644, 0o640, 0o604, 0o660]) {
      const made = file(keyPair().private, mode);
      await expect(readIdentity(made)).rejects.toMatchObject(refused(new RegExp(`mode 0${mode.toString(8)}`), `chmod 600 ${made}`));
    }
  });

  it('that is a folder, a device, too large or missing is refused and named', async () => {
    const dir = folder();
    mkdirSync(path.join(dir, 'keys'));
    await expect(readIdentity(path.join(dir, 'keys'))).rejects.toMatchObject(refused(/folder/));
    await expect(readIdentity('/dev/zero')).rejects.toMatchObject(refused(/not a regular file/));
    await expect(readIdentity(file(Buffer.alloc(1024 * 1024 + 1, 97)))).rejects.toMatchObject(refused(/larger than 1 MB/));
    await expect(readIdentity(path.join(dir, 'none'))).rejects.toMatchObject(refused(/does not exist/));
    await expect(readIdentity(path.join(dir, 'none', 'none'))).rejects.toMatchObject(refused(/does not exist/));
  });

  it('that is a FIFO is refused at once, without waiting for a writer', async () => {
    const fifo = path.join(folder(), 'fifo');
    execFileSync('mkfifo', [fifo]);
    await expect(readIdentity(fifo)).rejects.toMatchObject(refused(/not a regular file/));
  });
});
