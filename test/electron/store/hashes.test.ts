import { lstatSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openHashCache } from '../../../electron/store/hashes.ts';

const sha = 'a'.repeat(64);
let home: string;
let file: string;

const facts = () => lstatSync(file, { bigint: true });
const kept = () => join(home, 'cache', readdirSync(join(home, 'cache'))[0] as string);

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'forgeboard-hashes-'));
  file = join(home, 'app.py');
  writeFileSync(file, 'one');
  // What changed within the last second is not believed.
  const later = { ...facts(), ctimeMs: 0n, mtimeMs: 0n };
  const cache = await openHashCache(home, '/folder');
  cache.set('app.py', later as ReturnType<typeof facts>, sha);
  await cache.save();
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

describe('the cache of hashes', () => {
  it('knows a file until its size, times or inode change', async () => {
    expect((await openHashCache(home, '/folder')).get('app.py', facts())).toBe(sha);
    expect((await openHashCache(home, '/another')).get('app.py', facts())).toBeUndefined();
    utimesSync(file, 1, 1);
    expect((await openHashCache(home, '/folder')).get('app.py', facts())).toBeUndefined();
  });

  it.each(['', '{', '[]', 'null', '{"app.py": 7}', '{"app.py": ["x"]}'])('takes a damaged file (%j) for an empty one', async (text) => {
    writeFileSync(kept(), text);
    expect((await openHashCache(home, '/folder')).get('app.py', facts())).toBeUndefined();
  });

  it('believes nothing that is no hash', async () => {
    const { size, mtimeNs, ctimeNs, ino } = facts();
    writeFileSync(kept(), JSON.stringify({ 'app.py': [`${size}.${mtimeNs}.${ctimeNs}.${ino}`, '../../etc/passwd'] }));
    expect((await openHashCache(home, '/folder')).get('app.py', facts())).toBeUndefined();
  });
});
