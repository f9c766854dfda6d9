import { isDeepStrictEqual } from 'node:util';
import { Failure } from '../../shared/errors.ts';
import { formatAddress } from '../../shared/rules/address.ts';
import { backoffMs } from './backoff.ts';
import { connect, type HostKeyPolicy } from './connect.ts';
import type { Connection } from './connection.ts';
import { type Refused, stillRefused } from './connections/refused.ts';
import { Renewing } from './connections/renewing.ts';
import type { Credentials } from './credentials.ts';
import type { HostKey } from './host-key.ts';
import { type Hop, hopCredentials, type Via } from './jump.ts';
import type { Limits } from './limits.ts';
import { Login } from './login.ts';
import { Slots } from './slots.ts';
import { needsSystem, placeOf, type SshTarget } from './target.ts';
import { cancelled, orAbort, pause } from './waiting.ts';

/** A host by the name that users gave it. */
export interface Host {
  name: string;
  target: SshTarget;
  /** What people are told it is, where that is not its name. */
  label?: string;
}

/** What happens to a host's connection. `waiting`: the next try is at `retryAt`. `refused`: not before somebody asks for it. */
export type ConnectionState =
  | { host: string; state: 'connecting' | 'ready' | 'closed' }
  | { host: string; state: 'lost' | 'refused'; failure: Failure }
  | { host: string; state: 'waiting'; failure: Failure; retryAt: number };

export interface GetOptions {
  credentials: Credentials;
  signal?: AbortSignal | undefined;
  /** Try now, although the host refused the login before or the pause between tries is not over: a person asks for it. */
  retry?: boolean | undefined;
  /** Keep trying, with pauses, until the host is reached, refuses, or the signal aborts: for streams that go on for days. */
  wait?: boolean | undefined;
}

/** One connection for each host, shared by everything that needs it. */
export interface Connections {
  /**
   * The host's connection, opened if there is none; callers at the same time share one. An unreachable host is tried
   * after 0.5, 1, 2, ... s and no sooner: within the pause the last failure is given again. A refused login is never
   * repeated without `retry`, and a refused host key only after it was accepted.
   */
  get(host: Host, options: GetOptions): Promise<Connection>;
  /**
   * A connection beside the host's one, for what it has no room for: `which` counts from 1. It signs in with what the first
   * was given, is closed when nobody holds it, and its state is not told.
   */
  beside(host: Host, which: number, options: GetOptions): Promise<Hop>;
  /** Closes one host's connection and forgets its answers (opened key, password). */
  close(name: string): void;
  closeAll(): void;
  /** After the machine slept or moved: asks every connection for a sign of life, ends all pauses, and tries anew what waits for a server's first words. */
  wake(): Promise<void>;
  /** Calls back at every change; the returned function stops that. */
  onState(listener: (state: ConnectionState) => void): () => void;
}

export interface ConnectionsOptions {
  hostKeys: HostKeyPolicy;
  limits?: Partial<Limits> | undefined;
  /** Told of host keys that were learnt (see KnownHosts.learn), for the audit log. */
  onLearned?: ((host: string, keys: HostKey[]) => void) | undefined;
  /** Key exchanges and logins at a time, over all hosts: sshd turns away crowds, and so do firewalls. */
  handshakes?: number | undefined;
}

interface Entry {
  host: Host;
  login: Login;
  connection?: Connection | undefined;
  attempt?: { promise: Promise<Connection>; controller: AbortController; callers: number } | undefined;
  failures: number;
  notBefore: number;
  readonly renewing: Renewing;
  /** Ends the pause that is being waited out. */
  hurry?: (() => void) | undefined;
  last?: Failure | undefined;
  refused?: Refused | undefined;
  /** For a jump host that nobody asked for by name, and for a connection beside another: how many hold it. */
  carried?: number | undefined;
}

// A connection that ends sooner than this counts as a failed try: a server that lets us in and hangs up is not hammered.
const shortLived = 5_000;
// Pauses up to this are waited out by everybody; for longer ones the answer is the last failure.
const shortPause = 1_000;

/** Opens no connection yet. */
export function openConnections(options: ConnectionsOptions): Connections {
  return new SharedConnections(options);
}

class SharedConnections implements Connections {
  readonly #entries = new Map<string, Entry>();
  readonly #handshakes: Slots;
  readonly #listeners = new Set<(state: ConnectionState) => void>();

