import { type AddressInfo, connect as connectTo } from 'node:net';
import ssh2, { type AuthContext, type Connection, type ServerChannel } from 'ssh2';
import { Secret } from '../../shared/secret.ts';
import type { Credentials, Question } from '../../electron/ssh/credentials.ts';
import { type HostKey, hostKeyOf } from '../../electron/ssh/host-key.ts';
import { KnownHosts } from '../../electron/ssh/known-hosts.ts';
import type { SshTarget } from '../../electron/ssh/target.ts';

export interface KeyPair {
  private: string;
  public: string;
  key: HostKey;
}

/** A fresh key; `type` as ssh-keygen's -t. */
export function keyPair(type: 'ed25519' | 'ecdsa' | 'rsa' = 'ed25519'): KeyPair {
  const generate = ssh2.utils.generateKeyPairSync as (type: string, options: object) => { private: string; public: string };
  let pair = generate(type, type === 'rsa' ? { bits: 2048 } : type === 'ecdsa' ? { bits: 256 } : {});
  // ssh2 1.17.0 drops leading zero bytes of Ed25519 keys: one in 170 it makes is broken. Not for use in the product.
  while (ssh2.utils.parseKey(pair.private) instanceof Error) pair = generate(type, {});
  const key = hostKeyOf(Buffer.from(pair.public.split(' ')[1] ?? '', 'base64'));
  if (key === undefined) throw new Error('not a key');
  return { ...pair, key };
}

export interface FakeServerOptions {
  hostKeys?: KeyPair[];
  /** Answers one authentication request; lets everybody in if left out. */
  auth?: (context: AuthContext) => void;
  /** Runs a command; echoes standard input and exits 0 if left out. */
  exec?: (command: string, stream: ServerChannel) => void;
  /** As sshd's MaxSessions: opening more is refused. */
  maxSessions?: number;
  /** False lets no connection through. */
  jump?: boolean;
}

export interface FakeServer {
  port: number;
  target: SshTarget;
  hostKeys: KeyPair[];
  /** The method of each authentication request, over all connections. */
  auths: string[];
  connections: Connection[];
  /** Where connections were let through to. */
  forwards: string[];
  /** The most sessions that were open at once, and how many openings were refused. */
  sessions: { open: number; most: number; refused: number };
  close(): Promise<void>;
}

/** A server in this process, for what a real sshd does not do on demand, or does not report. */
export async function fakeServer(options: FakeServerOptions = {}): Promise<FakeServer> {
  const hostKeys = options.hostKeys ?? [keyPair()];
  const auths: string[] = [];
  const connections: Connection[] = [];
  const forwards: string[] = [];
  const sessions = { open: 0, most: 0, refused: 0 };
  const server = new ssh2.Server({ hostKeys: hostKeys.map((each) => each.private) }, (connection) => {
    connections.push(connection);
    // Or every answer waits 40 ms, which is the fault of this server and not what is tested.
    (connection as unknown as { setNoDelay(on: boolean): void }).setNoDelay(true);
    connection.on('error', () => {});
    connection.on('authentication', (context) => {
      auths.push(context.method);
      if (options.auth === undefined) context.accept();
      else options.auth(context);
    });
    // As a jump host: whatever is asked for is on this machine.
    connection.on('tcpip', (accept, reject, { destIP, destPort }) => {
      if (options.jump === false) return reject();
      forwards.push(`${destIP}:${destPort}`);
      const socket = connectTo(destPort, '127.0.0.1');
      const channel = accept();
      for (const each of [socket, channel]) each.on('error', () => {});
      socket.pipe(channel).pipe(socket);
      channel.on('close', () => socket.destroy());
    });
    connection.on('session', (accept, reject) => {
      if (options.maxSessions !== undefined && sessions.open >= options.maxSessions) {
        sessions.refused++;
        return reject();
      }
      sessions.most = Math.max(sessions.most, ++sessions.open);
      const session = accept();
      session.on('close', () => sessions.open--);
      session.on('exec', (acceptExec, _reject, { command }) => {
        const stream = acceptExec();
        stream.on('error', () => {});
        if (options.exec !== undefined) return options.exec(command, stream);
        stream.on('data', (chunk: Buffer) => stream.write(chunk));
        stream.on('end', () => {
          stream.exit(0);
          stream.end();
        });
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    hostKeys,
    auths,
    connections,
    forwards,
    sessions,
    target: { address: '127.0.0.1', port, user: 'ana', agent: false },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const connection of connections) connection.end();
        setTimeout(resolve, 500).unref();
      }),
  };
}

/** Answers every question with the next of these words, then with nothing; keeps the questions. */
export function answering(...answers: string[]): Credentials & { questions: Question[] } {
  const questions: Question[] = [];
  return {
    questions,
    ask: (question) => {
      questions.push(question);
      const answer = answers[questions.length - 1];
      return Promise.resolve(answer === undefined ? undefined : new Secret(answer));
    },
  };
}

/** Known hosts that hold these keys for this server, in memory only. */
export function knowing(server: { port: number }, ...keys: HostKey[]): KnownHosts {
  const known = new KnownHosts({ read: [], append: '/nonexistent/known_hosts' });
  const entries = keys.map((key, index) => ({ file: 'memory', line: index + 1, mark: 'key' as const, names: `[127.0.0.1]:${server.port}`, key }));
  known.lookup = () => Promise.resolve({ known: entries, revoked: [], unsupported: [], portless: [] });
  return known;
}
