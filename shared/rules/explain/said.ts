import type { AppSettings } from '../app-settings.ts';
import type { AppSpec } from '../spec.ts';

/** Why an app did not start, in terms of what can be set about it. */
export interface Explained {
  /** What is wrong, a sentence. */
  what: string;
  /** What to do, a sentence. */
  hint: string;
  fix: Fix | null;
  /** What only the folder and the server can say: which entry points there are, what is written, which Pythons are there. */
  asks?: 'entrypoint' | 'persist' | { python: string };
}

/** What mends it where an operation can: a variable to give a value, or settings to deploy with. */
export interface Fix {
  /** For a button: "Add requests". */
  label: string;
  variable: { name: string; secret: boolean } | null;
  settings: AppSettings | null;
}

/** What is known of the app that failed; null where it was never set up. */
export type KnownSpec = Pick<AppSpec, 'type' | 'root' | 'entrypoint' | 'command' | 'packages' | 'persist' | 'before' | 'python'> | null;

/** What was printed, for the rules: the failing line, the lines around it, and both as one text. */
export interface Said {
  reason: string;
  lines: readonly string[];
  text: string;
  spec: KnownSpec;
}
