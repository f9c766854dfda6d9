import { setMaxListeners } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';
import type { ForwardEvent } from '../../shared/contract/forwards.ts';
import type { Host } from '../../shared/contract/hosts.ts';
import { Failure } from '../../shared/errors.ts';
import { type End, endText, type Forward } from '../../shared/rules/forward.ts';
import type { Asker, Kits } from '../hostkit/kits.ts';
import type { Connection } from '../ssh/connection.ts';
import { pause } from '../ssh/waiting.ts';
import { socksTarget } from './socks.ts';

const mostConnections = 200;
const mostPause = 30_000;
const tellEvery = 1_000;

export interface ForwardContext extends Asker {
  emit(event: ForwardEvent): void | Promise<void>;
}

/** The connection that is there, or the next one: those who come while it is away wait for it. */
class Current {
  #connection: Connection | undefined;
  #waiting: ((connection: Connection) => void)[] = [];

  set(connection: Connection | undefined): void {
    this.#connection = connection;
    if (connection === undefined) return;
    for (const grant of this.#waiting.splice(0)) grant(connection);
  }

  get(): Promise<Connection> {
    if (this.#connection !== undefined) return Promise.resolve(this.#connection);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

/**
 * Takes connections and carries them through the host's connection until the signal aborts. A lost connection is made again;
 * what was open through it ends, as with ssh. Fails where the host refuses, or where nothing can be listened on.
 * @returns how many were carried
 */
export async function forward(kits: Kits, host: Host, wanted: Forward, remote: boolean, context: ForwardContext): Promise<number> {
  const { signal } = context;
  const current = new Current();
  const open = new Set<Duplex>();
  let carried = 0;
  let telling: NodeJS.Timeout | undefined;
  const tell = (): void => {
    telling ??= setTimeout(() => {
      telling = undefined;
      void context.emit({ type: 'carried', open: open.size, all: carried });
    }, tellEvery);
  };

  /** Both ways, until either side is done. */
  const join = (one: Duplex, other: Duplex): void => {
    carried++;
    open.add(one);
    tell();
    const done = (): void => {
      open.delete(one);
      tell();
    };
    pipeline(one, other, (error) => error != null && other.destroy());
    pipeline(other, one, (error) => {
      if (error != null) one.destroy();
      done();
    });
  };

  const taken = async (socket: Socket): Promise<void> => {
    socket.setNoDelay(true);
    socket.on('error', () => {});
    if (open.size >= mostConnections) return void socket.destroy();
    const asked = wanted.to === null ? await socksTarget(socket) : { to: wanted.to, answer: () => {} };
    if (asked === undefined) return;
    try {
      const connection = await current.get();
      if (socket.destroyed) return;
      const wire = await connection.forward({ address: asked.to.host, port: asked.to.port }, signal);
      asked.answer(true);
      join(socket, wire);
    } catch (error) {
      if (!socket.destroyed) asked.answer(false);
      socket.destroySoon();
      if (!signal.aborted && error instanceof Failure) await context.emit({ type: 'note', text: error.message });
    }
  };

  /** From the server to an address that this computer reaches. */
  const returned =
    (to: End) =>
    (wire: Duplex): void => {
      const socket = connect({ host: to.host, port: to.port, allowHalfOpen: true });
      socket.on('error', (error: NodeJS.ErrnoException) => {
        wire.destroy();
        void context.emit({ type: 'note', text: `nothing takes the connection at ${endText(to)} (${error.code ?? error.message})` });
      });
      socket.once('connect', () => {
        socket.setNoDelay(true);
        join(socket, wire);
      });
    };

  // Each connection that is being opened listens to it.
  setMaxListeners(mostConnections + 20, signal);
  const left = aborted(signal);
  let server: Server | undefined;
  let first = true;
  try {
    if (!remote) {
      server = await listening(wanted.listen, (socket) => void taken(socket));
      const { port } = server.address() as AddressInfo;
      wanted.listen.port = port;
    }
    while (!signal.aborted) {
      const connection = await kits.connection(host, context, !first);
      const { to } = wanted;
      const told = remote && to !== null ? await taking(connection, wanted.listen, returned(to), first, signal) : undefined;
      // Any port at first, the same one from then on.
      wanted.listen.port = told?.port ?? wanted.listen.port;
      current.set(connection);
      const at = endText(wanted.listen);
      if (first) await context.emit({ type: 'listening', at, to: wanted.to === null ? null : endText(wanted.to), onServer: remote });
      else await context.emit({ type: 'note', text: `${host.name} is connected again`, connected: true });
      first = false;
      const failure = await Promise.race([connection.closed, left]);
      current.set(undefined);
      if (signal.aborted) await told?.close();
      else await context.emit({ type: 'note', text: failure?.message ?? `the connection to ${host.name} was closed`, connected: false });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    clearTimeout(telling);
    server?.close();
    for (const one of open) one.destroy();
  }
  return carried;
}

/**
 * Has the server listen. After a lost connection its sshd may hold the port until it notices the loss too, so it is asked
 * again, for as long as the new connection lasts.
 */
async function taking(connection: Connection, at: End, taken: (wire: Duplex) => void, first: boolean, signal: AbortSignal) {
  for (let ms = 500; ; ms = Math.min(ms * 2, mostPause)) {
    try {
      return await connection.listen({ address: at.host, port: at.port }, taken);
    } catch (error) {
      const held = !first && error instanceof Failure && error.problem === 'unsupported';
      if (!held && (first || (error as Failure).problem !== 'unreachable')) throw error;
      if (!held) return undefined;
      await pause(ms, signal);
    }
  }
}

function listening(at: End, taken: (socket: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: false }, taken);
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? 'another program listens there' : error.code === 'EACCES' ? 'ports below 1024 need more rights' : (error.code ?? error.message);
      reject(
        new Failure(error.code === 'EADDRINUSE' ? 'port-taken' : 'invalid', `Nothing can be taken at ${endText(at)} on this computer: ${reason}`, {
          field: 'forward',
          hint: 'Choose another port, or 0 for any.',
        }),
      );
    });
    server.listen({ host: at.host, port: at.port }, () => resolve(server));
  });
}

const aborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
