import type { Host } from '../../shared/contract/hosts.ts';
import { Failure } from '../../shared/errors.ts';
import { formatAddress } from '../../shared/rules/address.ts';
import type { Channel } from '../ssh/channel.ts';
import type { Connection, ExecOptions } from '../ssh/connection.ts';
import type { Connections } from '../ssh/connections.ts';
import { hostTarget } from '../ssh/host-target.ts';
import type { Hop } from '../ssh/jump.ts';
import type { Sftp } from '../ssh/sftp.ts';
import type { Shell, ShellOptions } from '../ssh/shell.ts';
import { type HostCredentials, hostCredentials, type SecretStore } from './credentials.ts';
import { type Kit, openKit, type OpenOptions, openProgram } from './hostkit.ts';
import type { Program } from './programs.ts';
import { readActions } from './session.ts';
import { type Asker, Waiting } from './waiting.ts';

export type { Asker } from './waiting.ts';

/** The kit of each host: one for everybody, and more for bulk data and streams, all on the host's one connection. */
export interface Kits {
  /** The shared kit, opened when it is first wanted and again when it went. */
  get(host: Host, asker: Asker): Promise<Kit>;
  /** A kit on a channel of its own; whoever opens it closes it. */
  open(host: Host, asker: Asker): Promise<Kit>;
  /** Connects now, also after the host refused or within the pause between tries: a person asks for it. */
  connect(host: Host, asker: Asker): Promise<void>;
  /**
   * A terminal on the host's connection, or on one beside it where the server allows no more on that; whoever opens it closes
   * it. With `wait` as soon as the host is reached, however long that takes.
   */
  shell(host: Host, asker: Asker, options: ShellOptions, wait?: boolean): Promise<Shell>;
  /** The host's connection itself; with `wait` as soon as it is reached, however long that takes. */
  connection(host: Host, asker: Asker, wait: boolean): Promise<Connection>;
  /** A command that a person typed, on a channel of its own; whoever runs it closes it. */
  exec(host: Host, asker: Asker, command: string): Promise<Channel>;
  /** The host's files over SFTP, also as root; whoever opens it closes it. */
  sftp(host: Host, asker: Asker, as?: 'root'): Promise<Sftp>;
  /** A program of the host with root's rights, in a folder of it; whoever starts it closes it. */
  program(host: Host, asker: Asker, program: Program, folder: string): Promise<Channel>;
  /** What a host is asked for: from the keyring, where there is one, or from whoever can be asked. */
  credentials(host: Host, asker: Pick<Asker, 'ask'>): HostCredentials;
  /** Ends the host's kit and connection. */
  close(name: string): void;
  closeAll(): void;
}

/** What is done with a host's connection; `host` has the address that it has now, `beside` opens another connection to it. */
type Work<T> = (connection: Connection, credentials: HostCredentials, host: Host, beside: (which: number) => Promise<Hop>) => Promise<T>;

/** Connections beside a host's one: with a server that allows a single session on each, so many terminals more. */
const mostBeside = 4;

/**
 * @param secrets what opened something before; asked first
 * @param log receives what kits say on stderr: the stacks of their bugs, with the id that the user sees
 */
