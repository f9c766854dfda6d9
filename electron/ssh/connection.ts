import type { ClientChannel, SFTPWrapper } from 'ssh2';
import { Failure } from '../../shared/errors.ts';
import { type Channel, openChannel } from './channel.ts';
import { unreached } from './dial.ts';
import { clean } from './greeting.ts';
import type { Session } from './handshake.ts';
import type { HostKey } from './host-key.ts';
import type { Limits } from './limits.ts';
import { type Shell, type ShellOptions, startShell } from './shell.ts';
import { openSftp, type Sftp } from './sftp.ts';
import { Slots } from './slots.ts';
import { placeOf } from './target.ts';
import { cancelled, onAbort, pause } from './waiting.ts';
import { watch } from './watchdog.ts';
import { type Wire, wireOver } from './wire.ts';

/** What was agreed with the server, for the host's details. */
export interface Handshake {
  server: string;
  hostKey: HostKey;
  kex: string;
  cipher: string;
  /** Empty with AES-GCM, which needs none. */
  mac: string;
}

export interface ExecOptions {
  /** Aborting closes the channel; the remote command sees its input and output closed. */
  signal?: AbortSignal | undefined;
  /** `high` goes before other commands that wait for a channel. */
  priority?: 'high' | 'normal' | undefined;
}

/** An open, trusted, logged-in connection. */
export interface Connection {
  readonly handshake: Handshake;
  /** Counted on the wire. */
  readonly bytes: { in: number; out: number };
  /** Settles once, when the connection is gone: with the reason, or undefined after `close()`. */
  readonly closed: Promise<Failure | undefined>;
  /** Starts a command, when a channel is free: at most 6 run at once, fewer where the server allows fewer. */
  exec(command: string, options?: ExecOptions): Promise<Channel>;
  /**
   * Opens a terminal. At most 6 at once, and never the last of the ten sessions that sshd allows on a connection.
   * Fails with `limit` where there is no room.
   */
  shell(options: ShellOptions): Promise<Shell>;
  /** Its files over SFTP, on a channel of its own that counts among those of commands. */
  sftp(options?: ExecOptions): Promise<Sftp>;
  /** A connection from this server to another address, as a jump host makes it; not counted among the channels. */
  forward(place: { address: string; port: number }, signal?: AbortSignal): Promise<Wire>;
  /**
   * Has the server take connections at an address of its own and hands each over, until closed. Port 0 is any.
   * Fails with `unsupported` where it may not, or the port is taken there.
   */
  listen(at: { address: string; port: number }, taken: (wire: Wire) => void): Promise<{ port: number; close(): Promise<void> }>;
  /** Whether the server answers within the time; a connection that does not is closed. */
  probe(ms?: number): Promise<boolean>;
  close(): void;
}

/** The connection over a session; watches it from now on. */
export function openConnection(host: string, place: { address: string; port: number }, socket: Wire, session: Session, limits: Limits): Connection {
  return new SshConnection(host, place, socket, session, limits);
}

class SshConnection implements Connection {
  readonly handshake: Handshake;
  readonly closed: Promise<Failure | undefined>;
  readonly #slots: Slots;
  #established = 0;
  #shells = 0;
  #ending: Failure | undefined;
  #byUs = false;
  #gone: Failure | undefined;

