import { describe, expect, it } from 'vitest';
import { hostKeyTypes, offer } from '../../electron/ssh/algorithms.ts';

const all = (): string[] => Object.values(offer()).flatMap((list) => list as string[]);

describe('the algorithms offered', () => {
  it('hold nothing that Terrapin, SHA-1 or CBC would weaken', () => {
    expect(all().filter((name) => /chacha20|cbc|sha1|md5|arcfour|ssh-rsa|ssh-dss|group1-|group14-/.test(name))).toEqual([]);
    expect((offer().hmac as string[]).every((name) => name.endsWith('-etm@openssh.com'))).toBe(true);
  });

  it('are there in every kind, in this runtime', () => {
    const { kex, cipher, hmac } = offer();
    expect(kex).toContain('curve25519-sha256');
    expect(cipher).toContain('aes128-gcm@openssh.com');
    expect(hmac).toContain('hmac-sha2-256-etm@openssh.com');
    expect(hostKeyTypes()).toEqual(expect.arrayContaining(['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ssh-rsa']));
  });

  it('hold finite-field groups only where they do not stop the process for a minute: not in Electron', () => {
    expect((offer().kex as string[]).some((name) => name.startsWith('diffie-hellman'))).toBe(process.versions.electron === undefined);
  });

  it('put the pinned key types first, both algorithms of an RSA key included, and keep the others behind', () => {
    const list = offer({ pinned: ['ssh-rsa', 'ecdsa-sha2-nistp384'] }).serverHostKey as string[];
    expect(list.slice(0, 3).sort()).toEqual(['ecdsa-sha2-nistp384', 'rsa-sha2-256', 'rsa-sha2-512']);
    expect(list).toHaveLength((offer().serverHostKey as string[]).length);
  });

  it('can be cut to one key type', () => {
    expect(offer({ only: ['ssh-rsa'] }).serverHostKey).toEqual(['rsa-sha2-512', 'rsa-sha2-256']);
  });
});
