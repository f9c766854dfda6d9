import { type AddressInfo, connect as connectTo, createServer, type Socket } from 'node:net';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Failure } from '../../shared/errors.ts';
import { backoffMs } from '../../electron/ssh/backoff.ts';
import type { Connection } from '../../electron/ssh/connection.ts';
import { type Connections, type ConnectionsOptions, type ConnectionState, openConnections } from '../../electron/ssh/connections.ts';
import { noCredentials } from '../../electron/ssh/credentials.ts';
import { KnownHosts } from '../../electron/ssh/known-hosts.ts';
import type { SshTarget } from '../../electron/ssh/target.ts';
import { answering, type FakeServer, fakeServer, type FakeServerOptions } from './fake-server.ts';
import { folder } from './folder.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function server(options: FakeServerOptions = {}): Promise<FakeServer> {
  const fake = await fakeServer(options);
  cleanups.push(() => fake.close());
  return fake;
}

/** Connections that trust these servers, with a record of the states of the hosts. */
async function trusting(servers: FakeServer[], options: Partial<ConnectionsOptions> = {}): Promise<{ connections: Connections; states: ConnectionState[]; known: KnownHosts }> {
  const file = path.join(folder(), 'known_hosts');
  const known = new KnownHosts({ read: [file], append: file });
  for (const fake of servers) await known.accept('127.0.0.1', fake.port, fake.hostKeys[0]!.key);
  const connections = openConnections({ hostKeys: { known }, ...options });
  cleanups.push(() => connections.closeAll());
  const states: ConnectionState[] = [];
  connections.onState((state) => states.push(state));
  return { connections, states, known };
}

const host = (target: SshTarget, name = 'shop-1') => ({ name, target });
const credentials = noCredentials;
const cut = (fake: FakeServer): void => void (fake.connections.at(-1) as unknown as { _sock: Socket })._sock.destroy();

describe('the connection of a host', () => {
  it('is one, however many ask at the same time and later', async () => {
    const fake = await server();
    const { connections, states } = await trusting([fake]);
    const all = await Promise.all(Array.from({ length: 20 }, () => connections.get(host(fake.target), { credentials })));
    expect(new Set([...all, await connections.get(host(fake.target), { credentials })]).size).toBe(1);
    expect(fake.connections).toHaveLength(1);
    expect(states.map(({ state }) => state)).toEqual(['connecting', 'ready']);
  });

  it('that one caller gives up is still made for the others; given up by all, it is not', async () => {
    const fake = await server({ auth: (context) => void setTimeout(() => context.accept(), 100) });
    const { connections } = await trusting([fake]);
    const controller = new AbortController();
    const first = connections.get(host(fake.target), { credentials, signal: controller.signal });
    const second = connections.get(host(fake.target), { credentials });
    controller.abort();
    await expect(first).rejects.toMatchObject({ problem: 'cancelled' });
    expect((await second).handshake.server).not.toBe('');
    connections.close('shop-1');

    const alone = new AbortController();
    const only = connections.get(host(fake.target), { credentials, signal: alone.signal });
    await vi.waitFor(() => expect(fake.connections).toHaveLength(2));
    alone.abort();
    await expect(only).rejects.toMatchObject({ problem: 'cancelled' });
    await vi.waitFor(() => expect((fake.connections[1] as unknown as { _sock: Socket })._sock.destroyed).toBe(true));
  });

  it('is opened anew after it was lost, with no new question', async () => {
    const fake = await server({ auth: (context) => (context.method === 'password' && context.password === 'right' ? context.accept() : context.reject(['password'])) });
    const { connections, states } = await trusting([fake]);
    const asked = answering('right');
    const first = await connections.get(host(fake.target), { credentials: asked });
    cut(fake);
    expect(await first.closed).toMatchObject({ problem: 'unreachable' });
    const second = await connections.get(host(fake.target), { credentials: asked });
    expect(second).not.toBe(first);
    const channel = await second.exec('cat');
    channel.stdin.end('back');
    expect(await text(channel.stdout)).toBe('back');
    expect(asked.questions).toHaveLength(1);
    expect(states.map(({ state }) => state)).toEqual(['connecting', 'ready', 'lost', 'waiting', 'connecting', 'ready']);
  });

  it('is opened anew when the host’s target was edited', async () => {
    const [one, two] = [await server(), await server()];
    const { connections } = await trusting([one, two]);
    const first = await connections.get(host(one.target), { credentials });
    await connections.get(host(two.target), { credentials });
    expect(await first.closed).toBeUndefined();
    expect(two.connections).toHaveLength(1);
  });

  it('is closed on request, and the answers are forgotten', async () => {
    const fake = await server({ auth: (context) => (context.method === 'password' ? context.accept() : context.reject(['password'])) });
    const { connections, states } = await trusting([fake]);
    const asked = answering('a', 'b');
    const connection = await connections.get(host(fake.target), { credentials: asked });
    connections.close('shop-1');
    expect(await connection.closed).toBeUndefined();
    expect(states.at(-1)).toEqual({ host: 'shop-1', state: 'closed' });
    await connections.get(host(fake.target), { credentials: asked });
    expect(asked.questions).toHaveLength(2);
  });

  it('closed while it is being made is `cancelled`', async () => {
    const fake = await server({ auth: () => {} });
    const { connections } = await trusting([fake]);
    const waiting = connections.get(host(fake.target), { credentials, wait: true });
    await vi.waitFor(() => expect(fake.auths).toHaveLength(1));
    connections.closeAll();
    await expect(waiting).rejects.toMatchObject({ problem: 'cancelled' });
  });
});

