import type { Secret } from '../../shared/secret.ts';
import type { Keychain } from './keychain.ts';

/** Secrets that opened something: for this session in memory, and in the keyring where their owner wants it. Never in a file. */
export interface Secrets {
  get(account: string): Promise<Secret | undefined>;
  /** Keeps what was right: beyond this session only with its owner's `remember`. */
  keep(account: string, secret: Secret): Promise<void>;
  forget(account: string): Promise<void>;
  /** Forgets every account whose name begins so. */
  forgetAll(prefix: string): Promise<void>;
  /** Whether remembering can be offered, with the reason why it would not work now; undefined where there is no keyring to speak of. */
  remembering(): { reason: string | null } | undefined;
}

/** @param keychain left out where nothing may outlive the process */
export function openSecrets(keychain?: Keychain): Secrets {
  const session = new Map<string, Secret>();
  return {
    get: async (account) => session.get(account) ?? keychain?.get(account),
    async keep(account, secret) {
      session.set(account, secret);
      if (secret.remember) await keychain?.set(account, secret);
    },
    async forget(account) {
      session.delete(account);
      await keychain?.forget(account);
    },
    async forgetAll(prefix) {
      for (const account of [...session.keys()]) if (account.startsWith(prefix)) session.delete(account);
      await keychain?.forgetAll(prefix);
    },
    remembering: () => (keychain === undefined ? undefined : { reason: keychain.reason() }),
  };
}
