import { shown } from './names.ts';
import type { Rule } from './refine.ts';

const longestName = 60;
const longestText = 20_000;

export const snippetNameRule: Rule = (value) => {
  if (value.trim() === '') return 'the name is empty; call it by what it does, like Restart the worker';
  if ([...value].length > longestName) return `the name has ${[...value].length} characters; ${longestName} are the most`;
  if (value !== value.trim()) return `the name "${shown(value)}" begins or ends with a space`;
  // What cannot be seen would make two names look the same.
  return /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/u.test(value) ? `the name "${shown(value)}" has a character that cannot be seen` : null;
};

/** What is typed into a shell: lines of text, and nothing that would drive the terminal. */
export const snippetTextRule: Rule = (value) => {
  if (value.trim() === '') return 'the text is empty; write what is to be typed, like systemctl status nginx';
  if (value.length > longestText) return `the text has ${value.length} characters; ${longestText} are the most`;
  return /(?![\n\t])\p{Cc}|[\p{Zl}\p{Zp}\p{Surrogate}]/u.test(value) ? 'the text has a control character; only lines and tabs are allowed' : null;
};