  constructor(private readonly options: ConnectionsOptions) {
    this.#handshakes = new Slots(options.handshakes ?? 3);
  }

  async get(host: Host, options: GetOptions): Promise<Connection> {
    const entry = this.#entry(host, options.credentials);
    for (let again = options.retry === true; ; again = false) {
      if (options.signal?.aborted === true) throw cancelled();
      if (entry.connection !== undefined) return entry.connection;
      if (again) {
        entry.refused = undefined;
        entry.notBefore = 0;
        entry.hurry?.();
      }
      if (entry.attempt === undefined) {
        const refused = await stillRefused(entry.refused, entry.host.target, this.options.hostKeys, options.credentials);
        if (refused !== undefined) throw refused;
        const left = entry.notBefore - Date.now();
        if (entry.last !== undefined && left > shortPause && options.wait !== true) throw entry.last;
      }
      try {
        return await this.#join(entry, options, again);
      } catch (error) {
        if (options.wait !== true || (error as Failure).problem !== 'unreachable') throw error;
      }
    }
  }

  async beside(host: Host, which: number, options: GetOptions): Promise<Hop> {
    // No host's own name has an @ in it.
    const name = `${host.name} @${which}`;
    const first = this.#entries.get(host.name);
    const known = this.#entries.get(name);
    const entry = this.#entry({ name, target: host.target, label: host.label ?? host.name }, options.credentials);
    if (entry !== known && first !== undefined && sameTarget(first.host.target, host.target)) entry.login = first.login.beside();
    entry.login.credentials = options.credentials;
    return this.#held(entry, options);
  }