export function createKits(connections: Connections, secrets: SecretStore, log: (text: string) => void): Kits {
  const shared = new Map<string, Promise<Kit>>();
  const credentialsOf = (host: Host, asker: Pick<Asker, 'ask'>): HostCredentials => hostCredentials(asker, accountOf(host), secrets);

  const waiting = new Map<string, Waiting>();
  const waitingFor = (host: Host): Waiting => {
    const known = waiting.get(host.name) ?? new Waiting();
    waiting.set(host.name, known);
    return known;
  };

  /** The host's connection and what was asked for it; settles the credentials by how the work with it ends. */
  const withConnection = <T>(host: Host, asker: Asker, retry: boolean, work: Work<T>, wait = false): Promise<T> =>
    waitingFor(host).with(asker, () => connected(host, asker, { retry, wait }, work));

  const connected = async <T>(remembered: Host, asker: Asker, how: { retry: boolean; wait: boolean }, work: Work<T>): Promise<T> => {
    const { target } = await hostTarget(remembered, asker.signal);
    // What ~/.ssh/config says now: a secret that was kept for another address is not this one's.
    const host: Host = { ...remembered, address: target.address, port: target.port, user: target.user };
    const credentials = credentialsOf(host, waitingFor(host));
    try {
      const options = { credentials, signal: asker.signal, ...how };
      const connection = await connections.get({ name: host.name, target }, options);
      const done = await work(connection, credentials, host, (which) => connections.beside({ name: host.name, target }, which, options));
      await credentials.accepted();
      return done;
    } catch (error) {
      if (error instanceof Failure && ['auth-failed', 'sudo-failed'].includes(error.problem)) await credentials.refused();
      throw error;
    }
  };

  const openOptions = (host: Host, asker: Asker, credentials: HostCredentials): OpenOptions => ({
    user: host.user,
    askSudo: (attempt) => credentials.ask({ kind: 'sudo-password', host: host.name, subject: formatAddress({ user: host.user, host: host.address, port: host.port }), attempt }),
    signal: asker.signal,
    log: (text) => log(`kit on ${host.name}: ${text}`),
  });

  const open = (host: Host, asker: Asker): Promise<Kit> =>
    withConnection(host, asker, false, (connection, credentials, host, beside) =>
      openKit((command) => runWithRoom(connection, beside, command, { signal: asker.signal }), openOptions(host, asker, credentials)),
    );

  const program = (host: Host, asker: Asker, program: Program, folder: string): Promise<Channel> =>
    withConnection(host, asker, false, async (connection, credentials, host, beside) => {
      let last: Channel | undefined;
      const run = async (command: string): Promise<Channel> => (last = await runWithRoom(connection, beside, command, { signal: asker.signal, priority: 'high' }));
      const channel = await openProgram(run, openOptions(host, asker, credentials), program, folder);
      // Its own exit says why the connection was lost, where it was.
      return { ...channel, exit: last?.exit ?? channel.exit };
    });

  const sftpAsRoot = async (host: Host, asker: Asker): Promise<Sftp> => {
    const { sftpOver } = await import('../ssh/sftp-stream.ts');
    return sftpOver(await program(host, asker, 'sftp', '.'), host.name, 'root');
  };

  const get = async (host: Host, asker: Asker): Promise<Kit> => {
    for (;;) {
      const known = shared.get(host.name);
      try {
        return await waitingFor(host).with(asker, () => untilAborted(known ?? opened(host), asker.signal));
      } catch (error) {
        // Whoever began it left just before: what they began ended with them.
        const theirs = known !== undefined && error instanceof Failure && error.problem === 'cancelled' && !asker.signal.aborted;
        if (!theirs) throw error;
      }
    }
  };

  const opened = (host: Host): Promise<Kit> => {
    // The channel must outlive the call that opened it: its signal may only end the waiting.
    const opening = open(host, { ask: gone, signal: new AbortController().signal });
    shared.set(host.name, opening);
    const forget = () => shared.get(host.name) === opening && shared.delete(host.name);
    opening.then((kit) => kit.closed.then(forget, forget), forget);
    return opening;
  };

  return {
    open,
    credentials: credentialsOf,
    connect: (host, asker) => withConnection(host, asker, true, async () => {}),
    connection: (host, asker, wait) => withConnection(host, asker, false, async (connection) => connection, wait),
    exec: (host, asker, command) =>
      withConnection(host, asker, false, (connection, _credentials, _host, beside) => runWithRoom(connection, beside, command, { signal: asker.signal, priority: 'high' })),
    sftp: (host, asker, as) =>
      as === 'root'
        ? sftpAsRoot(host, asker)
        : withConnection(host, asker, false, (connection, _credentials, _host, beside) =>
            withRoom(
              connection,
              beside,
              (on) => on.sftp({ signal: asker.signal }),
              ({ ended }) => ended,
            ),
          ),
    program,
    shell: (host, asker, options, wait = false) =>
      withConnection(
        host,
        asker,
        false,
        (connection, _credentials, _host, beside) =>
          withRoom(
            connection,
            beside,
            (on) => on.shell({ ...options, signal: asker.signal }),
            ({ ended }) => ended,
          ),
        wait,
      ),
    get: async (host, asker) => readingAgain(await get(host, asker), () => get(host, asker), asker.signal),
    close(name) {
      shared.get(name)?.then(
        (kit) => kit.close(),
        () => {},
      );
      shared.delete(name);
      connections.close(name);
    },
    closeAll() {
      for (const opening of shared.values())
        opening.then(
          (kit) => kit.close(),
          () => {},
        );
      shared.clear();
      connections.closeAll();
    },
  };
}

/** Starts something on the host's connection, and where that has no room left, on one beside it, which goes when it ends. */
async function withRoom<T>(
  connection: Connection,
  beside: (which: number) => Promise<Hop>,
  start: (on: Connection) => Promise<T>,
  ended: (started: T) => Promise<unknown>,
): Promise<T> {
  try {
    return await start(connection);
  } catch (error) {
    for (let which = 1; isFull(error) && which <= mostBeside; which++) {
      const { connection: other, release } = await beside(which);
      try {
        const started = await start(other);
        ended(started).then(release, release);
        return started;
      } catch (refused) {
        release();
        if (!isFull(refused)) throw refused;
      }
    }
    throw error;
  }
}

const isFull = (error: unknown): boolean => error instanceof Failure && error.problem === 'limit';

const runWithRoom = (connection: Connection, beside: (which: number) => Promise<Hop>, command: string, options: ExecOptions): Promise<Channel> =>
  withRoom(
    connection,
    beside,
    (on) => on.exec(command, options),
    ({ exit }) => exit,
  );

/**
 * The kit, with one more try for a question whose connection turns out to be dead: it may have been lost minutes ago, and
 * nobody can know before asking. Only what reads and tells no events, since only that can be asked twice.
 */
function readingAgain(kit: Kit, reopen: () => Promise<Kit>, signal: AbortSignal): Kit {
  const call: Kit['call'] = async (action, args, options) => {
    try {
      return await kit.call(action, args, options);
    } catch (error) {
      const lost = error instanceof Failure && error.problem === 'unreachable';
      if (!lost || !readActions.has(action) || options?.onEvent !== undefined || signal.aborted) throw error;
      await kit.closed;
      return (await reopen()).call(action, args, options);
    }
  };
  return { hello: kit.hello, readOnly: kit.readOnly, closed: kit.closed, close: () => kit.close(), call };
}

/** Nobody: the asker of work that others wait for. */
const gone = (): Promise<never> => Promise.reject(new Failure('cancelled', 'Nobody waits for it any more'));

/** A host in the keyring. Its address is part of it: another server of the same name gets nothing of this one's. */
function accountOf(host: Host): string {
  return `${host.name} ${formatAddress({ user: host.user, host: host.address, port: host.port })}`;
}

/** Gives up waiting when the caller does; what was waited for goes on for others. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new Failure('cancelled', 'Cancelled'));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