describe('a login that was refused', () => {
  it('is not tried again until somebody asks for it', async () => {
    let password = 'other';
    const fake = await server({ auth: (context) => (context.method === 'password' && context.password === password ? context.accept() : context.reject(['password'])) });
    const { connections, states } = await trusting([fake]);
    const asked = answering('right', 'right', 'right');
    await expect(connections.get(host(fake.target), { credentials: asked })).rejects.toMatchObject({ problem: 'auth-failed' });
    const { length } = fake.auths;
    for (let round = 0; round < 5; round++) {
      await expect(connections.get(host(fake.target), { credentials: asked, wait: true })).rejects.toMatchObject({ problem: 'auth-failed' });
    }
    expect(fake.auths).toHaveLength(length);
    expect(fake.connections).toHaveLength(1);
    expect(states.at(-1)).toMatchObject({ state: 'refused', failure: { problem: 'auth-failed' } });
    password = 'right';
    await connections.get(host(fake.target), { credentials: asked, retry: true });
  });

  it('for want of an answer is tried again when somebody else can answer', async () => {
    const fake = await server({ auth: (context) => (context.method === 'password' ? context.accept() : context.reject(['password'])) });
    const { connections } = await trusting([fake]);
    for (let round = 0; round < 3; round++) await expect(connections.get(host(fake.target), { credentials })).rejects.toMatchObject({ problem: 'needs-input' });
    expect(fake.connections).toHaveLength(1);
    await connections.get(host(fake.target), { credentials: answering('right') });
  });

  it('for its host key is tried again once the key is accepted, and no sooner', async () => {
    const fake = await server();
    const { connections, known } = await trusting([]);
    for (let round = 0; round < 3; round++) await expect(connections.get(host(fake.target), { credentials })).rejects.toMatchObject({ problem: 'host-key-unknown' });
    expect(fake.connections).toHaveLength(1);
    await known.accept('127.0.0.1', fake.port, fake.hostKeys[0]!.key);
    await connections.get(host(fake.target), { credentials });
  });
});

