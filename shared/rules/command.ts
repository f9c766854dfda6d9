import type { Rule } from './refine.ts';
import { shown } from './names.ts';

/*
 * Commands of an app: words for execve(2), no shell. $NAME and ${NAME} stand for variables of the app's environment
 * (its own, and PORT, SOCKET, DATA_DIR), which systemd puts in.
 */

const longest = 2000;
const variable = /^\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/;

/** Splits a command line into words as a shell would, and refuses what only a shell can do. */
function split(text: string): { words: string[] } | { wrong: string } {
  const words: string[] = [];
  let word: string | undefined;
  let quote: '"' | "'" | undefined;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] as string;
    if (quote !== undefined) {
      if (character === quote) quote = undefined;
      else if (character === '\\' && quote === '"' && /["\\$`]/.test(text[at + 1] ?? '')) word += text[++at] === '$' ? '\\$' : (text[at] as string);
      else if (character === '`' && quote === '"') return { wrong: 'it contains "`", which needs a shell' };
      else word += character === '$' && quote === "'" ? '\\$' : character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (character === '\\') {
      const next = text[++at];
      if (next === undefined) return { wrong: 'it ends with a backslash' };
      word = (word ?? '') + (next === '$' ? '\\$' : next);
    } else if (character === ' ' || character === '\t') {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (/[|&;<>()`\n\r]/.test(character)) {
      return { wrong: `it contains ${/[\n\r]/.test(character) ? 'a line break' : `"${character}"`}, which needs a shell` };
    } else word = (word ?? '') + character;
  }
  if (quote !== undefined) return { wrong: `a ${quote} is not closed` };
  if (word !== undefined) words.push(word);
  return { words };
}

export const commandRule: Rule = (value) => {
  if (value.trim() === '') return 'the command is empty; write it as in a terminal, like python worker.py --queue mail';
  if (value.length > longest) return `the command is longer than ${longest} characters; put it into a script in the folder`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]|\p{Surrogate}/u.test(value)) return 'the command contains a control character';
  const found = split(value);
  if ('wrong' in found) return `the command "${shown(value)}" cannot run: ${found.wrong}. Put it into a script in the folder and name that, like sh start.sh`;
  const [first = ''] = found.words;
  if (/^[A-Za-z_]\w*=/.test(first)) return `the command "${shown(value)}" begins with ${first.split('=')[0]}=; set that as a variable of the app`;
  if (/^[$-]/.test(first) || first === '') return `the command "${shown(value)}" must begin with a program, like python or ./start`;
  return null;
};

/** The words of a command that commandRule lets pass; a literal dollar is \$. */
export function commandWords(text: string): string[] {
  const found = split(text);
  if ('wrong' in found) throw new Error(`unchecked command: ${found.wrong}`);
  return found.words;
}

/** Whether the command names one of the app's variables. */
export const mentions = (words: readonly string[], name: string): boolean => words.some((word) => new RegExp(`(?<!\\\\)\\$(?:${name}(?!\\w)|\\{${name}\\})`).test(word));

/**
 * Words as systemd reads them in ExecStart= (systemd.service(5), "Command lines"): each in double quotes, specifiers and
 * dollars doubled, variables in braces, so that each stays one word whatever is in it.
 */
export function execWords(words: readonly string[]): string {
  const escapes: Record<string, string> = { '%': '%%', '"': '\\"', '\\': '\\\\', '\t': '\\t' };
  return unitWords(words)
    .map((word) => `"${word.replace(/[%"\\\t]/g, (character) => escapes[character] as string)}"`)
    .join(' ');
}

/** Words as systemd takes them one by one, for transient units: only dollars mean something there. */
export const unitWords = (words: readonly string[]): string[] => words.map(dollars);

function dollars(word: string): string {
  let text = '';
  for (let at = 0; at < word.length; at += 1) {
    const character = word[at] as string;
    const named = character === '$' ? variable.exec(word.slice(at)) : null;
    if (named !== null) {
      text += `\${${named[1] ?? named[2]}}`;
      at += named[0].length - 1;
    } else if (character === '\\' && word[at + 1] === '$') {
      text += '$$';
      at += 1;
    } else text += character === '$' ? '$$' : character;
  }
  return text;
}
