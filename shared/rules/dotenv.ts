import { variableNameRule, variableValueRule } from './variables.ts';

export interface DotenvVariable {
  name: string;
  value: string;
  /** Where it begins, counted from 1. */
  line: number;
}

/** What a .env file says, and what is wrong with it. */
export interface Dotenv {
  /** Each name once: the last one counts, as with every reader of such files. In the order of the file. */
  variables: DotenvVariable[];
  /** Lines that give no variable, in order. While there is one, nothing of the file should be taken. */
  wrong: { line: number; text: string }[];
  /** Variables that the rules refuse, like PORT: they can be left out. */
  refused: { name: string; line: number; text: string }[];
  /** Names that stand there more than once, with all their lines. */
  twice: { name: string; lines: number[] }[];
}

const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t', '"': '"', "'": "'", '\\': '\\', $: '$', '`': '`' };

/**
 * Reads the text of a .env file. NAME=value, an `export` before it, comments; values bare (to the end of the line, or a #
 * after a space), in double quotes (\n, \t, \", \\, \$ mean what they do elsewhere), single quotes or backquotes (as they
 * stand); quoted ones over several lines. Nothing is ever expanded: $X stays $X. Never throws.
 */
export function readDotenv(given: string): Dotenv {
  const text = given.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
  const found: DotenvVariable[] = [];
  const wrong: Dotenv['wrong'] = [];
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const taken = statement(text, at);
    if ('wrong' in taken) wrong.push({ line, text: taken.wrong });
    else if ('name' in taken) found.push({ name: taken.name, value: taken.value, line });
    line += text.slice(at, taken.end).split('\n').length - 1;
    at = taken.end;
  }
  return { ...judged(found), wrong };
}

type Statement = { end: number } | { end: number; wrong: string } | { end: number; name: string; value: string };

function statement(text: string, at: number): Statement {
  const newline = text.indexOf('\n', at);
  const end = newline < 0 ? text.length : newline + 1;
  const whole = text.slice(at, newline < 0 ? text.length : newline);
  if (/^\s*(#|$)/.test(whole)) return { end };
  const head = /^\s*(?:export\s+)?([^\s=]+)[^\S\n]*=[^\S\n]*/.exec(whole);
  if (head?.[1] === undefined) return { end, wrong: 'there is no NAME=value here' };
  const name = head[1];
  const from = at + head[0].length;
  const quote = text[from];
  if (quote !== '"' && quote !== "'" && quote !== '`') return { end, name, value: bare(text.slice(from, at + whole.length)) };
  const close = closing(text, from);
  if (close < 0) return { end, wrong: `the value of ${name} begins with ${quote}, which is never closed` };
  const next = text.indexOf('\n', close);
  const after = text.slice(close + 1, next < 0 ? text.length : next);
  if (!/^\s*(#.*)?$/.test(after)) return { end: next < 0 ? text.length : next + 1, wrong: `something follows the closing ${quote} of ${name}` };
  const inside = text.slice(from + 1, close);
  const value = quote === '"' ? inside.replace(/\\([\s\S])/g, (all, mark: string) => escapes[mark] ?? all) : inside;
  return { end: next < 0 ? text.length : next + 1, name, value };
}

/** A bare value ends at the end of its line, or before a # that stands after a space. */
function bare(text: string): string {
  const comment = text.startsWith('#') ? 0 : text.search(/\s#/);
  return (comment < 0 ? text : text.slice(0, comment)).trim();
}

/** Where the quote that opens at `from` is closed, -1 where it is not. Only double quotes can be escaped inside. */
function closing(text: string, from: number): number {
  const quote = text[from];
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === '\\' && quote === '"') at += 1;
    else if (text[at] === quote) return at;
  }
  return -1;
}

function judged(found: DotenvVariable[]): Pick<Dotenv, 'variables' | 'refused' | 'twice'> {
  const lines = new Map<string, number[]>();
  const last = new Map<string, DotenvVariable>();
  for (const one of found) {
    const known = lines.get(one.name);
    if (known === undefined) lines.set(one.name, [one.line]);
    else known.push(one.line);
    last.delete(one.name);
    last.set(one.name, one);
  }
  const variables: DotenvVariable[] = [];
  const refused: Dotenv['refused'] = [];
  for (const one of last.values()) {
    const text = variableNameRule(one.name) ?? variableValueRule(one.value);
    if (text === null) variables.push(one);
    else refused.push({ name: one.name, line: one.line, text });
  }
  return { variables, refused, twice: [...lines].flatMap(([name, all]) => (all.length > 1 ? [{ name, lines: all }] : [])) };
}
