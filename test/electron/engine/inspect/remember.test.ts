import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { remember } from '../../../../electron/engine/inspect/remember.ts';

let top = '';
beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), 'forgeboard-remember-'));
});
afterEach(() => rm(top, { recursive: true, force: true }));

const file = () => join(top, 'forgeboard.yml');
const text = () => readFile(file(), 'utf8');

describe('what is remembered of an import', () => {
  it('makes the file, and changes nothing the second time', async () => {
    const settings = { type: 'asgi', entry_point: 'main:app', root: 'backend' };
    expect(await remember(top, settings)).toBe(true);
    expect(await text()).toBe('type: asgi\nentry_point: main:app\nroot: backend\n');
    expect(await remember(top, settings)).toBe(false);
  });

  it('keeps comments and other settings, and takes out what served it before', async () => {
    await writeFile(file(), '# ours\ntype: wsgi\nentry_point: app:app # old\nmemory: 256M # enough\nprocesses:\n  mail: python mail.py\n');
    await remember(top, { type: 'worker', processes: { worker: 'python bot.py' } });
    expect(await text()).toBe('# ours\ntype: worker\nmemory: 256M # enough\nprocesses:\n  mail: python mail.py\n  worker: python bot.py\n');
  });

  it('says what is kept, takes it out where nothing is, and leaves it where nobody spoke of it', async () => {
    await remember(top, { type: 'wsgi', persist: ['db.sqlite3', 'media'] });
    expect(await text()).toBe('type: wsgi\npersist:\n  - db.sqlite3\n  - media\n');
    await remember(top, { type: 'asgi' });
    expect(await text()).toBe('type: asgi\npersist:\n  - db.sqlite3\n  - media\n');
    await remember(top, { type: 'asgi', persist: [] });
    expect(await text()).toBe('type: asgi\n');
  });

  it('leaves a file alone that it does not understand, and one that lies elsewhere', async () => {
    await writeFile(file(), 'a: [1\n');
    await expect(remember(top, { type: 'wsgi' })).rejects.toMatchObject({ problem: 'config-invalid', field: 'folder' });
    expect(await text()).toBe('a: [1\n');
    await rm(file());
    await writeFile(join(top, 'elsewhere'), 'memory: 1G\n');
    await symlink('elsewhere', file());
    await expect(remember(top, { type: 'wsgi' })).rejects.toMatchObject({ problem: 'config-invalid' });
    expect(await readFile(join(top, 'elsewhere'), 'utf8')).toBe('memory: 1G\n');
  });
});
