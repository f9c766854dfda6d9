import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openInventory } from '../../../electron/store/inventory.ts';
import { openSettings } from '../../../electron/store/settings.ts';

const shop = { name: 'shop-1', user: 'ana', address: '10.0.0.2', port: 22, identity: null, addedAt: '2026-01-01T00:00:00.000Z' };

describe('what is kept in the home folder', () => {
  let home = '';
  let told: string[] = [];
  const inventory = () => openInventory(home, (text) => told.push(text));
  const settings = () => openSettings(home, (text) => told.push(text));
  const broken = () => readdirSync(home).filter((name) => name.includes('.broken-'));
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'forgeboard-store-'));
    told = [];
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  it('is readable by its owner alone', async () => {
    await inventory().add(shop);
    expect(readFileSync(join(home, 'hosts.yml'), 'utf8')).toContain('shop-1');
    for (const name of readdirSync(home)) expect((await import('node:fs')).statSync(join(home, name)).mode & 0o777, name).toBe(0o600);
  });

  it.each([
    ['truncated', (path: string) => truncateSync(path, 30)],
    ['of zero bytes', (path: string) => truncateSync(path, 0)],
    ['overwritten with something else', (path: string) => writeFileSync(path, Buffer.from([0xff, 0, 1, 2]))],
    ['of a newer format', (path: string) => writeFileSync(path, 'format: 2\nhosts: {}\n')],
    ['a YAML bomb', (path: string) => writeFileSync(path, 'a: &a [x]\nb: [*a, *a]\n')],
  ])('comes back from its last good copy where it is %s, and the bad file is kept aside and told of', async (_how, damage) => {
    await inventory().add(shop);
    damage(join(home, 'hosts.yml'));
    const opened = inventory();
    expect(await opened.list()).toEqual([shop]);
    expect(broken()).toHaveLength(1);
    expect(told).toEqual([expect.stringMatching(/^hosts\.yml could not be read; the copy from 20.* took its place\. The bad file is kept as .*broken-\d+\.$/)]);
    await opened.add({ ...shop, name: 'shop-2' });
    expect((await inventory().list()).map(({ name }) => name)).toEqual(['shop-1', 'shop-2']);
  });

  it('is never overwritten where there is no good copy: that is said once, and then it begins anew', async () => {
    writeFileSync(join(home, 'hosts.yml'), 'not: [a list');
    const opened = inventory();
    await expect(opened.list()).rejects.toMatchObject({ problem: 'config-invalid', hint: expect.stringContaining('broken-') });
    expect(await opened.list()).toEqual([]);
    expect(readFileSync(join(home, broken()[0]!), 'utf8')).toBe('not: [a list');
    expect(told).toHaveLength(1);
  });

  it('follows what a person writes into it by hand', async () => {
    const opened = inventory();
    await opened.add(shop);
    writeFileSync(join(home, 'hosts.yml'), readFileSync(join(home, 'hosts.yml'), 'utf8').replace('10.0.0.2', '10.0.0.3'));
    expect((await opened.get('shop-1')).address).toBe('10.0.0.3');
    truncateSync(join(home, 'hosts.yml'), 0);
    expect((await opened.get('shop-1')).address).toBe('10.0.0.3');
  });

  it('takes changes that come together one after the other', async () => {
    const opened = inventory();
    await Promise.all(Array.from({ length: 20 }, (_, index) => opened.add({ ...shop, name: `shop-${index}` })));
    expect(await opened.list()).toHaveLength(20);
    await expect(opened.add({ ...shop, name: 'shop-3' })).rejects.toMatchObject({ problem: 'exists' });
  });

  it('keeps settings, and has the usual ones where there are none or they are damaged', async () => {
    const terminal = { theme: 'window', font: '', size: 12.5, scrollback: 5_000, copyOnSelect: false, ligatures: false, record: false };
    const usual = { theme: 'system', textSize: 100, colourBlind: false, singleKeys: true, terminal };
    expect(await settings().get()).toEqual(usual);
    expect(await settings().set({ theme: 'dark', textSize: 110 })).toEqual({ ...usual, theme: 'dark', textSize: 110 });
    expect(await settings().get()).toMatchObject({ theme: 'dark' });
    writeFileSync(join(home, 'settings.yml'), 'format: 1\ntheme: pink\n');
    expect(await settings().get()).toMatchObject({ theme: 'dark', textSize: 110 });
    rmSync(join(home, 'settings.yml.last-good'));
    writeFileSync(join(home, 'settings.yml'), '');
    const opened = settings();
    expect(await opened.get()).toEqual(usual);
    expect(await opened.set({ colourBlind: true })).toMatchObject({ colourBlind: true });
    expect(told).toHaveLength(2);
  });

  it.skipIf(process.getuid?.() === 0)('says that nothing was changed where it cannot be written', async () => {
    const opened = inventory();
    await opened.add(shop);
    chmodSync(home, 0o500);
    await expect(opened.remove('shop-1')).rejects.toMatchObject({ problem: 'unreadable' });
    chmodSync(home, 0o700);
    expect(await opened.list()).toHaveLength(1);
  });
});
