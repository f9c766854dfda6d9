import { createServer as createHttp } from 'node:http';
import { type AddressInfo, createServer, type Server, Socket } from 'node:net';
import path from 'node:path';
import { writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { connect, findHostKey, probeHostKey } from '../../electron/ssh/connect.ts';
import { noCredentials } from '../../electron/ssh/credentials.ts';
import { KnownHosts } from '../../electron/ssh/known-hosts.ts';
import { answering, fakeServer, type FakeServer, type FakeServerOptions, keyPair, knowing } from './fake-server.ts';
import { folder } from './folder.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function server(options: FakeServerOptions = {}): Promise<FakeServer> {
  const made = await fakeServer(options);
  cleanups.push(() => made.close());
  return made;
}

/** A TCP listener that is no SSH server; resolves to its port. */
async function listener(answer: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const made: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    answer(socket);
  });
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    made.close();
  });
  return (made.address() as AddressInfo).port;
}

const own = (fake: FakeServer) => knowing(fake, ...fake.hostKeys.map((each) => each.key));
const unknown = new KnownHosts({ read: [], append: '/nonexistent/x' });

describe('the host key', () => {
  it('that is not known ends the connection before any authentication request, with all that is needed to compare', async () => {
    const fake = await server();
    const { key } = fake.hostKeys[0]!;
    await expect(connect(fake.target, { hostKeys: { known: unknown }, credentials: noCredentials })).rejects.toMatchObject({
      problem: 'host-key-unknown',
      message: expect.stringContaining(key.fingerprint),
      hint: expect.stringContaining('ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub'),
      facts: { fingerprint: key.fingerprint, type: 'ssh-ed25519', address: '127.0.0.1', port: fake.port },
    });
    expect(fake.auths).toEqual([]);
  });

  it('that changed is refused without one authentication request, a hundred times over; both fingerprints are shown', async () => {
    const fake = await server();
    const old = keyPair().key;
    const file = path.join(folder(), 'known_hosts');
    writeFileSync(file, `[127.0.0.1]:${fake.port} ${old.type} ${old.blob.toString('base64')}\n`);
    const known = new KnownHosts({ read: [file], append: file });
    const credentials = answering('password');
    for (let round = 0; round < 100; round++) {
      await expect(connect(fake.target, { hostKeys: { known }, credentials })).rejects.toMatchObject({
        problem: 'host-key-changed',
        message: expect.stringMatching(/SHA256.*SHA256/),
        facts: { fingerprint: fake.hostKeys[0]!.key.fingerprint, known: [{ fingerprint: old.fingerprint, file, line: 1 }] },
      });
    }
    expect(fake.connections).toHaveLength(100);
    expect(fake.auths).toEqual([]);
    expect(credentials.questions).toEqual([]);
  });

  it('that was revoked is refused, and the line that says so is named', async () => {
    const fake = await server();
    const { key } = fake.hostKeys[0]!;
    const file = path.join(folder(), 'known_hosts');
    const line = `[127.0.0.1]:${fake.port} ${key.type} ${key.blob.toString('base64')}\n`;
    writeFileSync(file, `${line}@revoked ${line}`);
    await expect(connect(fake.target, { hostKeys: { known: new KnownHosts({ read: [file], append: file }) }, credentials: noCredentials })).rejects.toMatchObject({
      problem: 'host-key-revoked',
      hint: expect.stringContaining('line 2'),
    });
    expect(fake.auths).toEqual([]);
  });

  it('of a known type is asked for first, so a server that got a newer kind of key raises no alarm', async () => {
    const fake = await server({ hostKeys: [keyPair('ed25519'), keyPair('ecdsa')] });
    const connection = await connect(fake.target, { hostKeys: { known: knowing(fake, fake.hostKeys[1]!.key) }, credentials: noCredentials });
    expect(connection.handshake.hostKey.type).toBe('ecdsa-sha2-nistp256');
    connection.close();
  });

  it('of another type than the known one, which the server does not show, counts as changed', async () => {
    const fake = await server();
    await expect(connect(fake.target, { hostKeys: { known: knowing(fake, keyPair('ecdsa').key) }, credentials: noCredentials })).rejects.toMatchObject({
      problem: 'host-key-changed',
      message: expect.stringContaining('another type'),
    });
    expect(fake.auths).toEqual([]);
  });

  it('that is pinned is the only one accepted', async () => {
    const fake = await server();
    const { fingerprint } = fake.hostKeys[0]!.key;
    (await connect(fake.target, { hostKeys: { pinned: `${fingerprint}=` }, credentials: noCredentials })).close();
    const before = fake.auths.length;
    const other = keyPair().key.fingerprint;
    await expect(connect(fake.target, { hostKeys: { pinned: other }, credentials: noCredentials })).rejects.toMatchObject({
      problem: 'host-key-changed',
      facts: { expected: other, shown: [{ type: 'ssh-ed25519', fingerprint }] },
    });
    await expect(connect(fake.target, { hostKeys: { pinned: 'ab:cd' }, credentials: noCredentials })).rejects.toMatchObject({ problem: 'invalid', field: 'fingerprint' });
    expect(fake.auths).toHaveLength(before);
  });

  it('is read without an authentication request', async () => {
    const fake = await server();
    expect((await probeHostKey(fake.target)).fingerprint).toBe(fake.hostKeys[0]!.key.fingerprint);
    expect(fake.auths).toEqual([]);
  });

  it('is found by its fingerprint whichever of the server’s keys that is; otherwise those it has are named', async () => {
    const fake = await server({ hostKeys: [keyPair('ed25519'), keyPair('ecdsa'), keyPair('rsa')] });
    for (const { key } of fake.hostKeys) expect((await findHostKey(fake.target, key.fingerprint)).type).toBe(key.type);
    await expect(findHostKey(fake.target, keyPair().key.fingerprint)).rejects.toMatchObject({ problem: 'host-key-changed', facts: { shown: [{}, {}, {}] } });
    expect(fake.auths).toEqual([]);
  });
});

