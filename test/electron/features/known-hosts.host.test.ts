import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KnownKey } from '../../../shared/contract/known-hosts.ts';
import { missingRequirements } from '../../hosts/debian.ts';
import { bootHost, type TestHost } from '../../hosts/host.ts';
import { type Board, openBoard } from '../board.ts';

describe.skipIf(missingRequirements().length > 0)('the known key of a server', () => {
  let host: TestHost;
  let board: Board;
  beforeAll(async () => {
    host = await bootHost({ image: 'base' });
    board = await openBoard(host);
  });
  afterAll(async () => {
    await board?.close();
    await host?.stop();
  });

  it('is listed with the server it is for, is unknown once forgotten, and known again when that is undone', async () => {
    const file = join(board.home, 'known_hosts');
    const before = readFileSync(file);
    const verdict = async () => (await board.call<{ verdict: string }>('hosts.probe', { address: `root@${host.address}:${host.port}` })).verdict;
    const { keys } = await board.call<{ keys: KnownKey[] }>('known-hosts.list', { host: 'box' });
    expect(keys.map(({ fingerprint, mark }) => [fingerprint, mark])).toContainEqual([await host.hostKeyFingerprint(), 'key']);
    expect(await verdict()).toBe('known');
    const { undo } = await board.call<{ undo: string }>('known-hosts.forget', { host: 'box', yes: true });
    expect(await verdict()).toBe('unknown');
    await board.call('known-hosts.restore', { undo });
    expect(await verdict()).toBe('known');
    expect(readFileSync(file)).toEqual(before);
  });
});
