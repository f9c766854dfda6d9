import type { Secret } from '../../shared/secret.ts';

/** What is asked, in words that a prompt can show. */
export interface Question {
  /** code: of a second factor; `subject` is the server's own prompt. */
  kind: 'passphrase' | 'password' | 'sudo-password' | 'code';
  /** The host the secret is for, as the user names it. */
  host: string;
  /** What the secret opens: "the key /home/me/.ssh/id_ed25519", "deploy on shop-1". */
  subject: string;
  /** USER@ADDRESS of a jump host, where it is not the host itself that asks. */
  hop?: string | undefined;
  /** A key file that the configuration names, beside the one that was given for the host. */
  file?: string | undefined;
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
