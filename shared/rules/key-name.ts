import type { Rule } from './refine.ts';

/** The name of a key's file in ~/.ssh: one that cannot be taken for an option, a path, a public half or a file of ssh's own. */
export const keyNameRule: Rule = (text) => {
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/.test(text)) return 'A key is named by letters, digits, . _ and -, like id_ed25519 or fra-1';
  if (text.endsWith('.pub')) return 'The public half gets the same name with .pub by itself';
  return /^(config|known_hosts|authorized_keys|environment|rc)/.test(text) ? `${text} is a file of ssh's own` : null;
};
