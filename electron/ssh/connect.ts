import type { Failure } from '../../shared/errors.ts';
import { hostKeyTypes, offer } from './algorithms.ts';
import { type Connection, openConnection } from './connection.ts';
import type { Credentials } from './credentials.ts';
import { dial } from './dial.ts';
import { handshake } from './handshake.ts';
import { type HostKey, hasFingerprint, parseFingerprint } from './host-key.ts';
import { changedKey, revokedKey, unexpectedKey, unknownKey } from './host-key-failures.ts';
import { type KnownHosts, verdict } from './known-hosts.ts';
import { defaultLimits, type Limits } from './limits.ts';
import { Login } from './login.ts';
import { placeOf, type SshTarget } from './target.ts';

/** Which server key is right: one that the files know, or exactly one whose fingerprint the user has from elsewhere. */
export type HostKeyPolicy = { known: KnownHosts } | { pinned: string; type?: string | undefined };

export interface ConnectOptions {
  hostKeys: HostKeyPolicy;
  credentials: Credentials;
  /** What the user calls the host; its address where left out. */
  name?: string | undefined;
  /** Answers kept from an earlier connection to the same host. */
  login?: Login | undefined;
  /** Told of keys that the server proved to hold and that known_hosts now has too, for the audit log. */
  onLearned?: ((keys: HostKey[]) => void) | undefined;
  limits?: Partial<Limits> | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Connects, makes sure that it is the right server, and logs in; in this order, so a wrong server never sees a credential.
 * Fails with `unreachable`, `host-key-*`, `auth-failed`, `needs-input` or `invalid`. Cancelling leaves nothing behind.
 */
export async function connect(target: SshTarget, options: ConnectOptions): Promise<Connection> {
  const limits = { ...defaultLimits, ...options.limits };
  const name = options.name ?? placeOf(target);
  const login = options.login ?? new Login(target, name, options.credentials);
  await login.check();
  for (let round = 1; ; round++) {
    const { judge, ...types } = await hostKeyRule(target, options.hostKeys);
    const socket = await dial(target, limits, options.signal);
    try {
      const session = await handshake(socket, { target, algorithms: offer(types), judge, proven: learner(target, options), login, limits, signal: options.signal });
      return openConnection(name, target, socket, session, limits);
    } catch (error) {
      // sshd waits 120 s for a login. Somebody who needed longer to find the passphrase is not to type it again.
      const late = round === 1 && login.asked && (error as Failure).problem === 'unreachable';
      if (!late) throw error;
    }
  }
}

function learner(target: SshTarget, { hostKeys, onLearned }: ConnectOptions): (keys: HostKey[]) => void {
  return (keys) => {
    if (!('known' in hostKeys)) return;
    hostKeys.known.learn(target.address, target.port, keys).then(
      (learned) => learned.length > 0 && onLearned?.(learned),
      () => {}, // a file that cannot be written is no reason to end a working connection
    );
  };
}

interface Rule {
  judge: (key: HostKey) => Failure | undefined;
  pinned?: string[];
  only?: string[];
}

async function hostKeyRule(target: SshTarget, policy: HostKeyPolicy): Promise<Rule> {
  if ('pinned' in policy) {
    const expected = parseFingerprint(policy.pinned);
    const judge = (key: HostKey): Failure | undefined => (hasFingerprint(key, expected) ? undefined : unexpectedKey(target, expected, [key]));
    return policy.type === undefined ? { judge } : { judge, only: [policy.type] };
  }
  const host = await policy.known.lookup(target.address, target.port);
  const judge = (key: HostKey): Failure | undefined => {
    const found = verdict(host, key);
    if (found === 'known') return undefined;
    if (found === 'revoked') return revokedKey(target, key, host.revoked);
    if (found === 'changed') return changedKey(target, key, host.known);
    return unknownKey(target, key, host.known, host.unsupported);
  };
  return { judge, pinned: host.known.map((entry) => entry.key.type) };
}

/** A login that is never asked for anything: the key is refused before. */
const nobody = (target: SshTarget): Login => new Login({ ...target, identity: undefined, agent: false }, placeOf(target), { ask: () => Promise.resolve(undefined) });

interface ProbeOptions {
  signal?: AbortSignal | undefined;
  limits?: Partial<Limits> | undefined;
  /** Only keys of these types. */
  types?: string[] | undefined;
}

/** The key a server shows. Takes it and hangs up: no authentication request is sent. Costs one "noauth" penalty second on new sshd. */
export async function probeHostKey(target: SshTarget, options: ProbeOptions = {}): Promise<HostKey> {
  const limits = { ...defaultLimits, ...options.limits };
  let shown: HostKey | undefined;
  const judge = (key: HostKey): Failure => {
    shown = key;
    return unknownKey(target, key);
  };
  const socket = await dial(target, limits, options.signal);
  const algorithms = offer(options.types === undefined ? {} : { only: options.types });
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
