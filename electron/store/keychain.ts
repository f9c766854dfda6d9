import { existsSync } from 'node:fs';
import { Secret } from '../../shared/secret.ts';

/** The part of keytar that is used. */
interface Keytar {
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, password: string): Promise<void>;
  deletePassword(service: string, account: string): Promise<boolean>;
  findCredentials(service: string): Promise<{ account: string; password: string }[]>;
}

/** The operating system's keyring. Nothing here ever fails: what cannot be kept is asked for again, and `reason` says why. */
export interface Keychain {
  /** What people know it as; null where this machine has none. */
  readonly name: string | null;
  /** Why nothing can be kept; null while it can, as far as is known. */
  reason(): string | null;
  get(account: string): Promise<Secret | undefined>;
  set(account: string, secret: Secret): Promise<void>;
  forget(account: string): Promise<void>;
  /** Forgets every account whose name begins so. */
  forgetAll(prefix: string): Promise<void>;
}

export interface KeychainOptions {
  /** Under what name secrets are kept; a second home folder has its own. */
  service: string;
  /** Receives what went wrong; never a secret. */
  log(text: string): void;
  load?: () => Promise<Keytar>;
  platform?: NodeJS.Platform;
  env?: NodeJS.ProcessEnv;
  /** A person may have to unlock the keyring first, in a window that may lie behind ours. */
  patience?: number;
}

const names: Partial<Record<NodeJS.Platform, string>> = { darwin: 'Keychain', win32: 'Windows Credential Manager', linux: 'keyring' };

/**
 * One call at a time: a keyring that waits for its owner holds one of the process's few threads for each call, until no file
 * can be read any more. A call that does not end in time is given up, and nothing new is asked until it has ended.
 */
export function openKeychain(options: KeychainOptions): Keychain {
  const { service, log, platform = process.platform, env = process.env, patience = 30_000 } = options;
  const load = options.load ?? (async () => (await import('keytar')).default as Keytar);
  const missing = absence(platform, env);
  let reason: string | null = missing;
  let keytar: Promise<Keytar> | undefined;
  let stuck = false;
  let last: Promise<unknown> = Promise.resolve();
  const reading = new Map<string, Promise<Secret | undefined>>();

  const run = <T>(what: string, work: (keytar: Keytar) => Promise<T>): Promise<T | undefined> => {
    if (missing !== null || stuck) return Promise.resolve(undefined);
    const turn = last.then(async () => {
      if (stuck) return undefined;
      try {
        keytar ??= load();
        const found = await inTime(keytar.then(work));
        reason = null;
        return found;
      } catch (error) {
        keytar = reason === null ? keytar : undefined;
        reason = wordsFor(error);
        log(`keyring, ${what}: ${reason}`);
        return undefined;
      }
    });
    last = turn;
    return turn;
  };

  const inTime = <T>(work: Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        stuck = true;
        reject(new Error(waitingWords));
      }, patience);
      const over = (): void => {
        clearTimeout(timer);
        stuck = false;
      };
      work.then(
        (value) => {
          over();
          // Somebody unlocked it after all: from the next question on it is used.
          reason = null;
          resolve(value);
        },
        (error: unknown) => {
          over();
          reject(error as Error);
        },
      );
    });

  return {
    name: missing === null ? (names[platform] ?? 'keyring') : null,
    reason: () => (stuck ? waitingWords : reason),
    get(account) {
      const running = reading.get(account);
      if (running !== undefined) return running;
      const asked = run('read', (ring) => ring.getPassword(service, account)).then((text) => (text === null || text === undefined ? undefined : new Secret(text)));
      reading.set(account, asked);
      return asked.finally(() => reading.delete(account));
    },
    async set(account, secret) {
      await run('save', (ring) => ring.setPassword(service, account, secret.reveal()));
    },
    async forget(account) {
      await run('forget', (ring) => ring.deletePassword(service, account));
    },
    async forgetAll(prefix) {
      const kept = await run('list', (ring) => ring.findCredentials(service));
      for (const { account } of kept ?? []) if (account.startsWith(prefix)) await run('forget', (ring) => ring.deletePassword(service, account));
    },
  };
}

const waitingWords = 'your keyring is waiting to be unlocked';

/** Why a machine surely has no keyring; null where it may have one. Asking it outright would open its unlock window. */
function absence(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): string | null {
  if (platform === 'darwin' || platform === 'win32') return null;
  const address = env.DBUS_SESSION_BUS_ADDRESS ?? '';
  if (address === 'disabled:' || (address === '' && !existsSync(`/run/user/${process.getuid?.() ?? 0}/bus`))) return 'this session has no keyring (there is no D-Bus session)';
  return null;
}

/** libsecret's words, made ours. */
function wordsFor(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  if (text === waitingWords) return text;
  if (/not provided by any|ServiceUnknown|NameHasNoOwner|unsupported transport|Could not connect|Cannot (autolaunch|spawn)|No such file/i.test(text))
    return 'no keyring is running in this session';
  if (/locked|dismissed|cancel/i.test(text)) return 'your keyring stayed locked';
  if (/native addon|\.so|dlopen/i.test(text)) return 'the library for keyrings (libsecret) is missing';
  return `your keyring said: ${text.slice(0, 120)}`;
}
