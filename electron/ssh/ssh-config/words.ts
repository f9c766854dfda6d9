/** One line of a configuration: its keyword in lower case, its arguments, and what follows the keyword as it is written. */
export interface Line {
  keyword: string;
  args: string[];
  rest: string;
  file: string;
  /** Counted from 1. */
  line: number;
}

/** Reads a configuration's text into lines; undefined stands for one whose quotes do not close, at which OpenSSH stops. */
export function linesOf(text: string, file: string): Line[] {
  return text.split('\n').flatMap((written, index) => {
    const [, keyword = '', rest = ''] = /^[ \t\r]*([^ \t\r="]+)(?:[ \t\r]*=[ \t\r]*|[ \t\r]+|$)(.*?)[ \t\r\f]*$/s.exec(written) ?? [];
    if (keyword === '' || keyword.startsWith('#')) return [];
    return [{ keyword: keyword.toLowerCase(), args: wordsOf(rest), rest, file, line: index + 1 }];
  });
}

/**
 * Splits as ssh does: spaces and tabs part words, either quote holds them together, a backslash takes the meaning from a
 * quote, a backslash, and outside quotes a space; a word that begins with # begins a comment.
 */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  let at = 0;
  while (at < text.length) {
    if (text[at] === ' ' || text[at] === '\t') {
      at++;
      continue;
    }
    if (text[at] === '#') break;
    let word = '';
    let quote = '';
    for (; at < text.length; at++) {
      const character = text[at] as string;
      const next = text[at + 1] ?? '';
      if (character === '\\' && (next === "'" || next === '"' || next === '\\' || (quote === '' && next === ' '))) {
        word += next;
        at++;
      } else if (quote === '' && (character === ' ' || character === '\t')) break;
      else if (quote === '' && (character === '"' || character === "'")) quote = character;
      else if (quote !== '' && character === quote) quote = '';
      else word += character;
    }
    words.push(word);
  }
  return words;
}

/** The words of a Match line, which may also be parted by `=`, and where only double quotes count. */
export function criteriaOf(rest: string): string[] {
  const words = [...rest.matchAll(/"([^"]*)"|([^ \t\r="]+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  const comment = words.findIndex((word) => word.startsWith('#'));
  return comment === -1 ? words : words.slice(0, comment);
}
