import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TarReader } from '../../../../electron/engine/files/tar-reader.ts';

const folder = mkdtempSync(join(tmpdir(), 'forgeboard-tar-'));
const deep = `${'d'.repeat(60)}/${'e'.repeat(60)}/${'f'.repeat(60)}`;
const files: Record<string, string> = { 'a.txt': 'hello', empty: '', exact: 'x'.repeat(512), [`${deep}/deep`]: 'deep', 'größe \n x': 'odd' };
beforeAll(() => {
  mkdirSync(join(folder, deep), { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  writeFileSync(join(folder, 'large'), '');
  truncateSync(join(folder, 'large'), 3 << 20);
  symlinkSync('a.txt', join(folder, 'link'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const made = (format: string, ...more: string[]): Buffer => execFileSync('tar', ['-C', folder, `--format=${format}`, '-c', ...more, '.'], { maxBuffer: 64 << 20 });
const read = (tar: Buffer, by: number): Record<string, string> => {
  const reader = new TarReader();
  const found: Record<string, string> = {};
  for (let at = 0; at < tar.length; at += by) for (const { name, bytes } of reader.read(tar.subarray(at, at + by))) found[name.replace(/^\.\//, '')] = bytes.toString();
  expect(reader.ended).toBe(true);
  return found;
};

describe('a tar', () => {
  it.each(['gnu', 'posix', 'ustar'])('of the form %s gives its regular files, however it is cut, and passes over what is large or no file', (format) => {
    for (const by of [1 << 20, 511, 7]) expect(read(made(format), by)).toEqual(files);
  });

  it('with a name of 300 bytes has it whole', () => {
    const long = `${deep}/${'g'.repeat(200)}`;
    writeFileSync(join(folder, long), 'long');
    try {
      for (const format of ['gnu', 'posix']) expect(read(made(format), 4096)[long]).toBe('long');
    } finally {
      rmSync(join(folder, long));
    }
  });

  it.each([
    ['a size that is no number', (tar: Buffer) => tar.write('zzzzzzzzzzz', 124)],
    [
      'a name of a megabyte',
      (tar: Buffer) => {
        tar.write('L', 156);
        tar.write('00004000000', 124);
      },
    ],
  ])('with %s is refused, and never waited for', (_what, damage) => {
    const tar = Buffer.alloc(2048, 0);
    tar.write('name', 0);
    tar.write('0', 156);
    damage(tar);
    expect(() => [...new TarReader().read(tar)]).toThrow(/in the tar/);
  });
});
