import type { Question } from '../../shared/contract/questions.ts';
import { Secret } from '../../shared/secret.ts';
import type { Credentials } from '../ssh/credentials.ts';

/** Where secrets are kept that opened something before (store/secrets.ts). Never fails: one that does not work is empty. */
export interface SecretStore {
  get(account: string): Promise<Secret | undefined>;
  keep(account: string, secret: Secret): Promise<void>;
  forget(account: string): Promise<void>;
  remembering(): { reason: string | null } | undefined;
}

/** Who can be asked. */
interface Person {
  ask(question: Question): Promise<Secret | boolean | undefined>;
}

/** Credentials of one attempt to reach a host, and what to do with them once it is known whether they were right. */
export interface HostCredentials extends Credentials {
  /** The host let us in: what was typed is kept. */
  accepted(): Promise<void>;
  /** It did not: a kept secret that was used is not tried again. */
  refused(): Promise<void>;
}

/** A decision is no secret. */
const secretOf = (answer: Secret | boolean | undefined): Secret | undefined => (answer instanceof Secret ? answer : undefined);

/** What one host is opened by is never tried on its jump host, and one key file's passphrase not on another. */
const keyOf = (account: string, { kind, hop, file }: { kind: string; hop?: string | undefined; file?: string | undefined }): string =>
  [account, ...(hop === undefined ? [] : ['via', hop]), kind, ...(file === undefined ? [] : [file])].join(' ');

/**
 * Secrets that are kept first, then from whoever can be asked. A kept one that turns out wrong is forgotten and the person
 * is asked, so it is never tried a second time.
 * @param account names the host and its address: what a secret is for, so that it cannot be sent anywhere else
 */
export function hostCredentials(person: Person, account: string, store: SecretStore): HostCredentials {
  const used = new Set<string>();
  const typed = new Map<string, Secret>();
  return {
    async ask(question) {
      // A code is good once: neither kept nor looked up.
      if (question.kind === 'code') return secretOf(await person.ask(question));
      const key = keyOf(account, question);
      if (question.attempt === 1) {
        const kept = await store.get(key);
        if (kept !== undefined) {
          used.add(key);
          return kept;
        }
      } else if (used.delete(key)) await store.forget(key);
      const remember = store.remembering();
      const answer = await person.ask({ ...question, ...(remember !== undefined && { remember }) });
      const secret = secretOf(answer);
      if (secret !== undefined) typed.set(key, secret);
      return secret;
    },
    async accepted() {
      for (const [key, secret] of typed) await store.keep(key, secret);
      typed.clear();
      used.clear();
    },
    async refused() {
      for (const key of used) await store.forget(key);
      used.clear();
      typed.clear();
    },
  };
}
