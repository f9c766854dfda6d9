import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { zipSync, type Zippable } from 'fflate';
import { type Headers, pack } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Archives, createArchives, type Unpacking } from '../../../electron/engine/archives.ts';

let top = '';
let archives: Archives;
beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), 'forgeboard-archives-'));
  mkdirSync(join(top, 'tmp'));
  archives = createArchives({ entries: 50, bytes: 4e6, ratio: 200, free: 1e6 }, join(top, 'tmp'));
});
afterEach(async () => {
  archives.close();
  await rm(top, { recursive: true, force: true });
});

const never = new AbortController().signal;
const text = (content: string) => Buffer.from(content);
const unix = (mode: number) => ({ os: 3, attrs: mode << 16 });
async function open(name: string, bytes: Uint8Array | Promise<Uint8Array>) {
  await writeFile(join(top, name), await bytes);
  return archives.open(join(top, name), never);
}
const zip = (files: Zippable) => zipSync(files, { level: 6 });
type Member = Partial<Headers> & { name: string; content?: string | Buffer };
async function tar(...members: Member[]): Promise<Buffer> {
  const made = pack();
  for (const { content = '', ...header } of members) made.entry(header as Headers, content);
  made.finalize();
  const parts: Buffer[] = [];
  for await (const part of made as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts);
}
/** Files with their content by path, and what may be run marked. */
function tree(folder: string, under = ''): Record<string, string> {
  return Object.assign(
    {},
    ...readdirSync(join(folder, under), { withFileTypes: true }).map((entry) => {
      const path = under + entry.name;
      if (entry.isDirectory()) return tree(folder, `${path}/`);
      const runs = (statSync(join(folder, path)).mode & 0o100) !== 0;
      return { [runs ? `${path}*` : path]: entry.isFile() ? readFileSync(join(folder, path), 'utf8').slice(0, 40) : '?' };
    }),
  );
}
const unpackedFolders = () => readdirSync(join(top, 'tmp'));

const files = { 'app.py': text('app'), 'static/a b.css': text('css'), 'bin/run': [text('#!/bin/sh'), unix(0o100755)] as [Uint8Array, object] };
const unpacked = { 'app.py': 'app', 'static/a b.css': 'css', 'bin/run*': '#!/bin/sh' };
const members: Member[] = [
  { name: 'app.py', content: 'app' },
  { name: 'static/a b.css', content: 'css' },
  { name: 'bin/run', content: '#!/bin/sh', mode: 0o755 },
];