describe('a server that cannot be reached', () => {
  const at = (port: number, address = '127.0.0.1') => ({ address, port, user: 'ana', agent: false });
  const options = { hostKeys: { known: unknown }, credentials: noCredentials, limits: { connectMs: 500, handshakeMs: 500, authReplyMs: 500 } };

  it.each<[string, () => Promise<{ port: number; address?: string }>, RegExp, string]>([
    ['refused', async () => ({ port: await closedPort() }), /refused/, 'tcp'],
    ['unknown name', async () => ({ port: 22, address: 'no-such-host.invalid' }), /name|looked up/, 'dns'],
    ['a web server', async () => ({ port: await http() }), /web server/, 'ssh'],
    ['a mail server', async () => ({ port: await listener((socket) => void socket.write('220 mail.example ESMTP\r\n')) }), /220 mail\.example/, 'ssh'],
    ['a TLS server', async () => ({ port: await listener((socket) => void socket.end(Buffer.from([0x15, 3, 1, 0, 2, 2, 70]))) }), /TLS/, 'ssh'],
    ['silence', async () => ({ port: await listener(() => {}) }), /said nothing/, 'ssh'],
    ['hangs up at once', async () => ({ port: await listener((socket) => socket.destroy()) }), /closed the connection at once|cut|broke/, 'ssh'],
    ['turned away', async () => ({ port: await listener((socket) => void socket.end('Not allowed at this time\r\n')) }), /no logins at the moment/, 'ssh'],
    ['banner, then stall', async () => ({ port: await listener((socket) => void socket.write('SSH-2.0-OpenSSH_9.2\r\n')) }), /stopped during the key exchange/, 'ssh'],
    [
      'banner, then nonsense',
      async () => ({ port: await listener((socket) => void socket.write(`SSH-2.0-OpenSSH_9.2\r\n${'\xff'.repeat(400)}`)) }),
      /broke off the key exchange/,
      'ssh',
    ],
    ['endless greeting', async () => ({ port: await listener((socket) => void socket.write('hello\r\n'.repeat(5_000))) }), /hello/, 'ssh'],
    ['control characters', async () => ({ port: await listener((socket) => void socket.end('\x1b]0;evil\x07\r\n')) }), /\?\]0;evil\?/, 'ssh'],
  ])('says so: %s', async (_name, make, message, stage) => {
    const { port, address } = await make();
    const started = Date.now();
    await expect(connect(at(port, address), options)).rejects.toMatchObject({
      problem: 'unreachable',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/./),
      facts: { stage },
    });
    expect(Date.now() - started).toBeLessThan(5_000);
  });

  it('says that it did not answer when packets vanish', async () => {
    // Dropping packets takes root and a firewall; a socket that never reports anything behaves the same from here.
    vi.spyOn(Socket.prototype, 'connect').mockImplementation(function (this: Socket) {
      return this;
    });
    cleanups.push(() => vi.restoreAllMocks());
    await expect(connect(at(22), options)).rejects.toMatchObject({
      problem: 'unreachable',
      message: expect.stringContaining('did not answer within 0.5 s'),
      facts: { stage: 'tcp' },
    });
  });

  it('that stops answering during login is given up', async () => {
    const fake = await server({ auth: () => {} });
    await expect(connect(fake.target, { ...options, hostKeys: { known: own(fake) } })).rejects.toMatchObject({
      problem: 'unreachable',
      message: expect.stringContaining('did not answer the login'),
    });
  });

  it('is not waited for once the signal aborts, at any stage', async () => {
    const stall = await listener(() => {});
    const fake = await server({ auth: () => {} });
    for (const [target, known] of [
      [at(stall), unknown],
      [fake.target, own(fake)],
    ] as const) {
      const controller = new AbortController();
      const waiting = connect(target, { hostKeys: { known }, credentials: noCredentials, signal: controller.signal });
      setTimeout(() => controller.abort(), 100);
      await expect(waiting).rejects.toMatchObject({ problem: 'cancelled' });
      await expect(connect(target, { hostKeys: { known }, credentials: noCredentials, signal: controller.signal })).rejects.toMatchObject({ problem: 'cancelled' });
    }
  });
});