describe('a host that cannot be reached', () => {
  it('is tried after growing pauses, and no sooner however often it is asked for', async () => {
    let dials = 0;
    const closing = createServer((socket) => {
      dials++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => closing.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => void closing.close());
    const target = { address: '127.0.0.1', port: (closing.address() as AddressInfo).port, user: 'ana', agent: false };
    const { connections, states } = await trusting([]);
    const until = Date.now() + 2_000;
    while (Date.now() < until) await expect(connections.get(host(target), { credentials })).rejects.toMatchObject({ problem: 'unreachable' });
    expect(dials).toBeGreaterThan(1);
    expect(dials).toBeLessThan(5);
    expect(states.at(-1)).toMatchObject({ state: 'waiting', retryAt: expect.any(Number) });
    const before = dials;
    await expect(connections.get(host(target), { credentials, retry: true })).rejects.toMatchObject({ problem: 'unreachable' });
    expect(dials).toBe(before + 1);
  });

  it('is waited for when a stream says so, and found when it is back', async () => {
    const fake = await server();
    const { port } = fake;
    const { known } = await trusting([fake]);
    const target: SshTarget = { ...fake.target, port: await closedPort() };
    await known.accept('127.0.0.1', target.port, fake.hostKeys[0]!.key);
    const connections = openConnections({ hostKeys: { known } });
    cleanups.push(() => connections.closeAll());
    const waiting = connections.get(host(target), { credentials, wait: true });
    setTimeout(() => {
      const relay = createServer((socket) => {
        const onward = socket.pipe(connectTo(port));
        onward.pipe(socket);
        for (const each of [socket, onward]) each.on('error', () => {});
      });
      relay.listen(target.port, '127.0.0.1');
      cleanups.push(() => void relay.close());
    }, 700);
    expect((await waiting).handshake.server).not.toBe('');
  });

  it('has pauses of 0.5 s to 30 s, or to 4 s where nothing answered at all', () => {
    const at = (stage: string) => [1, 2, 3, 4, 7, 100].map((failures) => backoffMs(failures, new Failure('unreachable', '', { facts: { stage } })));
    expect(at('ssh')).toEqual([500, 1_000, 2_000, 4_000, 30_000, 30_000]);
    expect(at('tcp')).toEqual([500, 1_000, 2_000, 4_000, 4_000, 4_000]);
  });
});

describe('many hosts', () => {
  it('are connected three at a time', async () => {
    let now = 0;
    let most = 0;
    const fake = await server({
      auth: (context) => {
        most = Math.max(most, ++now);
        setTimeout(() => {
          now--;
          context.accept();
        }, 30);
      },
    });
    const { connections } = await trusting([fake]);
    await Promise.all(Array.from({ length: 12 }, (_, index) => connections.get(host(fake.target, `shop-${index}`), { credentials })));
    expect(fake.connections).toHaveLength(12);
    expect(most).toBe(3);
  });

  it('are all asked for a sign of life after the machine slept; the dead are let go', async () => {
    const [alive, dead] = [await server(), await server()];
    const { connections, states } = await trusting([alive, dead], { limits: { probeMs: 200 } });
    await connections.get(host(alive.target, 'alive'), { credentials });
    await connections.get(host(dead.target, 'dead'), { credentials });
    const sock = (dead.connections[0] as unknown as { _sock: Socket })._sock;
    sock.pause();
    cleanups.push(() => sock.destroy());
    await connections.wake();
    await vi.waitFor(() => expect(states.filter(({ state }) => state === 'lost').map((each) => each.host)).toEqual(['dead']));
  });

  it('tries anew after sleep what waits for a first word, but asks nobody twice', async () => {
    const fake = await server({ auth: (context) => (context.method === 'password' ? context.accept() : context.reject(['password'])) });
    const { known, connections } = await trusting([fake]);
    // The first connection leads nowhere: its packets went to a network that is gone.
    const swallowed: Socket[] = [];
    const network = createServer((socket) => {
      socket.on('error', () => {});
      cleanups.push(() => socket.destroy());
      if (swallowed.push(socket) > 1) socket.pipe(connectTo(fake.port, '127.0.0.1')).pipe(socket);
    });
    await new Promise<void>((resolve) => network.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => network.close());
    const { port } = network.address() as AddressInfo;
    await known.accept('127.0.0.1', port, fake.hostKeys[0]!.key);
    const typing = answering('right');
    const ask: typeof typing.ask = async (question) => {
      // In the middle of a question: whoever types the answer is not asked again.
      await connections.wake();
      return typing.ask(question);
    };
    const reaching = connections.get(host({ ...fake.target, port }), { credentials: { ask } });
    await vi.waitFor(() => expect(swallowed).toHaveLength(1));
    await connections.wake();
    await reaching;
    expect([swallowed.length, typing.questions.length]).toEqual([2, 1]);
  });
});

async function closedPort(): Promise<number> {
  const made = createServer();
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  const { port } = made.address() as AddressInfo;
  await new Promise((resolve) => made.close(resolve));
  return port;
}

describe('hosts behind a jump host', () => {
  const behind = (fake: FakeServer, jump: FakeServer): SshTarget => ({ ...fake.target, through: jump.target });

  it('share its connection, which ends with the last of them; the user hears of none', async () => {
    const [jump, one, two] = [await server(), await server(), await server()];
    const { connections, states } = await trusting([jump, one, two]);
    const [first, second] = await Promise.all([connections.get(host(behind(one, jump), 'one'), { credentials }), connections.get(host(behind(two, jump), 'two'), { credentials })]);
    expect(await said(first, 'over one').then(text)).toBe('over one');
    expect(await said(second, 'over two').then(text)).toBe('over two');
    expect([jump.connections.length, jump.forwards.sort()]).toEqual([1, [`127.0.0.1:${one.port}`, `127.0.0.1:${two.port}`].sort()]);
    const ended = new Promise((resolve) => jump.connections[0]!.once('close', () => resolve('ended')));
    connections.close('one');
    expect(await said(second, 'still').then(text)).toBe('still');
    connections.close('two');
    expect(await ended).toBe('ended');
    expect([...new Set(states.map(({ host }) => host))].sort()).toEqual(['one', 'two']);
  });

  it('take the connection of a host that is the jump host, and leave it open', async () => {
    const [jump, one] = [await server(), await server()];
    const { connections } = await trusting([jump, one]);
    const direct = await connections.get(host(jump.target, 'gate'), { credentials });
    await connections.get(host(behind(one, jump), 'one'), { credentials });
    connections.close('one');
    expect(jump.connections).toHaveLength(1);
    expect(await direct.probe()).toBe(true);
  });

  it('are not signed in to where the jump host’s key is not known; it is named, and asked no more until it was accepted', async () => {
    const [jump, one] = [await server(), await server()];
    const { connections, known } = await trusting([one]);
    const get = () => connections.get(host(behind(one, jump), 'one'), { credentials });
    const refusal = { problem: 'host-key-unknown', message: expect.stringContaining(`127.0.0.1:${jump.port}`), facts: { fingerprint: jump.hostKeys[0]!.key.fingerprint } };
    await expect(get()).rejects.toMatchObject(refusal);
    await expect(get()).rejects.toMatchObject(refusal);
    expect([jump.connections.length, jump.auths, one.connections.length]).toEqual([1, [], 0]);
    await known.accept('127.0.0.1', jump.port, jump.hostKeys[0]!.key);
    await get();
    expect(one.connections).toHaveLength(1);
  });

  it('ask for each one’s password by its own name; neither is tried on the other', async () => {
    const password = (right: string, tried: (string | undefined)[]): FakeServerOptions => ({
      auth: (context) => {
        if (context.method !== 'password') return context.reject(['password']);
        tried.push(context.password);
        if (context.password === right) context.accept();
        else context.reject(['password']);
      },
    });
    const [atJump, atOne]: [string[], string[]] = [[], []];
    const [jump, one] = [await server(password('of the jump host', atJump)), await server(password('of the server', atOne))];
    const { connections } = await trusting([jump, one]);
    const asked = answering('of the jump host', 'of the server');
    await connections.get(host(behind(one, jump), 'one'), { credentials: asked });
    expect(asked.questions).toMatchObject([
      { kind: 'password', host: `127.0.0.1:${jump.port}`, hop: `ana@127.0.0.1:${jump.port}`, subject: `ana on 127.0.0.1:${jump.port}` },
      { kind: 'password', host: 'one', subject: 'ana on one' },
    ]);
    expect(asked.questions[1]).not.toHaveProperty('hop');
    expect([atJump, atOne]).toEqual([['of the jump host'], ['of the server']]);
  });

  it('say which of the two does not answer, or lets nothing through', async () => {
    const [jump, closed, one] = [await server(), await server({ jump: false }), await server()];
    const { connections } = await trusting([jump, closed, one], { limits: { connectMs: 3000, handshakeMs: 3000, openMs: 3000 } });
    await expect(connections.get(host({ ...one.target, port: 1, through: jump.target }, 'gone'), { credentials })).rejects.toMatchObject({ problem: 'unreachable' });
    await expect(connections.get(host(behind(one, closed), 'shut'), { credentials })).rejects.toMatchObject({ message: expect.stringContaining(`127.0.0.1:${closed.port}`) });
  });
});

async function said(connection: Connection, words: string): Promise<Readable> {
  const channel = await connection.exec('echo');
  channel.stdin.end(words);
  return channel.stdout;
}
