import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commitOf } from '../../../electron/engine/commit.ts';

const id = '4f87176fa88bd4ddf0d9ee24ac84e0ec5fa1ccd7';
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forgeboard-commit-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function files(texts: Record<string, string | Buffer>): Promise<void> {
  for (const [path, text] of Object.entries(texts)) {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}
const head = { '.git/HEAD': 'ref: refs/heads/main\n', '.git/refs/heads/main': `${id}\n` };
const object = (text: string) => deflateSync(Buffer.concat([Buffer.from(`commit ${Buffer.byteLength(text)}\0`), Buffer.from(text)]));

describe('the commit of a folder', () => {
  it('is read from the branch, with the first line of its message', async () => {
    await files({ ...head, [`.git/objects/${id.slice(0, 2)}/${id.slice(2)}`]: object('tree x\nauthor y\n\nshop: a\u0007 new\u00a0door\n\nmore\n'), 'app/x': '' });
    expect(await commitOf(join(folder, 'app'))).toEqual({ id, message: 'shop: a new door' });
  });

  it('is found in packed refs, when detached, and in a worktree; a packed message is left out', async () => {
    await files({ '.git/HEAD': 'ref: refs/heads/main\n', '.git/packed-refs': `# pack-refs\n${id} refs/heads/main\n` });
    expect(await commitOf(folder)).toEqual({ id, message: null });
    await files({ '.git/HEAD': `${id}\n` });
    expect(await commitOf(folder)).toEqual({ id, message: null });
    await files({ ...head, 'tree/.git': 'gitdir: ../.git/worktrees/tree\n', '.git/worktrees/tree/HEAD': 'ref: refs/heads/main\n', '.git/worktrees/tree/commondir': '../..\n' });
    expect(await commitOf(join(folder, 'tree'))).toEqual({ id, message: null });
  });

  it('is null without git, before the first commit, and where the files are not what git writes', async () => {
    expect(await commitOf(folder)).toBeNull();
    await files({ '.git/HEAD': 'ref: refs/heads/main\n' });
    expect(await commitOf(folder)).toBeNull();
    await files({ '.git/HEAD': 'ref: refs/../../../etc/hostname\n' });
    expect(await commitOf(folder)).toBeNull();
    await files({ ...head, [`.git/objects/${id.slice(0, 2)}/${id.slice(2)}`]: 'no zlib' });
    expect(await commitOf(folder)).toEqual({ id, message: null });
  });
});
