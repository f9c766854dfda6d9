import { afterAll, beforeAll } from 'vitest';
import type { Kit } from '../../electron/hostkit/hostkit.ts';
import type { Connection } from '../../electron/ssh/connection.ts';
import { bootHost, type TestHost } from '../hosts/host.ts';
import { connectAs, kitAs, prepare } from './over-ssh.ts';

/* One prepared host for all tests of a file, with a connection as root and the kit on it. Each file has its own. */
export let host: TestHost;
export let connection: Connection;
export let kit: Kit;

/** Another connection and kit in place of those that were cut. */
export async function reconnect(): Promise<void> {
  connection?.close();
  connection = await connectAs(host, 'root');
  kit = await kitAs(connection, 'root', { log: (text) => process.stderr.write(text) });
}

/** Boots and prepares it before the tests of the file that says so, and takes it away after them. */
export function withPreparedHost(): void {
  beforeAll(async () => {
    host = await bootHost({ image: 'web' });
    await reconnect();
    await prepare(kit, 'root');
  });
  afterAll(async () => {
    kit?.close();
    connection?.close();
    await host?.stop();
  });
}
