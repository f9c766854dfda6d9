import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Inspection, Travelling } from '../../../shared/contract/imports.ts';
import { type Board, openBoard } from '../board.ts';

let board: Board;
beforeEach(async () => {
  board = await openBoard(null);
});
afterEach(() => board.close());

const unpacked = () => readdirSync(tmpdir()).filter((name) => name.startsWith(`forgeboard-archive-${process.pid}-`));

it('looks at an archive as at the folder in it, tells how far it is, and changes nothing of it', async () => {
  const text = (content: string) => Buffer.from(content);
  const path = join(board.home, 'shop-2.zip');
  const app = {
    'app.py': text('import os\nfrom flask import Flask\napp = Flask(__name__)\nx = os.environ["API_KEY"]\n'),
    '.env': text('API_KEY=very-hidden\n'),
    'requirements.txt': text('flask\n'),
  };
  writeFileSync(path, zipSync({ 'shop-main': { ...app, out: [text('/etc/passwd'), { os: 3, attrs: 0o120777 << 16 }] } }));
  const [before, folder] = [readFileSync(path), board.open(path)];
  const told: { type: string }[] = [];
  const [found, files] = await Promise.all([
    board.call<Inspection>('imports.inspect', { folder }, { onEvent: (event) => told.push(event as never) }),
    board.call<Travelling>('imports.files', { folder }),
  ]);
  expect(found).toMatchObject({ type: 'flask', root: '.', entrypoint: 'app:app', dependencies: { file: 'requirements.txt' } });
  expect(files.listed.map((one) => one.path)).toEqual(['app.py', 'requirements.txt']);
  expect(files.leftOut.map(({ path: name, why }) => [name, why])).toEqual([
    ['.env', 'looks like a secret'],
    ['out', 'link out of the folder'],
  ]);
  expect([told[0]?.type, files.dotenv[0]?.variables]).toEqual(['unpacking', [{ name: 'API_KEY', secret: true }]]);
  expect(await board.call('imports.remember', { folder, settings: { type: 'wsgi', entry_point: 'app:app' } })).toEqual({ changed: false });
  expect(readFileSync(path).equals(before)).toBe(true);
  expect(unpacked()).toHaveLength(1);
  await board.close();
  expect(unpacked()).toEqual([]);
});