  close(name: string): void {
    for (const other of [...this.#entries.keys()]) if (other.startsWith(`${name} @`)) this.close(other);
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#entries.delete(name);
    entry.attempt?.controller.abort();
    entry.connection?.close();
    this.#tell({ host: name, state: 'closed' });
  }

  closeAll(): void {
    for (const name of [...this.#entries.keys()]) this.close(name);
  }

  async wake(): Promise<void> {
    for (const entry of this.#entries.values()) {
      entry.notBefore = 0;
      entry.hurry?.();
      entry.renewing.renew();
    }
    await Promise.all([...this.#entries.values()].map((entry) => entry.connection?.probe()));
  }

  onState(listener: (state: ConnectionState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #entry(host: Host, credentials: Credentials): Entry {
    const found = this.#entries.get(host.name);
    if (found !== undefined && sameTarget(found.host.target, host.target)) {
      // While an attempt runs, its questions go to whoever started it.
      if (found.attempt === undefined) found.login.credentials = credentials;
      return found;
    }
    this.close(host.name);
    const entry: Entry = { host, login: new Login(host.target, host.label ?? host.name, credentials), renewing: new Renewing(), failures: 0, notBefore: 0 };
    this.#entries.set(host.name, entry);
    return entry;
  }

  #join(entry: Entry, options: GetOptions, retry: boolean): Promise<Connection> {
    entry.attempt ??= this.#start(entry, options.credentials, retry);
    const { attempt } = entry;
    attempt.callers++;
    return orAbort(attempt.promise, options.signal).finally(() => {
      if (--attempt.callers === 0) attempt.controller.abort(); // nobody wants it any more; no effect once it is there
    });
  }

  #start(entry: Entry, credentials: Credentials, retry: boolean): NonNullable<Entry['attempt']> {
    const controller = new AbortController();
    const promise = this.#open(entry, controller.signal, retry)
      .catch((error: unknown) => {
        if (error instanceof Failure) this.#failed(entry, error, credentials);
        throw error;
      })
      .finally(() => (entry.attempt = undefined));
    promise.catch(() => {});
    return { promise, controller, callers: 0 };
  }

  async #open(entry: Entry, signal: AbortSignal, retry: boolean): Promise<Connection> {
    const { name, target } = entry.host;
    const left = entry.notBefore - Date.now();
    if (left > 0) await pause(left, signal, (hurry) => (entry.hurry = hurry));
    if (target.through !== undefined) this.#tell({ host: name, state: 'connecting' });
    // Before its own turn, or crowds of hosts behind one jump host would wait for it and keep it waiting.
    const hop = target.through === undefined || needsSystem(target) ? undefined : await this.#hop(target.through, entry.login.credentials, signal, retry);
    let release = (): void => {};
    try {
      release = await this.#handshakes.take(this.#handshakes.turn(), signal);
      if (target.through === undefined) this.#tell({ host: name, state: 'connecting' });
      const { hostKeys, limits, onLearned } = this.options;
      const connection = await entry.renewing.run(signal, (signal, settle) =>
        connect(target, {
          ...{ hostKeys, limits, name: entry.host.label ?? name, signal, login: entry.login, credentials: entry.login.credentials },
          onLearned: (keys) => onLearned?.(name, keys),
          onLogin: settle,
          // Held until the end of all: a login that was too late is tried again through it.
          ...(hop !== undefined && { via: (async () => ({ connection: hop.connection, release: () => {} })) satisfies Via }),
        }),
      );
      if (this.#entries.get(name) !== entry) {
        connection.close();
        throw cancelled();
      }
      if (hop !== undefined) void connection.closed.then(hop.release);
      this.#opened(entry, connection);
      return connection;
    } catch (error) {
      hop?.release();
      throw error;
    } finally {
      release();
    }
  }

  /** The jump host's connection: one that is there for a host of the same target, or one of its own while it is used. */
  async #hop(jump: SshTarget, credentials: Credentials, signal: AbortSignal, retry: boolean): Promise<Hop> {
    const known = [...this.#entries.values()].find(({ host, carried }) => carried === undefined && sameTarget(host.target, jump));
    // No host's own name has an @ in it.
    const name = known?.host.name ?? `${formatAddress({ user: jump.user, host: jump.address, port: jump.port })} ${JSON.stringify(jump)}`;
    const asking = hopCredentials(credentials, jump);
    const entry = this.#entry({ name, target: jump, label: known?.host.label ?? known?.host.name ?? placeOf(jump) }, asking);
    const options = { credentials: asking, signal, retry };
    return known === undefined ? this.#held(entry, options) : { connection: await this.get(entry.host, options), release: () => {} };
  }

  /** An entry's connection, which goes with the last one who holds it. */
  async #held(entry: Entry, options: GetOptions): Promise<Hop> {
    const { name } = entry.host;
    entry.carried = (entry.carried ?? 0) + 1;
    const release = (): void => {
      if (entry.carried === undefined || --entry.carried > 0 || this.#entries.get(name) !== entry) return;
      this.close(name);
    };
    try {
      const connection = await this.get(entry.host, options);
      let held = true;
      return {
        connection,
        release: () => {
          if (held) release();
          held = false;
        },
      };
    } catch (error) {
      // Its failures are kept with it, so that it is not hammered: it goes with the next one that works.
      if (entry.carried !== undefined) entry.carried--;
      throw error;
    }
  }

  #opened(entry: Entry, connection: Connection): void {
    const since = Date.now();
    const { name } = entry.host;
    entry.connection = connection;
    entry.refused = undefined;
    this.#tell({ host: name, state: 'ready' });
    void connection.closed.then((failure) => {
      if (entry.connection !== connection) return;
      entry.connection = undefined;
      if (this.#entries.get(name) !== entry) return;
      if (Date.now() - since >= shortLived) entry.failures = 0;
      if (failure === undefined) return this.#tell({ host: name, state: 'closed' });
      this.#tell({ host: name, state: 'lost', failure });
      if (Date.now() - since < shortLived) this.#failed(entry, failure, entry.login.credentials);
    });
  }

  #failed(entry: Entry, failure: Failure, credentials: Credentials): void {
    const host = entry.host.name;
    if (this.#entries.get(host) !== entry || failure.problem === 'cancelled') return;
    if (failure.problem === 'unreachable') {
      entry.last = failure;
      entry.notBefore = Date.now() + backoffMs(++entry.failures, failure);
      this.#tell({ host, state: 'waiting', failure, retryAt: entry.notBefore });
    } else {
      const remembered = ['auth-failed', 'needs-input', 'host-key-unknown', 'host-key-changed', 'host-key-revoked'];
      if (remembered.includes(failure.problem)) entry.refused = { failure, credentials };
      this.#tell({ host, state: 'refused', failure });
    }
  }

  #tell(state: ConnectionState): void {
    // A jump host's state is told by those who are reached through it, and a host has one state.
    if (state.host.includes('@')) return;
    for (const listener of this.#listeners) listener(state);
  }
}

const sameTarget = (a: SshTarget, b: SshTarget): boolean => isDeepStrictEqual(plain(a), plain(b));
const plain = (target: SshTarget): unknown => JSON.parse(JSON.stringify(target));
