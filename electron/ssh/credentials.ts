import type { Secret } from '../../shared/secret.ts';

/** What is asked, in words that a prompt can show. */
export interface Question {
  kind: 'passphrase' | 'password' | 'sudo-password';
  /** The host the secret is for, as the user names it. */
  host: string;
  /** What the secret opens: "the key /home/me/.ssh/id_ed25519", "deploy on shop-1". */
  subject: string;
  /** 1 for the first time; more when the last answer was wrong. */
  attempt: number;
}

/** Where secrets come from: a terminal prompt, the keychain, a dialog. Supplied by whoever starts the connection. */
export interface Credentials {
  /** Resolves to undefined when nobody can be asked, or nobody wants to answer. */
  ask(question: Question, signal?: AbortSignal): Promise<Secret | undefined>;
}

/** For callers that cannot ask anybody: scheduled work, scripts without a terminal. */
export const noCredentials: Credentials = { ask: () => Promise.resolve(undefined) };