describe('an open connection', () => {
  it('has Nagle’s algorithm off', async () => {
    const fake = await server();
    const set = vi.spyOn(Socket.prototype, 'setNoDelay');
    cleanups.push(() => set.mockRestore());
    const connection = await connect(fake.target, { hostKeys: { known: own(fake) }, credentials: noCredentials });
    const ours = set.mock.contexts.filter((socket, index) => (socket as Socket).remotePort === fake.port && set.mock.calls[index]?.[0] !== false);
    expect(ours).toHaveLength(1);
    connection.close();
  });

  it('says what was agreed and counts its bytes', async () => {
    const fake = await server();
    const connection = await connect(fake.target, { hostKeys: { known: own(fake) }, credentials: noCredentials });
    expect(connection.handshake).toMatchObject({
      kex: 'curve25519-sha256',
      cipher: 'aes128-gcm@openssh.com',
      server: expect.stringContaining('ssh2js'),
      hostKey: { type: 'ssh-ed25519' },
    });
    const before = connection.bytes;
    expect(await connection.probe()).toBe(true);
    expect(connection.bytes.in).toBeGreaterThan(before.in);
    expect(connection.bytes.out).toBeGreaterThan(before.out);
    connection.close();
    expect(await connection.closed).toBeUndefined();
    expect(await connection.probe()).toBe(false);
  });
});

async function closedPort(): Promise<number> {
  const made = createServer();
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  const { port } = made.address() as AddressInfo;
  await new Promise((resolve) => made.close(resolve));
  return port;
}

async function http(): Promise<number> {
  const made = createHttp((_request, response) => void response.end('hello'));
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => void made.close());
  return (made.address() as AddressInfo).port;
}
