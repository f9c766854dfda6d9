import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultKnownHostsFiles, KnownHosts, verdict } from '../../electron/ssh/known-hosts.ts';
import { knownName, namesMatch, parseKnownHosts } from '../../electron/ssh/known-hosts-lines.ts';
import { keyPair } from './fake-server.ts';
import { folder, hasSshKeygen, sshKeygen } from './folder.ts';

const one = keyPair().key;
const two = keyPair().key;
const ecdsa = keyPair('ecdsa').key;
const line = (names: string, key = one, mark = ''): string => `${mark}${names} ${key.type} ${key.blob.toString('base64')}\n`;

function written(text: string): { known: KnownHosts; file: string } {
  const file = path.join(folder(), 'known_hosts');
  writeFileSync(file, text);
  return { known: new KnownHosts({ read: [file], append: file }), file };
}

const judge = async (text: string, key = one, address = 'shop-1', port = 22) => verdict(await written(text).known.lookup(address, port), key);

describe('names in known_hosts', () => {
  it.each([
    ['shop-1', 'shop-1', true],
    ['shop-1,10.0.0.1', '10.0.0.1', true],
    ['SHOP-1', 'shop-1', true],
    ['[shop-1]:2222', '[shop-1]:2222', true],
    ['shop-1', '[shop-1]:2222', false],
    ['*.example', 'a.b.example', true],
    ['shop-?', 'shop-1', true],
    ['shop-?', 'shop-12', false],
    ['*', '[anything]:1', true],
    ['!shop-1,*', 'shop-1', false],
    ['*,!shop-1', 'shop-1', false],
    ['!shop-1', 'shop-2', false],
    ['shop-1.', 'shop-1', false],
    ['shop.1', 'shopx1', false],
    ['a*b*c', 'aXbYbZc', true],
    ['', 'shop-1', false],
  ])('%j speaks of %j: %s', (names, name, expected) => {
    expect(namesMatch(names, name)).toBe(expected);
  });

  it('are compared in little time, also with patterns made to be slow', () => {
    const started = Date.now();
    expect(namesMatch(`${'a*'.repeat(40)}b`, 'a'.repeat(5_000))).toBe(false);
    expect(Date.now() - started).toBeLessThan(1_000);
  });

  it('carry the port where it is not 22', () => {
    expect([knownName('Shop-1', 22), knownName('fe80::1', 2222)]).toEqual(['shop-1', '[fe80::1]:2222']);
  });
});

describe('known_hosts', () => {
  it('knows a key, and tells any other as changed where one is known, as OpenSSH does', async () => {
    expect(await judge(line('shop-1'))).toBe('known');
    expect(await judge(line('shop-1'), two)).toBe('changed');
    expect(await judge(line('shop-1'), ecdsa)).toBe('changed');
    expect(await judge(line('shop-2'))).toBe('unknown');
    expect(await judge(line('shop-1'), two, 'shop-1', 2222)).toBe('unknown');
    expect(await judge(line('shop-1'), one, 'shop-1', 2222)).toBe('known');
    expect(await judge(line('shop-1') + line('[shop-1]:2222', two), one, 'shop-1', 2222)).toBe('changed');
    expect(await judge(line('shop-1') + line('shop-1', one, '@revoked '), one, 'shop-1', 2222)).toBe('unknown');
    expect(await judge(line('shop-1', two) + line('shop-1'))).toBe('known');
  });

  it('lets a revoked key win over everything', async () => {
    expect(await judge(line('shop-1') + line('*', one, '@revoked '))).toBe('revoked');
    expect(await judge(line('shop-1') + line('shop-2', one, '@revoked '))).toBe('known');
  });

  it('lists certificate authorities and does not trust them', async () => {
    const { known } = written(line('*', one, '@cert-authority '));
    const host = await known.lookup('shop-1', 22);
    expect(verdict(host, one)).toBe('unknown');
    expect(host.unsupported).toHaveLength(1);
  });

  it('passes over comments, damaged lines, unknown marks, other line ends and lines whose type is not their key’s', async () => {
    const text = `# ${line('shop-1', two)}\n\nshop-1\nshop-1 ssh-ed25519\nshop-1 ssh-ed25519 !!!\n${line('shop-1', two, '@future ')}shop-1 ssh-rsa ${two.blob.toString('base64')}\r\n\0\xff${line('x').trim()} comment\r\n`;
    expect(parseKnownHosts(text, 'f')).toHaveLength(1);
    expect(await judge(`${text}${line('shop-1').replace('\n', '\r\n')}`)).toBe('known');
  });

  it.skipIf(!hasSshKeygen)('reads what ssh-keygen -H hashed, on any port', async () => {
    const { known, file } = written(line('shop-1,10.0.0.1') + line('[shop-1]:2222', two) + line('*.example', ecdsa));
    sshKeygen('-H', '-f', file);
    expect(readFileSync(file, 'utf8')).not.toContain('shop-1');
    expect(verdict(await known.lookup('SHOP-1', 22), one)).toBe('known');
    expect(verdict(await known.lookup('10.0.0.1', 22), one)).toBe('known');
    expect(verdict(await known.lookup('shop-1', 2222), two)).toBe('known');
    expect(verdict(await known.lookup('shop-2', 22), one)).toBe('unknown');
  });
});

