import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { getFiles } from '../../../../electron/engine/files/get.ts';
import { Failure } from '../../../../shared/errors.ts';
import type { RemoteFacts, Sftp } from '../../../../electron/ssh/sftp.ts';

const facts = (kind: RemoteFacts['kind'], size = 0): RemoteFacts => ({ kind, size, mode: 0o644, modified: 1, uid: 0, gid: 0 });

/** A server that says of names and sizes what it likes: no real one does that on demand. */
function server(lies: { realPath: string; kind?: RemoteFacts['kind']; names?: string[]; size?: number }): Sftp {
  return {
    ended: new Promise(() => {}),
    realPath: async () => lies.realPath,
    lstat: async () => null,
    move: async () => {},
    unlink: async () => {},
    removeFolder: async () => {},
    stat: async () => facts(lies.kind ?? 'file', lies.size),
    list: async function* () {
      yield (lies.names ?? []).map((name) => ({ name, facts: facts('file', lies.size) }));
    },
    open: async () => ({ read: async () => 0, write: async () => {}, set: async () => {}, close: async () => {} }),
    makeFolder: async () => {},
    rename: async () => {},
    close: () => {},
  };
}

let into: string;
beforeEach(() => {
  into = mkdtempSync(join(tmpdir(), 'forgeboard-get-'));
});
afterEach(() => rmSync(into, { recursive: true, force: true }));
const get = (sftp: Sftp, path: string) =>
  getFiles(
    { sftp, beside: () => Promise.reject(new Failure('limit', 'it has no room')), start: async () => null, isRoot: false },
    path,
    into,
    false,
    () => {},
    new AbortController().signal,
  );

describe('a server that lies', () => {
  it('does not choose the name under which a file is kept', async () => {
    await get(server({ realPath: '/home/ana/.bash_profile' }), 'note.txt');
    expect(readdirSync(into)).toEqual(['note.txt']);
  });

  it('chooses no hidden one where none was asked for', async () => {
    await expect(get(server({ realPath: '/home/ana/.ssh', kind: 'folder', names: ['authorized_keys'] }), '.')).rejects.toMatchObject({ problem: 'invalid', field: 'path' });
    await expect(get(server({ realPath: '/..' }), '..')).rejects.toMatchObject({ problem: 'invalid' });
    expect(readdirSync(into)).toEqual([]);
  });

  it('leads nowhere else by the names in a folder', async () => {
    const done = await get(server({ realPath: '/srv/www', kind: 'folder', names: ['../out', '..', 'a/b', 'in\0side', '/etc/passwd', 'fine'] }), '/srv/www');
    expect(done).toMatchObject({ files: 1, left: 5 });
    expect(readdirSync(into)).toEqual(['www']);
    expect(readdirSync(join(into, 'www'))).toEqual(['fine']);
  });

  it('is told to have changed what it gives less of than it said', async () => {
    await expect(get(server({ realPath: '/srv/a', size: 10 }), '/srv/a')).rejects.toMatchObject({ problem: 'conflict', field: 'path' });
    expect(readdirSync(into).filter((name) => !name.endsWith('.part'))).toEqual([]);
  });
});
