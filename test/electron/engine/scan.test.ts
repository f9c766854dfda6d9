import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scan } from '../../../electron/engine/scan.ts';
import { openHashCache } from '../../../electron/store/hashes.ts';
import type { Failure } from '../../../shared/errors.ts';

let top = '';
beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), 'forgeboard-scan-'));
});
afterEach(() => rm(top, { recursive: true, force: true }));

const folder = () => join(top, 'app');
async function put(path: string, text = path): Promise<void> {
  await mkdir(dirname(join(folder(), path)), { recursive: true });
  await writeFile(join(folder(), path), text);
}
const run = async (path = folder()) => scan(path, await openHashCache(join(top, 'home'), path), new AbortController().signal);
const failure = (path?: string) =>
  run(path).then(
    () => expect.unreachable(),
    (error: Failure) => error,
  );

describe('what of a folder travels', () => {
  it('lists files by path with content key and size, executable ones marked', async () => {
    await put('b/two.py', 'two');
    await put('a.sh', 'two');
    await chmod(join(folder(), 'a.sh'), 0o755);
    const two = '3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3';
    expect(await run()).toMatchObject({
      bytes: 6,
      files: [
        { path: 'a.sh', key: `${two}x`, size: 3 },
        { path: 'b/two.py', key: two, size: 3 },
      ],
    });
  });

  it('leaves out what ignore files name at any depth, and junk', async () => {
    for (const path of ['app.py', '.git/config', 'x/__pycache__/a.pyc', '.venv/bin/python', 'node_modules/a.js', 'x/data/big.bin', 'x/keep/big.bin', 'notes.tmp', 'x/notes.tmp'])
      await put(path);
    await put('.gitignore', '*.tmp\n');
    await put('x/.gitignore', 'data/\n');
    await put('.forgeboardignore', '/x/keep\n');
    expect((await run()).files.map(({ path }) => path)).toEqual(['.forgeboardignore', '.gitignore', 'app.py', 'x/.gitignore']);
  });

  it('leaves what looks like a secret behind and says so', async () => {
    for (const path of ['app.py', '.env', '.env.local', '.env.example', 'conf/server.key', 'id_rsa']) await put(path);
    const { files, leftOut } = await run();
    expect(files.map(({ path }) => path)).toEqual(['.env.example', 'app.py']);
    expect(leftOut.map(({ path }) => path).sort()).toEqual(['.env', '.env.local', 'conf/server.key', 'id_rsa']);
  });

  it('F31: sends a link inside the folder as its content and no link out of it', async () => {
    await put('app.py', 'app');
    await symlink('app.py', join(folder(), 'inside.py'));
    await symlink('/etc/passwd', join(folder(), 'outside'));
    await symlink('/etc', join(folder(), 'etc'));
    await symlink('nowhere', join(folder(), 'broken'));
    const { files, leftOut } = await run();
    expect(files.map(({ path }) => path)).toEqual(['app.py', 'inside.py']);
    expect(leftOut.map(({ path }) => path)).toEqual(['broken', 'etc', 'outside']);
  });

  it('sees a change of the same size and time', async () => {
    await put('app.py', 'one');
    const past = new Date(Date.now() - 60_000);
    await utimes(join(folder(), 'app.py'), past, past);
    const before = await run();
    await writeFile(join(folder(), 'app.py'), 'two');
    await utimes(join(folder(), 'app.py'), past, past);
    expect((await run()).files[0]?.key).not.toBe(before.files[0]?.key);
  });
});

describe('folders that cannot be deployed', () => {
  it('one that does not exist, is a file, or is empty', async () => {
    expect(await failure()).toMatchObject({ problem: 'invalid', field: 'folder', message: expect.stringContaining('There is no folder') });
    await put('app.py');
    expect(await failure(join(folder(), 'app.py'))).toMatchObject({ problem: 'invalid', message: expect.stringContaining('is a file') });
    await mkdir(join(top, 'empty/deeper'), { recursive: true });
    expect(await failure(join(top, 'empty'))).toMatchObject({ problem: 'invalid', message: expect.stringContaining('is empty') });
  });

  it('one with names that Linux tools trip over, each named', async () => {
    await put('app.py');
    await put('a\nb.py');
    expect(await failure()).toMatchObject({ problem: 'invalid', field: 'folder', message: expect.stringContaining('control character') });
    await rm(join(folder(), 'a\nb.py'));
    await writeFile(Buffer.concat([Buffer.from(`${folder()}/`), Buffer.from([0x61, 0xff])]), '');
    expect(await failure()).toMatchObject({ problem: 'invalid', message: expect.stringContaining('not valid UTF-8') });
  });

  it('one with more files than travel, naming where they are', async () => {
    await put('app.py');
    await mkdir(join(folder(), 'heap'));
    await Promise.all(Array.from({ length: 1500 }, (_none, index) => writeFile(join(folder(), `heap/${index}`), '')));
    const scanned = scan(folder(), await openHashCache(join(top, 'home'), folder()), new AbortController().signal, { files: 1000, bytes: 5e9 });
    await expect(scanned).rejects.toMatchObject({ problem: 'limit', field: 'folder', message: expect.stringMatching(/more than 1,000 files, .* in heap/) });
  });

  it('stops when it is cancelled', async () => {
    await put('app.py');
    await expect(scan(folder(), await openHashCache(join(top, 'home'), folder()), AbortSignal.abort())).rejects.toThrow();
  });
});
