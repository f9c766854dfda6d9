import { Readable, Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { lookByFind, lookBySftp, mostListed } from '../../../../electron/engine/files/look.ts';
import { byShell } from '../../../../electron/engine/files/remote.ts';
import type { Channel } from '../../../../electron/ssh/channel.ts';
import type { RemoteFacts, Sftp } from '../../../../electron/ssh/sftp.ts';

/** A server whose find says this, after the marker that the command prints. */
function said(chunks: Iterable<string>): { run: () => Promise<Channel>; closed: () => boolean; read: () => number } {
  let isClosed = false;
  let read = 0;
  function* all(): Generator<Buffer> {
    yield Buffer.from('forgeboard-files:');
    for (const chunk of chunks) {
      read += chunk.length;
      yield Buffer.from(chunk);
    }
  }
  const channel: Channel = {
    stdin: new Writable({ write: (_chunk, _encoding, done) => done() }),
    stdout: Readable.from(all(), { objectMode: false }),
    stderr: Readable.from([]),
    exit: Promise.resolve({ code: 0, signal: null }),
    close: () => {
      isClosed = true;
    },
  };
  return { run: async () => channel, closed: () => isClosed, read: () => read };
}
const look = (server: ReturnType<typeof said>) => lookByFind({ start: byShell(server.run) }, '/srv', new AbortController().signal);

it('of a folder without an end as much is told as can be held, and no more is read', async () => {
  const server = said(
    (function* () {
      yield '/srv\0';
      for (;;) yield `${['f', 'f', '1', '644', '0', 'a', 'a', 'x'.repeat(60_000), ''].join('\0')}\0`;
    })(),
  );
  const looked = await look(server);
  expect(looked).toMatchObject({ path: '/srv', more: true });
  expect(looked?.entries.length).toBeGreaterThan(1_000);
  expect(new Set(looked?.entries.map(({ name }) => name.length))).toEqual(new Set([60_000]));
  expect(server.closed()).toBe(true);
  expect(server.read()).toBeLessThan(mostListed * 2);
});

it('the same is held over SFTP, whose folder is closed then', async () => {
  let told = 0;
  let isClosed = false;
  const facts: RemoteFacts = { kind: 'file', size: 1, mode: 0o644, modified: 0, uid: 0, gid: 0 };
  const sftp = {
    realPath: async () => '/srv',
    stat: async () => ({ ...facts, kind: 'folder' as const }),
    list: async function* () {
      try {
        for (;;) yield Array.from({ length: 100 }, () => ({ name: `${told++}`.padStart(10_000, 'x'), facts }));
      } finally {
        isClosed = true;
      }
    },
  };
  const looked = await lookBySftp(sftp as unknown as Sftp, '/srv', 'fra-1', new AbortController().signal);
  expect(looked).toMatchObject({ path: '/srv', kind: 'folder', more: true });
  expect(looked.entries.length * 10_100).toBeLessThanOrEqual(mostListed);
  expect(told * 10_100).toBeLessThan(mostListed + 200 * 10_100);
  expect(isClosed).toBe(true);
});

it('what a server says of sizes, permissions and times is a number that there is', async () => {
  const entry = (size: string, mode: string, seconds: string, name: string) => `${['f', 'f', size, mode, seconds, 'a', 'a', name, ''].join('\0')}\0`;
  const looked = await look(said(['/srv\0', entry('-5', 'x', 'never', 'a'), entry('9'.repeat(30), '644', '1e99', 'b'), entry('7', '4755', '0', 'c')]));
  expect(looked?.entries).toMatchObject([
    { name: 'a', size: 0, mode: '0000', modified: '1970-01-01T00:00:00.000Z' },
    { name: 'b', size: 0, mode: '0644' },
    { name: 'c', size: 7, mode: '4755' },
  ]);
});
