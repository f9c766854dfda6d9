import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Board, openBoard } from '../board.ts';

let board: Board;
beforeEach(async () => {
  board = await openBoard(null);
});
afterEach(() => board.close());

const list = async () => (await board.call<{ snippets: { name: string; text: string }[] }>('snippets.list', {})).snippets;

describe('snippets', () => {
  it('are kept, changed under the same or another name, and forgotten', async () => {
    await board.call('snippets.save', { name: 'Restart nginx', text: 'systemctl reload nginx' });
    await board.call('snippets.save', { name: 'Disk', text: 'df -h\ndu -sh /srv/*' });
    expect((await list()).map(({ name }) => name)).toEqual(['Disk', 'Restart nginx']);
    await board.call('snippets.save', { name: 'Space', text: 'df -h /', replaces: 'Disk' });
    await board.call('snippets.save', { name: 'Space', text: 'df -h', replaces: 'Space' });
    expect((await list()).at(-1)).toEqual({ name: 'Space', text: 'df -h' });
    await board.call('snippets.remove', { name: 'Restart nginx' });
    expect(await list()).toEqual([{ name: 'Space', text: 'df -h' }]);
  });

  it('never take the place of another unasked', async () => {
    await board.call('snippets.save', { name: 'a', text: 'one' });
    await board.call('snippets.save', { name: 'b', text: 'two' });
    expect(await board.failing('snippets.save', { name: 'a', text: 'three' })).toMatchObject({ problem: 'exists', field: 'name' });
    expect(await board.failing('snippets.save', { name: 'a', text: 'three', replaces: 'b' })).toMatchObject({ problem: 'exists' });
    expect(await board.failing('snippets.save', { name: 'c', text: 'three', replaces: 'gone' })).toMatchObject({ problem: 'not-found' });
    expect(await board.failing('snippets.remove', { name: 'gone' })).toMatchObject({ problem: 'not-found' });
    expect((await list()).map(({ text }) => text)).toEqual(['one', 'two']);
  });

  it.each([
    ['name', { name: '', text: 'ls' }],
    ['name', { name: ' ls', text: 'ls' }],
    ['name', { name: 'l\u200bs', text: 'ls' }],
    ['text', { name: 'ls', text: ' \n' }],
    ['text', { name: 'ls', text: 'ls\u001b[201~\n' }],
    ['text', { name: 'ls', text: 'ls\rrm x' }],
    ['text', { name: 'ls', text: 'x'.repeat(20_001) }],
  ])('with a %s that breaks its rule are refused', async (field, input) => {
    expect(await board.failing('snippets.save', input)).toMatchObject({ problem: 'invalid', field });
    expect(await list()).toEqual([]);
  });

  it('of a file that was edited badly are set aside, and the last good ones taken', async () => {
    await board.call('snippets.save', { name: 'a', text: 'one' });
    const path = join(board.home, 'snippets.yml');
    await writeFile(path, (await readFile(path, 'utf8')).replace('one', '"\\e]52;c;AAAA\\a"'));
    expect(await list()).toEqual([{ name: 'a', text: 'one' }]);
  });
});
