import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forge } from '../../../electron/forge.ts';
import { createFolderHandles, openFolderMemory } from '../../../electron/store/folders.ts';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'forgeboard-folders-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

describe('a handle', () => {
  it('of a folder that was chosen is good for any app, one of a remembered folder for its app only, and none can be guessed', () => {
    const folders = createFolderHandles();
    const [chosen, again] = [folders.open('/home/ana/shop'), folders.again('/home/ana/shop', { host: 'fra-1', app: 'shop' })];
    expect(again).not.toBe(chosen);
    expect(folders.again('/home/ana/shop', { host: 'fra-1', app: 'shop' })).toBe(again);
    for (const handle of [chosen, again]) expect(handle).toMatch(/^folder-[0-9a-f]{24}$/);
    expect(folders.path(chosen, { host: 'hel-2', app: undefined })).toBe('/home/ana/shop');
    expect(folders.path(again, { host: 'fra-1', app: 'shop' })).toBe('/home/ana/shop');
    for (const [host, app] of [
      ['hel-2', 'shop'],
      ['fra-1', 'blog'],
      ['fra-1', undefined],
    ] as const) {
      expect(() => folders.path(again, { host, app })).toThrow('This folder is open for shop on fra-1 only');
    }
    expect(() => folders.path('folder-1', { host: 'fra-1', app: 'shop' })).toThrow('This folder is not open any more');
  });
});

describe('the folders of a laptop', () => {
  it('are remembered by app, the last one first, and go with their host', async () => {
    const memory = openFolderMemory(home);
    await memory.remember('fra-1', '/a', 'shop');
    await memory.remember('fra-1', '/b', 'shop');
    await memory.remember('hel-2', '/c', 'shop');
    expect(await memory.folderOf('fra-1', 'shop')).toBe('/b');
    await memory.remember('fra-1', '/a', 'shop');
    expect(await memory.folderOf('fra-1', 'shop')).toBe('/a');
    expect(await memory.appOf('fra-1', '/b')).toBe('shop');
    expect(await memory.folderOf('fra-1', 'toString')).toBeUndefined();
    await memory.forget('fra-1');
    expect([await memory.folderOf('fra-1', 'shop'), await memory.folderOf('hel-2', 'shop')]).toEqual([undefined, '/c']);
  });

  it('are offered again by name and handle after a new start, never by path, and not for another app or server', async () => {
    const host = (name: string) => ({ name, user: 'root', address: '192.0.2.1', port: 22, identity: null, addedAt: '2026-01-01T00:00:00Z' });
    writeFileSync(join(home, 'hosts.yml'), JSON.stringify({ format: 1, hosts: [host('fra-1'), host('hel-2')] }));
    await openFolderMemory(home).remember('fra-1', home, 'shop');
    await openFolderMemory(home).remember('fra-1', join(home, 'was-here'), 'blog');
    const opened = forge({ home, log: () => {} });
    const call = (name: string, input: object) =>
      opened.dispatch(name, input, { actor: { name: 'ana@laptop', role: 'admin' }, emit: () => {}, ask: async () => undefined, signal: new AbortController().signal });
    const offered = (await call('deployments.folder', { host: 'fra-1', app: 'shop' })) as { value: { folder: { handle: string } } };
    expect(offered).toEqual({ ok: true, value: { folder: { handle: expect.stringMatching(/^folder-[0-9a-f]{24}$/), name: basename(home) }, gone: null } });
    const { handle: folder } = offered.value.folder;
    for (const elsewhere of [{ host: 'hel-2', app: 'shop' }, { host: 'fra-1', app: 'blog' }, { host: 'fra-1' }]) {
      expect(await call('deployments.start', { folder, ...elsewhere })).toMatchObject({ ok: false, failure: { problem: 'denied', field: 'folder' } });
    }
    expect(await call('deployments.folder', { host: 'fra-1', app: 'blog' })).toEqual({ ok: true, value: { folder: null, gone: 'was-here' } });
    expect(await call('deployments.folder', { host: 'hel-2', app: 'shop' })).toEqual({ ok: true, value: { folder: null, gone: null } });
    opened.close();
  });
});