describe('a damaged known_hosts', () => {
  it('is read without a fault and never makes another key known (20,000 mutations, same ones each time)', () => {
    let seed = 20_261_122;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return (seed >>> 8) % below;
    };
    const text = line('shop-1,10.0.0.*') + line('|1|c2FsdHNhbHRzYWx0c2FsdHM=|aGFzaGhhc2hoYXNoaGFzaGg=', two) + line('*', ecdsa, '@revoked ');
    for (let round = 0; round < 20_000; round++) {
      const bytes = Buffer.from(text);
      for (let change = random(8); change >= 0; change--) bytes[random(bytes.length)] = random(256);
      const entries = parseKnownHosts(bytes.subarray(0, random(bytes.length + 1)).toString('latin1'), 'f');
      for (const entry of entries) namesMatch(entry.names, 'shop-1');
      const named = entries.filter((entry) => namesMatch(entry.names, '10.0.0.1') && entry.mark === 'key');
      expect(named.some((entry) => entry.key.fingerprint === two.fingerprint)).toBe(false);
    }
  });
});

describe('accepting a key', () => {
  it('appends one line and leaves the others as they are, also where the last one has no end', async () => {
    const before = `# mine\n${line('other', two).trimEnd()}`;
    const { known, file } = written(before);
    await known.accept('Shop-1', 2222, one);
    await known.accept('shop-1', 2222, one);
    expect(readFileSync(file, 'utf8')).toBe(`${before}\n${line('[shop-1]:2222')}`);
  });

  it.skipIf(!hasSshKeygen)('hides the name where the file hides names, in a way that OpenSSH finds', async () => {
    const { known, file } = written(line('other', two));
    sshKeygen('-H', '-f', file);
    await known.accept('shop-1', 22, one);
    expect(readFileSync(file, 'utf8')).not.toContain('shop-1');
    expect(sshKeygen('-F', 'shop-1', '-f', file)).toContain(one.blob.toString('base64'));
    expect(verdict(await known.lookup('shop-1', 22), one)).toBe('known');
  });

  it('makes folder and file for their owner only', async () => {
    const file = path.join(folder(), 'new', 'known_hosts');
    await new KnownHosts({ read: [file], append: file }).accept('shop-1', 22, one);
    expect([statSync(path.dirname(file)).mode & 0o777, statSync(file).mode & 0o777]).toEqual([0o700, 0o600]);
  });

  it('refuses a changed or revoked key and writes nothing', async () => {
    const { known, file } = written(line('shop-1') + line('shop-2', two, '@revoked '));
    const before = readFileSync(file, 'utf8');
    await expect(known.accept('shop-1', 22, two)).rejects.toMatchObject({ problem: 'host-key-changed' });
    await expect(known.accept('shop-2', 22, two)).rejects.toMatchObject({ problem: 'host-key-revoked' });
    await expect(known.replace('shop-2', 22, two)).rejects.toMatchObject({ problem: 'host-key-revoked' });
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('of a rebuilt server revokes all its old ones, for that server only', async () => {
    const { known } = written(line('shop-1,shop-2') + line('shop-1', ecdsa));
    await known.replace('shop-1', 22, two);
    const host = await known.lookup('shop-1', 22);
    expect([one, two, ecdsa].map((key) => verdict(host, key))).toEqual(['revoked', 'known', 'revoked']);
    expect(verdict(await known.lookup('shop-2', 22), one)).toBe('known');
  });

  it('learns what a trusted server proves, but nothing revoked, nothing for an unknown server, nothing beside a pattern', async () => {
    const { known } = written(line('shop-1') + line('*.example') + line('shop-1', ecdsa, '@revoked '));
    expect(await known.learn('shop-1', 22, [one, two, two, ecdsa])).toEqual([two]);
    expect(await known.learn('shop-1', 22, [one, two])).toEqual([]);
    expect(await known.learn('shop-9', 22, [two])).toEqual([]);
    expect(await known.learn('a.example', 22, [two])).toEqual([]);
    const host = await known.lookup('shop-1', 22);
    expect([one, two, ecdsa].map((key) => verdict(host, key))).toEqual(['known', 'known', 'revoked']);
  });

  it('survives many at once: every line is whole', async () => {
    const { known, file } = written('');
    await Promise.all(Array.from({ length: 40 }, (_, index) => known.accept(`shop-${index}`, 22, one)));
    expect(parseKnownHosts(readFileSync(file, 'utf8'), file)).toHaveLength(40);
  });

  it('names the file when it cannot be read, instead of forgetting what is pinned there', async () => {
    const dir = folder();
    mkdirSync(path.join(dir, 'known_hosts'));
    const known = new KnownHosts({ read: [path.join(dir, 'known_hosts')], append: path.join(dir, 'known_hosts') });
    await expect(known.lookup('shop-1', 22)).rejects.toMatchObject({ problem: 'unreadable', message: expect.stringContaining('known_hosts') });
  });

  it.skipIf(process.getuid?.() === 0)('says so when it cannot be written', async () => {
    const dir = folder();
    chmodSync(dir, 0o500);
    const file = path.join(dir, 'known_hosts');
    await expect(new KnownHosts({ read: [file], append: file }).accept('shop-1', 22, one)).rejects.toMatchObject({ problem: 'unreadable' });
    expect(existsSync(file)).toBe(false);
  });
});

describe('the files', () => {
  it('are OpenSSH’s own; with FORGEBOARD_HOME its file is read too and is the one written', () => {
    expect(defaultKnownHostsFiles({ HOME: '/home/ana' }).append).toBe('/home/ana/.ssh/known_hosts');
    const own = defaultKnownHostsFiles({ HOME: '/home/ana', FORGEBOARD_HOME: '/fb' });
    expect(own.append).toBe('/fb/known_hosts');
    expect(own.read).toEqual(expect.arrayContaining(['/fb/known_hosts', '/home/ana/.ssh/known_hosts']));
  });
});
