import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFolder } from '../../../../electron/engine/inspect/folder.ts';

let top = '';
beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), 'forgeboard-inspect-'));
});
afterEach(() => rm(top, { recursive: true, force: true }));

const put = async (path: string, text: string | Buffer = path): Promise<void> => {
  await mkdir(dirname(join(top, 'app', path)), { recursive: true });
  await writeFile(join(top, 'app', path), text);
};
const opened = (most?: { files: number; depth: number }) => openFolder(join(top, 'app'), () => {}, new AbortController().signal, most);
const paths = async () => (await opened()).files.map(({ path }) => path);

describe('the folder that is inspected', () => {
  it('lists what ignore files and junk leave, and the .env in it for its names', async () => {
    for (const path of ['app.py', '.env', 'venv/lib/flask.py', '.git/config', 'x/build/a.py', 'x/b.py']) await put(path);
    await put('.gitignore', '.env\n');
    await put('x/.gitignore', 'build/\n');
    expect(await paths()).toEqual(['.env', '.gitignore', 'app.py', 'x/.gitignore', 'x/b.py']);
  });

  it('F31: never reads a file out of the folder, also where one is swapped for a link after it was listed', async () => {
    await put('app.py');
    await writeFile(join(top, 'canary'), 'canary');
    await symlink('../canary', join(top, 'app', 'out.py'));
    await symlink('app.py', join(top, 'app', 'in.py'));
    await symlink('..', join(top, 'app', 'up'));
    const source = await opened();
    expect(source.files.map(({ path }) => path)).toEqual(['app.py', 'in.py']);
    expect(await source.read('in.py', 100)).toBe('app.py');
    await rm(join(top, 'app', 'app.py'));
    await symlink('../canary', join(top, 'app', 'app.py'));
    expect(await Promise.all(['app.py', 'in.py', 'out.py', 'up/canary', '../canary'].map((path) => source.read(path, 100)))).toEqual([null, null, null, null, null]);
  });

  it('waits for no pipe, and gives nothing for what is too large, gone or a folder', async () => {
    await put('large.py', 'x'.repeat(101));
    await put('dir/a.py');
    execFileSync('mkfifo', [join(top, 'app', 'pipe.py')]);
    const source = await opened();
    expect(source.files.map(({ path }) => path)).toEqual(['dir/a.py', 'large.py']);
    expect(await Promise.all(['large.py', 'pipe.py', 'gone.py', 'dir'].map((path) => source.read(path, 100)))).toEqual([null, null, null, null]);
  });

  it('stops listing at its limit and says so', async () => {
    for (let at = 0; at < 12; at += 1) await put(`f${at}.py`);
    expect(await opened({ files: 10, depth: 9 })).toMatchObject({ isCut: true, files: { length: 10 } });
  });

  it.skipIf(process.getuid?.() === 0)('names folders that cannot be read, and reads the others', async () => {
    await put('shut/a.py');
    await put('open/a.py');
    await chmod(join(top, 'app', 'shut'), 0);
    const source = await opened();
    expect([source.unread, source.files.map(({ path }) => path)]).toEqual([['shut/'], ['open/a.py']]);
    await chmod(join(top, 'app', 'shut'), 0o755);
  });

  it('reads UTF-8 with a mark and the UTF-16 that PowerShell writes', async () => {
    await put('a.txt', '\ufeffflask');
    await put('b.txt', Buffer.from('\ufeffflask', 'utf16le'));
    const source = await opened();
    expect([await source.read('a.txt', 99), await source.read('b.txt', 99)]).toEqual(['flask', 'flask']);
  });

  it('refuses a file and what is not there', async () => {
    await put('app.py');
    const no = (path: string) => expect(openFolder(join(top, 'app', path), () => {}, new AbortController().signal)).rejects;
    await no('app.py').toMatchObject({ problem: 'invalid', field: 'folder' });
    await no('gone').toMatchObject({ problem: 'invalid', field: 'folder' });
  });
});
