import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { ForwardEvent } from '../../../shared/contract/forwards.ts';
import { forge, type Forge } from '../../../electron/forge.ts';
import { missingRequirements } from '../../hosts/debian.ts';
import { bootHost, type TestHost } from '../../hosts/host.ts';

/** An HTTP answer over a socket that leads to a web server. */
async function asked(socket: Socket): Promise<string> {
  socket.write('GET / HTTP/1.0\r\n\r\n');
  return text(socket);
}

describe.skipIf(missingRequirements().length > 0)('a forward', () => {
  let host: TestHost;
  let forgeboard: Forge;
  const home = mkdtempSync(path.join(tmpdir(), 'forgeboard-forwards-'));

  const run = (name: string, input: unknown, signal: AbortSignal, emit: (event: unknown) => void = () => {}) =>
    forgeboard.dispatch(name, input, { actor: { name: 'ana', role: 'admin' }, emit, ask: async () => undefined, signal });

  /** Opens it for the length of the test; resolves to the port at which connections are taken. */
  async function opened(forward: string, how: { remote?: boolean; dynamic?: boolean } = {}) {
    const controller = new AbortController();
    const events: ForwardEvent[] = [];
    const carried: ForwardEvent[] = [];
    const ended = run('forwards.open', { host: 'shop-1', forward, ...how }, controller.signal, (event) => {
      ((event as ForwardEvent).type === 'carried' ? carried : events).push(event as ForwardEvent);
    });
    onTestFinished(async () => {
      controller.abort();
      await ended;
    });
    const listening = await vi.waitFor(() => {
      const found = events.find((event) => event.type === 'listening');
      if (found?.type !== 'listening') throw new Error('not yet');
      return found;
    }, 10_000);
    const port = Number(listening.at.split(':').at(-1));
    return { events, carried, ended, port, close: () => controller.abort(), reach: () => connect({ port, host: '127.0.0.1' }) };
  }

  beforeAll(async () => {
    host = await bootHost({ image: 'base' });
    await host.write('/srv/web/index.html', 'from the server\n');
    await host.run(['systemd-run', '-q', '--unit', 'web', 'python3', '-m', 'http.server', '--bind', '127.0.0.1', '--directory', '/srv/web', '8000']);
    await vi.waitFor(() => host.run(['curl', '-s', '-o', '/dev/null', 'http://127.0.0.1:8000/']), { timeout: 10_000, interval: 100 });
    vi.stubEnv('FORGEBOARD_HOME', home);
    forgeboard = forge({ home, log: () => {} });
    const added = await run(
      'hosts.add',
      { name: 'shop-1', address: `deploy@${host.address}:${host.port}`, identity: host.identity, fingerprint: await host.hostKeyFingerprint() },
      new AbortController().signal,
    );
    expect(added).toMatchObject({ ok: true });
  });
  afterAll(async () => {
    forgeboard?.close();
    await host?.stop();
    rmSync(home, { recursive: true, force: true });
    vi.unstubAllEnvs();
  });

  it('leads a port of this computer to one that only the server reaches, and back again after a lost connection', async () => {
    const { reach, events, carried, port, close, ended } = await opened('0:8000');
    expect(await Promise.all(Array.from({ length: 20 }, async () => (await asked(reach())).endsWith('from the server\n')))).toEqual(Array(20).fill(true));
    await vi.waitFor(() => expect(carried.at(-1)).toEqual({ type: 'carried', open: 0, all: 20 }), 5_000);
    await host.resetConnections();
    await vi.waitFor(() => expect(events.find((event) => event.type === 'note')).toMatchObject({ connected: false }), 15_000);
    await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ type: 'note', text: 'shop-1 is connected again', connected: true }), 15_000);
    expect(await asked(reach())).toContain('from the server');
    // The port is another's now.
    expect(await run('forwards.open', { host: 'shop-1', forward: `${port}:8000` }, new AbortController().signal)).toMatchObject({
      ok: false,
      failure: { problem: 'port-taken', field: 'forward' },
    });
    close();
    expect(await ended).toMatchObject({ ok: true, value: { connections: 21 } });
    await expect(once(reach(), 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('to a port where nothing listens says so and goes on', async () => {
    const { reach, events } = await opened('0:9');
    expect(await text(reach())).toBe('');
    await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ type: 'note', text: expect.stringContaining('does not reach 127.0.0.1:9') }));
  });

  it('that is dynamic goes where each program says, by names as the server knows them', async () => {
    const { reach } = await opened('0', { dynamic: true });
    const socket = reach();
    socket.write(Buffer.from([5, 1, 0]));
    expect((await once(socket, 'data'))[0]).toEqual(Buffer.from([5, 0]));
    socket.write(Buffer.from([5, 1, 0, 3, 9, ...Buffer.from('localhost'), 0x1f, 0x40]));
    expect((await once(socket, 'data'))[0]).toEqual(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
    expect(await asked(socket)).toContain('from the server');
    const other = reach();
    other.write('GET / HTTP/1.1\r\n\r\n');
    expect(await text(other)).toBe('');
  });

  it('that is remote leads a port of the server to this computer, also after a lost connection', async () => {
    const web = createServer((_request, response) => void response.end('from this computer'));
    web.listen(0, '127.0.0.1');
    await once(web, 'listening');
    onTestFinished(() => void web.close());
    const { port, events, close, ended } = await opened(`0:${(web.address() as AddressInfo).port}`, { remote: true });
    const seen = (at: number) => host.run(['curl', '-s', '--max-time', '10', `http://127.0.0.1:${at}/`], { check: false });
    expect(await seen(port)).toMatchObject({ stdout: 'from this computer' });
    await host.resetConnections();
    await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ text: expect.stringContaining('is connected again') }), 15_000);
    expect(await seen(port)).toMatchObject({ stdout: 'from this computer' });
    close();
    expect(await ended).toMatchObject({ ok: true });
    expect(await seen(port)).toMatchObject({ code: 7 });
  });
});
