import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { travelling } from '../../../../electron/engine/inspect/travelling.ts';
import { openHashCache } from '../../../../electron/store/hashes.ts';

let top = '';
beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), 'forgeboard-travelling-'));
});
afterEach(() => rm(top, { recursive: true, force: true }));

it('says of a messy Django folder what travels, what stays and why, and of its .env the names alone', async () => {
  const put = async (path: string, text: string) => {
    await mkdir(dirname(join(top, 'app', path)), { recursive: true });
    await writeFile(join(top, 'app', path), text);
  };
  await put('manage.py', '12345');
  await put('shop/settings.py', 'x');
  await put('.env', 'SECRET_KEY=very-hidden-value\nPAGE_SIZE=20\n');
  await put('.gitignore', 'db.sqlite3\n');
  await put('db.sqlite3', 'x'.repeat(4000));
  await put('.venv/lib/a.py', 'x'.repeat(900));
  await put('.venv/lib/b.py', 'x'.repeat(100));
  await put('.git/config', 'x');
  await writeFile(join(top, 'canary'), 'x');
  await symlink('../canary', join(top, 'app', 'out'));

  const path = join(top, 'app');
  const found = await travelling(path, await openHashCache(join(top, 'home'), path), new AbortController().signal);
  expect(found.listed.map((one) => one.path)).toEqual(['.gitignore', 'manage.py', 'shop/settings.py']);
  expect([found.files, found.bytes]).toEqual([3, 17]);
  expect(found.leftOut.map(({ path: name, why, bytes }) => [name, why, bytes])).toEqual([
    ['db.sqlite3', 'ignored', 4000],
    ['.venv', 'made anew', 1000],
    ['.env', 'looks like a secret', 42],
    ['.git', 'made anew', 1],
    ['out', 'link out of the folder', 0],
  ]);
  expect(found.dotenv).toEqual([
    {
      path: '.env',
      variables: [
        { name: 'SECRET_KEY', secret: true },
        { name: 'PAGE_SIZE', secret: false },
      ],
    },
  ]);
  expect(JSON.stringify(found)).not.toContain('very-hidden-value');
});
