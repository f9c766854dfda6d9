import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readWindowState, writeWindowState } from '../../../electron/desktop/bounds.ts';

const screens = [
  { x: 0, y: 0, width: 1920, height: 1040 },
  { x: 1920, y: 0, width: 1280, height: 1024 },
];

describe('the window', () => {
  let home = '';
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'forgeboard-bounds-'));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  it('opens where and as large as it was left', () => {
    const state = { x: 2000, y: 40, width: 1100, height: 760, maximized: true, theme: 'dark' } as const;
    writeWindowState(home, state);
    expect(readWindowState(home, screens)).toEqual(state);
  });

  it('opens in its usual size the first time, and where what was kept is nonsense', () => {
    const usual = { width: 1280, height: 800, maximized: false, theme: 'system' };
    expect(readWindowState(home, screens)).toEqual(usual);
    for (const text of ['', '{', 'null', '[]', '{"width":"a","height":-5,"theme":"pink","x":null}', '{"width":1e999}']) {
      writeFileSync(join(home, 'window.json'), text);
      const read = readWindowState(home, screens);
      expect(read, text).toMatchObject({ maximized: false, theme: 'system' });
      expect(read.width, text).toBeGreaterThanOrEqual(1024);
      expect(read.height, text).toBeGreaterThanOrEqual(700);
    }
  });

  it('comes back to a screen that is there', () => {
    writeWindowState(home, { x: 2500, y: 40, width: 1280, height: 800, maximized: false, theme: 'system' });
    expect(readWindowState(home, [screens[0]!])).not.toHaveProperty('x');
    writeWindowState(home, { x: 100, y: -400, width: 1280, height: 800, maximized: false, theme: 'system' });
    expect(readWindowState(home, screens)).not.toHaveProperty('x');
  });

  it('does not mind a home that cannot be written', () => {
    expect(() => writeWindowState('/dev/null/nowhere', { width: 1, height: 1, maximized: false, theme: 'system' })).not.toThrow();
  });
});