describe('an archive', () => {
  it.each<[string, () => Uint8Array | Promise<Uint8Array>]>([
    ['shop.zip', () => zip(files)],
    ['shop.ZIP', () => zip({ 'shop-main': files as Zippable, __MACOSX: { 'shop-main': { '._app.py': text('x') } } })],
    ['shop.tar', () => tar(...members)],
    ['shop.tar.gz', async () => gzipSync(await tar(...members.map((one) => ({ ...one, name: `./shop-1.2/${one.name}` }))))],
    ['shop.tgz', async () => gzipSync(await tar({ name: 'shop/', type: 'directory' }, ...members.map((one) => ({ ...one, name: `shop/${one.name}` }))))],
  ])('%s is unpacked as the folder that it was made of, and is gone with the session', async (name, make) => {
    const { folder, leftOut } = await open(name, make());
    expect([tree(folder), leftOut]).toEqual([unpacked, []]);
    expect(statSync(join(top, 'tmp', unpackedFolders()[0] ?? '')).mode & 0o777).toBe(0o700);
    archives.close();
    expect(unpackedFolders()).toEqual([]);
  });

  it('large and small files are whole, and long names too', async () => {
    const large = randomBytes(1_500_000);
    const long = `${'deep/'.repeat(60)}${'n'.repeat(150)}.txt`;
    for (const [name, bytes] of [
      ['a.zip', zip({ large, [long]: text('x'), empty: text('') })],
      ['a.tar', await tar({ name: 'large', content: large }, { name: long, content: 'x' }, { name: 'empty' })],
    ] as const) {
      const { folder } = await open(name, bytes);
      expect(readFileSync(join(folder, 'large')).equals(large)).toBe(true);
      expect([readFileSync(join(folder, long), 'utf8'), statSync(join(folder, 'empty')).size]).toEqual(['x', 0]);
    }
  });

  it('links to files in it become files; links out of it and devices stay away and are named', async () => {
    const link = (target: string): [Uint8Array, object] => [text(target), unix(0o120777)];
    const left = [
      { path: 'absolute', why: 'link out of the folder' },
      { path: 'folder', why: 'link out of the folder' },
      { path: 'out', why: 'link out of the folder' },
    ];
    const one = await open(
      'a.zip',
      zip({ 'a/x': text('x'), 'a/in': link('x'), 'b/up': link('../a/x'), out: link('../../canary'), absolute: link('/etc/passwd'), folder: link('a') }),
    );
    expect(tree(one.folder)).toEqual({ 'a/x': 'x', 'a/in': 'x', 'b/up': 'x' });
    expect([...one.leftOut].sort((a, b) => (a.path < b.path ? -1 : 1))).toEqual(left);
    const links = ['in:x', 'out:../../canary', 'absolute:/etc/passwd', 'folder:.'].map((said): Member => {
      const [name = '', linkname = ''] = said.split(':');
      return { name, type: 'symlink', linkname };
    });
    const two = await open(
      'a.tar',
      tar(
        { name: 'x', content: 'x' },
        ...links,
        { name: 'hard', type: 'link', linkname: 'x' },
        { name: 'h2', type: 'link', linkname: '../../etc/passwd' },
        { name: 'null', type: 'character-device' },
        { name: 'pipe', type: 'fifo' },
      ),
    );
    expect(tree(two.folder)).toEqual({ x: 'x', in: 'x', hard: 'x' });
    expect(two.leftOut.map(({ path }) => path).sort()).toEqual(['absolute', 'folder', 'h2', 'null', 'out', 'pipe']);
  });

  it('that writes through a link of its own writes into itself', async () => {
    const { folder, leftOut } = await open('a.tar', tar({ name: 'x', content: 'x' }, { name: 'l', type: 'symlink', linkname: '..' }, { name: 'l/canary', content: 'y' }));
    expect([tree(folder), leftOut.map(({ path }) => path)]).toEqual([{ x: 'x', 'l/canary': 'y' }, ['l']]);
    expect(existsSync(join(top, 'tmp/canary'))).toBe(false);
  });

  it.each<[string, string, () => Uint8Array | Promise<Uint8Array>, string, RegExp]>([
    ['a way up', 'a.zip', () => zip({ ok: text('x'), '../canary': text('x') }), 'invalid', /outside of itself: "\.\.\/canary"/],
    ['an absolute name', 'a.zip', () => zip({ '/tmp/canary': text('x') }), 'invalid', /outside of itself/],
    ['a drive', 'a.zip', () => zip({ 'C:/canary': text('x') }), 'invalid', /outside of itself/],
    ['a way up in a tar', 'a.tar', () => tar({ name: 'ok', content: 'x' }, { name: 'a/../../canary', content: 'x' }), 'invalid', /outside of itself/],
    ['an absolute name in a tar', 'a.tar', () => tar({ name: '/tmp/canary', content: 'x' }), 'invalid', /outside of itself/],
    ['the same name twice', 'a.tar', () => tar({ name: 'x', content: '1' }, { name: './x', content: '2' }), 'invalid', /Two entries .* are one file/],
    ['a file that is a folder too', 'a.zip', () => zip({ x: text('x'), 'x/y': text('y') }), 'invalid', /both a file and a folder/],
    ['a bomb', 'a.zip', () => zip({ zeros: Buffer.alloc(3_000_000) }), 'limit', /more than 200 times its size/],
    ['a bomb in a tar', 'a.tar.gz', async () => gzipSync(await tar({ name: 'zeros', content: Buffer.alloc(3_000_000) })), 'limit', /more than 200 times its size/],
    ['too much', 'a.tar', () => tar({ name: 'a', content: Buffer.alloc(2_500_000, 'x') }, { name: 'b', content: Buffer.alloc(2_500_000, 'y') }), 'limit', /unpacks to more than 4/],
    ['too many', 'a.zip', () => zip(Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`f${at}`, text('x')]))), 'limit', /more than 50 entries/],
    ['one that is cut off', 'a.zip', () => zip(files).slice(0, 200), 'unreadable', /damaged, cut off/],
    ['a tar that is cut off', 'a.tar', async () => (await tar({ name: 'a', content: 'x'.repeat(3000) })).subarray(0, 1500), 'unreadable', /damaged, cut off/],
    ['a tar.gz that is cut off', 'a.tar.gz', async () => gzipSync(await tar(...members)).subarray(0, 150), 'unreadable', /damaged, cut off/],
    ['what is no archive', 'a.tar.gz', () => text('hello'), 'unreadable', /no such archive/],
    ['what is no zip', 'a.zip', () => text('hello'), 'unreadable', /no such archive/],
    ['an empty one', 'a.zip', () => zip({}), 'invalid', /is empty/],
    ['another kind', 'a.tar.xz', () => text('x'), 'unsupported', /not opened here/],
    ['a file that is none', 'notes.txt', () => text('x'), 'invalid', /is a file/],
    ['a password', 'a.zip', () => encrypted(zip({ 'app.py': text('app') })), 'unsupported', /encrypted/],
    [
      'a changed content',
      'a.zip',
      () => changed(zipSync({ 'app.py': text('the content') }, { level: 0 }), 'the content', 'the Content'),
      'unreadable',
      /app\.py in the archive is damaged/,
    ],
    ['a size that lies', 'a.zip', () => lying(zip({ 'app.py': Buffer.alloc(200_000, 'x') })), 'unreadable', /damaged/],
  ])('with %s is refused in words, and nothing of it stays', async (_what, name, make, problem, words) => {
    writeFileSync(join(top, 'canary'), 'canary');
    await expect(open(name, make())).rejects.toMatchObject({ problem, message: expect.stringMatching(words), field: 'folder' });
    expect([unpackedFolders(), readFileSync(join(top, 'canary'), 'utf8'), existsSync('/tmp/canary')]).toEqual([[], 'canary', false]);
  });

  it('in an archive stays what it is: a bomb in a bomb is a file', async () => {
    const { folder } = await open('a.zip', zip({ 'app.py': text('x'), 'inner.zip': zip({ zeros: Buffer.alloc(900_000) }) }));
    expect(readdirSync(folder).sort()).toEqual(['app.py', 'inner.zip']);
  });

  it('is unpacked once for all who ask, again where it changed, and no more once nobody waits', async () => {
    const path = join(top, 'a.zip');
    await writeFile(path, zip(files));
    const told: Unpacking[] = [];
    const [one, two] = await Promise.all([archives.open(path, never, (now) => told.push(now)), archives.open(path, never)]);
    expect([one.folder, told.length > 0]).toEqual([two.folder, true]);
    await writeFile(path, zip({ 'other.py': text('x') }));
    expect(tree((await archives.open(path, never)).folder)).toEqual({ 'other.py': 'x' });
    await archives.drop(path);
    expect(unpackedFolders()).toEqual([]);

    const stop = new AbortController();
    const waiting = archives.open(path, stop.signal);
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ problem: 'cancelled' });
    // Another try is not disturbed by the one that was given up.
    expect(tree((await archives.open(path, never)).folder)).toEqual({ 'other.py': 'x' });
  });

  it('leaves a folder as it is, and clears what sessions that were killed left behind', async () => {
    expect(await archives.open(top, never)).toEqual({ folder: top, leftOut: [] });
    mkdirSync(join(top, 'tmp/forgeboard-archive-4194305-x'));
    await open('a.zip', zip(files));
    expect(unpackedFolders()).toHaveLength(1);
  });
});

/** Signatures of a local header and one of the central directory; flags stand 6 and 8 bytes after, sizes 22 and 24. */
const headers = (bytes: Uint8Array) => {
  const view = Buffer.from(bytes);
  return { view, local: view.indexOf('PK\x03\x04', 0, 'latin1'), central: view.indexOf('PK\x01\x02', 0, 'latin1') };
};
function encrypted(bytes: Uint8Array): Buffer {
  const { view, local, central } = headers(bytes);
  view.writeUInt16LE(view.readUInt16LE(local + 6) | 1, local + 6);
  view.writeUInt16LE(view.readUInt16LE(central + 8) | 1, central + 8);
  return view;
}
function lying(bytes: Uint8Array): Buffer {
  const { view, local, central } = headers(bytes);
  view.writeUInt32LE(10, local + 22);
  view.writeUInt32LE(10, central + 24);
  return view;
}
function changed(bytes: Uint8Array, from: string, to: string): Buffer {
  const view = Buffer.from(bytes);
  view.write(to, view.indexOf(from));
  return view;
}
