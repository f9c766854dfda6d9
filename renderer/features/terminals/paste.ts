import { visible } from '../../../shared/rules/visible.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Text from the clipboard, before it is typed into a terminal. */
export interface Pasted {
  /** What is typed: without control characters, which could end the shell's own protection or press keys. */
  text: string;
  /** As it was, a line each, with what cannot be seen shown as marks. */
  lines: string[];
  /** How many control characters are left out. */
  left: number;
  /** Whether a person should see it first: it would run something, or is not what it looks like. */
  asks: boolean;
}

/** @param held the shell holds pasted lines back until Enter (bracketed paste) */
export function pastedText(clipboard: string, held: boolean): Pasted {
  const plain = clipboard.replace(/\r\n?/g, '\n');
  const text = plain.replace(controls, '');
  const lines = plain.replace(/\n$/, '').split('\n').map(visible);
  const strange = visible(plain) !== plain;
  return { text, lines, left: plain.length - text.length, asks: lines.length > 1 || strange || (plain.endsWith('\n') && !held) };
}
