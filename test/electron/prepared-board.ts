import { afterAll, beforeAll } from 'vitest';
import { bootHost, type TestHost } from '../hosts/host.ts';
import { type Board, openBoard } from './board.ts';

/* One prepared host for all tests of a file, known to a client of its own as `box`. */
export let host: TestHost;
export let board: Board;

/** Boots and prepares it before the tests of the file that says so, and takes it away after them. */
export function withPreparedBoard(): void {
  beforeAll(async () => {
    host = await bootHost({ image: 'web' });
    board = await openBoard(host);
    await board.call('hosts.prepare', { name: 'box', yes: true });
  });
  afterAll(async () => {
    await board?.close();
    await host?.stop();
  });
}
