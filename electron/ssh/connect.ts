import { Failure } from '../../shared/errors.ts';
import { hostKeyTypes, offer } from './algorithms.ts';
import { type Connection, openConnection } from './connection.ts';
import type { Credentials } from './credentials.ts';
import { handshake } from './handshake.ts';
import { type HostKey, hasFingerprint, parseFingerprint } from './host-key.ts';
import { changedKey, revokedKey, unexpectedKey, unknownKey } from './host-key-failures.ts';
import { reach, type Via } from './jump.ts';
import { type KnownHosts, verdict } from './known-hosts.ts';
import { entryLine, knownName } from './known-hosts-lines.ts';
import { defaultLimits, type Limits } from './limits.ts';
import { Login } from './login.ts';
import { keyPlaceOf, needsSystem, placeOf, type SshTarget } from './target.ts';

/** Which server key is right: one that the files know, or exactly one whose fingerprint the user has from elsewhere. */
export type HostKeyPolicy =
  | { known: KnownHosts }
  | {
      pinned: string;
      type?: string | undefined;
      /** The key itself, and what is known of jump hosts: for the system's ssh, which takes no fingerprints. */
      key?: HostKey | undefined;
      jumps?: KnownHosts | undefined;
    };

export interface ConnectOptions {
  hostKeys: HostKeyPolicy;
  credentials: Credentials;
  /** What the user calls the host; its address where left out. */
  name?: string | undefined;
  /** The way to its jump host; needed where it has one. */
  via?: Via | undefined;
  /** Answers kept from an earlier connection to the same host. */
  login?: Login | undefined;
  /** Told of keys that the server proved to hold and that known_hosts now has too, for the audit log. */
  onLearned?: ((keys: HostKey[]) => void) | undefined;
  /** Told when the server is known and the login begins: from then on somebody may be asked. */
  onLogin?: (() => void) | undefined;
  limits?: Partial<Limits> | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Connects, makes sure that it is the right server, and logs in; in this order, so a wrong server never sees a credential.
 * Fails with `unreachable`, `host-key-*`, `auth-failed`, `needs-input` or `invalid`. Cancelling leaves nothing behind.
 */
export async function connect(target: SshTarget, options: ConnectOptions): Promise<Connection> {
  const limits = limitsFor(target, options.limits);
  const name = options.name ?? placeOf(target);
  if (target.system !== undefined) {
    try {
      return await bySystem(target, name, limits, options);
    } catch (error) {
      // A plain key, or one whose passphrase we can ask for, may do where a certificate was not taken.
      const plain = !needsSystem(target) && error instanceof Failure && ['auth-failed', 'unsupported'].includes(error.problem);
      if (!plain) throw error;
    }
  }
  const login = options.login ?? new Login(target, name, options.credentials);
  await login.check();
  for (let round = 1; ; round++) {
    const { judge, ...types } = await hostKeyRule(target, options.hostKeys);
    const socket = await reach(target, limits, options.via, options.signal);
    try {
      const session = await handshake(socket, {
        target,
        algorithms: offer(types),
        judge,
        proven: learner(target, options),
        login,
        onLogin: options.onLogin,
        limits,
        signal: options.signal,
      });
      return openConnection(name, target, socket, session, limits);
    } catch (error) {
      // sshd waits 120 s for a login. Somebody who needed longer to find the passphrase is not to type it again.
      const late = round === 1 && login.asked && (error as Failure).problem === 'unreachable';
      if (!late) throw error;
    }
  }
}

/** By the system's ssh, which judges the host key itself, strictly. */
async function bySystem(target: SshTarget, name: string, limits: Limits, { hostKeys, signal }: ConnectOptions): Promise<Connection> {
  const { connectBySystem } = await import('./system/connection.ts');
  if ('known' in hostKeys) return connectBySystem(target, { name, knownHosts: hostKeys.known.filesFor(target), limits, signal });
  const { key, jumps } = hostKeys;
  if (key === undefined || !hasFingerprint(key, parseFingerprint(hostKeys.pinned))) throw new Error('a pinned key is needed whole for the system’s ssh');
  const place = keyPlaceOf(target);
  const line = entryLine(knownName(place.address, place.port), key, { hash: false });
  // Jump hosts are judged by what is known of them, the server by this one key.
  return connectBySystem(target, { name, knownHosts: target.through === undefined ? [] : (jumps?.filesFor(target.through) ?? []), pinned: line, limits, signal });
}

/** The time that ~/.ssh/config gives it goes before ours. */
function limitsFor({ connectMs, keepaliveMs }: SshTarget, limits: Partial<Limits> = {}): Limits {
  return { ...defaultLimits, ...(connectMs !== undefined && { connectMs }), ...(keepaliveMs !== undefined && { keepaliveMs }), ...limits };
}

function learner(target: SshTarget, { hostKeys, onLearned }: ConnectOptions): (keys: HostKey[]) => void {
  return (keys) => {
    if (!('known' in hostKeys) || target.fixedKeys) return;
    const place = keyPlaceOf(target);
    hostKeys.known
      .of(target)
      .learn(place.address, place.port, keys)
      .then(
        (learned) => learned.length > 0 && onLearned?.(learned),
        () => {}, // a file that cannot be written is no reason to end a working connection
      );
  };
}

interface Rule {
  judge: (key: HostKey) => Failure | undefined;
  pinned?: string[];
  only?: string[];
  algorithms?: string[] | undefined;
}

async function hostKeyRule(target: SshTarget, policy: HostKeyPolicy): Promise<Rule> {
  if ('pinned' in policy) {
    const expected = parseFingerprint(policy.pinned);
    const judge = (key: HostKey): Failure | undefined => (hasFingerprint(key, expected) ? undefined : unexpectedKey(target, expected, [key]));
    return { judge, algorithms: target.hostKeyAlgorithms, ...(policy.type !== undefined && { only: [policy.type] }) };
  }
  const place = keyPlaceOf(target);
  const host = await policy.known.of(target).lookup(place.address, place.port);
  const judge = (key: HostKey): Failure | undefined => {
    const found = verdict(host, key);
    if (found === 'known') return undefined;
    if (found === 'revoked') return revokedKey(target, key, host.revoked);
    if (found === 'changed') return changedKey(target, key, host.known);
    return unknownKey(target, key, host.unsupported);
  };
  return { judge, algorithms: target.hostKeyAlgorithms, pinned: host.known.map((entry) => entry.key.type) };
}

/** A login that is never asked for anything: the key is refused before. */
const nobody = (target: SshTarget): Login => new Login({ ...target, identity: undefined, agent: false }, placeOf(target), { ask: () => Promise.resolve(undefined) });

interface ProbeOptions {
  /** What is known of jump hosts, where the system's ssh is needed. */
  known?: KnownHosts | undefined;
  /** The way to its jump host; needed where it has one. */
  via?: Via | undefined;
  signal?: AbortSignal | undefined;
  limits?: Partial<Limits> | undefined;
  /** Only keys of these types. */
  types?: string[] | undefined;
}

/** The key a server shows. Takes it and hangs up: no authentication request is sent. Costs one "noauth" penalty second on new sshd. */
export async function probeHostKey(target: SshTarget, options: ProbeOptions = {}): Promise<HostKey> {
  if (needsSystem(target)) {
    const { probeBySystem } = await import('./system/probe.ts');
    return probeBySystem(target, placeOf(target), options.known?.filesFor(target) ?? [], options.types, options.signal);
  }
  const limits = limitsFor(target, options.limits);
  let shown: HostKey | undefined;
  const judge = (key: HostKey): Failure => {
    shown = key;
    return unknownKey(target, key);
  };
  const socket = await reach(target, limits, options.via, options.signal);
  const algorithms = offer({ algorithms: target.hostKeyAlgorithms, ...(options.types !== undefined && { only: options.types }) });
  await handshake(socket, { target, algorithms, judge, login: nobody(target), limits, signal: options.signal }).catch((error: unknown) => {
    if (shown === undefined) throw error;
  });
  return shown as unknown as HostKey;
}

/**
 * The server's key that has this fingerprint, whichever of its keys that is (one connection for each type, until found).
 * Fails with `host-key-changed` when it has none such, naming those it has; `invalid` when the text is no fingerprint.
 */
export async function findHostKey(target: SshTarget, fingerprint: string, options: Omit<ProbeOptions, 'types'> = {}): Promise<HostKey> {
  const expected = parseFingerprint(fingerprint);
  const shown: HostKey[] = [];
  let types = hostKeyTypes();
  while (types.length > 0) {
    const key = await probeHostKey(target, { ...options, types }).catch((error: Failure) => {
      if (shown.length > 0 && error.problem === 'unsupported') return undefined; // no key of the remaining types
      throw error;
    });
    if (key === undefined) break;
    if (hasFingerprint(key, expected)) return key;
    shown.push(key);
    types = types.filter((type) => type !== key.type);
  }
  throw unexpectedKey(target, expected, shown);
}