  constructor(
    private readonly host: string,
    private readonly place: { address: string; port: number },
    private readonly socket: Wire,
    private readonly session: Session,
    private readonly limits: Limits,
  ) {
    this.#slots = new Slots(limits.channels);
    const { negotiated } = session;
    this.handshake = { server: session.server, hostKey: session.key, kex: negotiated.kex, cipher: negotiated.cs.cipher, mac: negotiated.cs.mac };
    const stop = watch(socket, limits, {
      dead: () => this.#destroy(`the server has not answered for ${limits.silenceMs / 1000} s`),
      woke: () => void this.probe(),
    });
    // The last words before the end are its reason. Listeners for `error` stay for the client's life (see handshake.ts).
    session.client.on('error', (error: Error) => (this.#ending ??= this.#lost(reasonOf(error))));
    this.closed = new Promise((resolve) => {
      session.client.once('close', () => {
        stop();
        this.#gone = this.#ending ?? this.#lost(this.#byUs ? 'closed' : 'closed by the other side');
        this.#slots.end(this.#gone);
        resolve(this.#byUs ? undefined : this.#gone);
      });
    });
  }

  get bytes(): { in: number; out: number } {
    return { in: this.socket.bytesRead, out: this.socket.bytesWritten };
  }

  exec(command: string, options: ExecOptions = {}): Promise<Channel> {
    return this.#channel<ClientChannel, Channel>(
      (done) => this.session.client.exec(command, done),
      (stream, released, signal) => openChannel(stream, { lost: () => this.#gone, released, signal }),
      options,
    );
  }

  sftp(options: ExecOptions = {}): Promise<Sftp> {
    return this.#channel<SFTPWrapper, Sftp>(
      (done) => this.session.client.sftp(done),
      (raw, released) => openSftp(raw, { host: this.host, lost: () => this.#gone, released }),
      options,
    );
  }

  /** Opens a channel when one is free, and wraps it in the tick in which ssh2 hands it over. */
  async #channel<Raw, Wrapped extends { close(): void }>(ask: Ask<Raw>, wrap: Wrap<Raw, Wrapped>, options: ExecOptions): Promise<Wrapped> {
    const turn = this.#slots.turn(options.priority === 'high');
    const refusals = { alone: 0, shared: 0 };
    for (;;) {
      const release = await this.#slots.take(turn, options.signal);
      try {
        return await this.#start(ask, wrap, release, options.signal);
      } catch (error) {
        const alone = this.#slots.used === 1;
        release();
        if (!(error instanceof Refused)) throw error;
        await this.#adapt(refusals, alone, options.signal);
      }
    }
  }

  async shell(options: ShellOptions): Promise<Shell> {
    const { shells, sessions, channels } = this.limits;
    if (this.#shells >= shells || this.#shells + this.#slots.used >= sessions - 1) {
      throw new Failure('limit', `${this.#shells} terminals are open on ${this.host}`, { hint: 'Close one of them first.' });
    }
    const room = (change: 1 | -1): void => {
      this.#shells += change;
      this.#slots.cap(sessions - this.#shells);
    };
    room(1);
    const free = (): void => {
      room(-1);
      // What was refused because of terminals may be allowed now.
      this.#slots.raise(channels);
    };
    try {
      const shell = await startShell(this.session.client, options, {
        host: this.host,
        openMs: this.limits.openMs,
        lost: () => this.#gone,
        explain: (error) => {
          const explained = this.#explain(error);
          return explained instanceof Refused
            ? new Failure('limit', `${this.host} does not open another session`, { hint: 'Its sshd limits them (MaxSessions), or the account may not have a terminal.' })
            : explained;
        },
      });
      void shell.ended.then(free);
      return shell;
    } catch (error) {
      free();
      throw error;
    }
  }

  forward(place: { address: string; port: number }, signal?: AbortSignal): Promise<Wire> {
    return new Promise((resolve, reject) => {
      let waiting = true;
      const fail = (error: unknown): void => {
        waiting = false;
        clearTimeout(timer);
        off();
        reject(error);
      };
      const timer = setTimeout(() => fail(unreached('tcp', place, `${placeOf(place)} did not answer ${this.host}`, this.#forwardHint(place))), this.limits.openMs);
      const off = onAbort(signal, () => fail(cancelled()));
      if (signal?.aborted === true) return;
      try {
        this.session.client.forwardOut('127.0.0.1', 0, place.address, place.port, (error, channel) => {
          if (error !== undefined && error !== null) return fail(this.#unforwarded(error, place));
          const wire = wireOver(channel, () => this.#gone);
          if (!waiting) return void wire.destroy(); // came after the caller gave up
          clearTimeout(timer);
          off();
          resolve(wire);
        });
      } catch (error) {
        fail(this.#gone ?? this.#ending ?? this.#lost(reasonOf(error)));
      }
    });
  }

  listen(at: { address: string; port: number }, taken: (wire: Wire) => void): Promise<{ port: number; close(): Promise<void> }> {
    const { client } = this.session;
    return new Promise((resolve, reject) => {
      const refused = (): Failure =>
        this.#gone ??
        new Failure('unsupported', `${this.host} takes no connections at ${placeOf(at)} for this computer`, {
          hint: 'Its sshd forbids it (AllowTcpForwarding, GatewayPorts), or the port is taken there.',
        });
      try {
        client.forwardIn(at.address, at.port, (error, bound) => {
          if (error !== undefined && error !== null) return reject(refused());
          const port = at.port === 0 ? bound : at.port;
          const arrived = (to: { destPort: number }, accept: () => ClientChannel): void => {
            if (to.destPort === port) taken(wireOver(accept(), () => this.#gone));
          };
          client.on('tcp connection', arrived);
          const close = (): Promise<void> =>
            new Promise((done) => {
              client.off('tcp connection', arrived);
              try {
                client.unforwardIn(at.address, port, () => done());
              } catch {
                done();
              }
              void this.closed.then(() => done());
            });
          resolve({ port, close });
        });
      } catch {
        reject(refused());
      }
    });
  }

  probe(ms = this.limits.probeMs): Promise<boolean> {
    if (this.#gone !== undefined || this.#byUs) return Promise.resolve(false);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#destroy(`no answer within ${ms / 1000} s`);
        resolve(false);
      }, ms);
      const answered = (alive: boolean): void => {
        clearTimeout(timer);
        resolve(alive);
      };
      void this.closed.then(() => answered(false));
      try {
        // Cancelling a forwarding that does not exist: any answer, mostly "no such", shows that somebody is there.
        this.session.client.unforwardIn('127.0.0.1', 0, () => answered(this.#gone === undefined));
      } catch {
        answered(false);
      }
    });
  }

  close(): void {
    if (this.#byUs) return;
    this.#byUs = true;
    this.session.client.end();
    // A peer that does not close its end would keep the socket, and the process, for ever.
    const timer = setTimeout(() => this.socket.destroy(), 1_000);
    void this.closed.then(() => clearTimeout(timer));
  }

  /**
   * After a refused channel. sshd counts a session for a moment longer than we do, so a few more tries come first; then the
   * budget shrinks to what is open. Refused again and again although nothing else is open, the server allows none.
   */
  async #adapt(refusals: { alone: number; shared: number }, alone: boolean, signal?: AbortSignal): Promise<void> {
    if (alone && ++refusals.alone > (this.#shells > 0 ? 1 : 3)) {
      throw new Failure('limit', `${this.host} refuses to open a session on this connection`, {
        hint: 'Its sshd allows no sessions (MaxSessions 0), or has run out of processes.',
      });
    }
    if (!alone && ++refusals.shared > 2) this.#slots.lower(this.#established);
    await pause(20 * 4 ** Math.min(refusals.alone, 2), signal);
  }

  #start<Raw, Wrapped extends { close(): void }>(ask: Ask<Raw>, wrap: Wrap<Raw, Wrapped>, release: () => void, signal?: AbortSignal): Promise<Wrapped> {
    return new Promise((resolve, reject) => {
      let waiting = true;
      const settle = (): boolean => {
        const first = waiting;
        waiting = false;
        clearTimeout(timer);
        off();
        return first;
      };
      const fail = (error: unknown): void => {
        if (settle()) reject(error);
      };
      const timer = setTimeout(
        () =>
          fail(
            new Failure('timeout', `${this.host} did not start a command within ${this.limits.openMs / 1000} s`, {
              hint: 'The server is overloaded, or out of processes or memory.',
            }),
          ),
        this.limits.openMs,
      );
      const off = onAbort(signal, () => fail(cancelled()));
      if (signal?.aborted === true) return;
      try {
        ask((error, raw) => {
          if (error !== undefined && error !== null) return fail(this.#explain(error));
          this.#established++;
          const released = (): void => {
            this.#established--;
            release();
          };
          const channel = wrap(raw, released, waiting ? signal : undefined);
          if (settle()) resolve(channel);
          else channel.close(); // came after the caller gave up
        });
      } catch (error) {
        fail(this.#gone ?? this.#ending ?? this.#lost(reasonOf(error)));
      }
    });
  }

  #explain(error: Error & { reason?: unknown }): unknown {
    if (this.#gone !== undefined) return this.#gone;
    if (typeof error.reason === 'number') return new Refused();
    if (error.message.startsWith('Unable to start subsystem'))
      return new Failure('unsupported', `${this.host} does not give out files (SFTP)`, { hint: 'Its sshd has no `Subsystem sftp` line, or this account may not use it.' });
    if (error.message === 'Unable to exec')
      return new Failure('unsupported', `${this.host} does not run commands for this user`, { hint: 'The account may be limited to file transfer (ForceCommand internal-sftp).' });
    return this.#lost(reasonOf(error));
  }

  /** Reasons of RFC 4254, 5.1: 1 is forbidden, 2 is that the address did not answer. */
  #unforwarded(error: Error & { reason?: unknown }, place: { address: string; port: number }): Failure {
    if (this.#gone !== undefined) return this.#gone;
    if (error.reason === 1)
      return new Failure('unsupported', `${this.host} does not let connections through to ${placeOf(place)}`, { hint: 'Its sshd forbids it (AllowTcpForwarding, PermitOpen).' });
    return unreached('tcp', place, `${this.host} does not reach ${placeOf(place)}: ${clean(error.message, 120)}`, this.#forwardHint(place));
  }

  #forwardHint = (place: { address: string; port: number }): string => `Is ${placeOf(place)} right as seen from ${this.host}, and does a firewall let it through?`;

  #destroy(reason: string): void {
    this.#ending ??= this.#lost(reason);
    this.socket.destroy();
  }

  #lost(reason: string): Failure {
    return unreached('ssh', this.place, `the connection to ${this.host} was lost: ${reason}`, 'ForgeBoard connects again when something is asked of the server.');
  }
}

/** How ssh2 is asked for a channel, and what is made of it; released: once, when it is gone. */
type Ask<Raw> = (done: (error: Error | null | undefined, raw: Raw) => void) => void;
type Wrap<Raw, Wrapped> = (raw: Raw, released: () => void, signal: AbortSignal | undefined) => Wrapped;

/** The server did not open a channel; others may be open. */
class Refused extends Error {}

function reasonOf(error: unknown): string {
  const { code, message, level } = error as NodeJS.ErrnoException & { level?: string };
  if (level === 'client-timeout') return 'the server no longer answers';
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'cut off by the other side';
  if (code === 'ETIMEDOUT') return 'the network no longer delivers';
  return clean(message ?? String(error), 120);
}
