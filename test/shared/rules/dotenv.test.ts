import { describe, expect, it } from 'vitest';
import { readDotenv } from '../../../shared/rules/dotenv.ts';

const values = (text: string) => Object.fromEntries(readDotenv(text).variables.map(({ name, value }) => [name, value]));

describe('a .env file', () => {
  it.each<[string, string, Record<string, string>]>([
    ['export and spaces', 'export A=1\n  B = two words  \nexport\tC=3', { A: '1', B: 'two words', C: '3' }],
    ['a byte order mark and CRLF', '\ufeffA=1\r\nB="x"\r\n', { A: '1', B: 'x' }],
    ['comments', '# one\n\nA=1 # two\nB=a#b\nC="x # y" # z\nD=#only', { A: '1', B: 'a#b', C: 'x # y', D: '' }],
    ['single quotes as they stand', 'A=\'a\\n$X "q"\'', { A: 'a\\n$X "q"' }],
    ['escapes in double quotes', 'A="a\\n\\t\\"\\\\ \\$X \\d"', { A: 'a\n\t"\\ $X \\d' }],
    ['values over several lines', 'KEY="-----BEGIN\nabc\n-----END"\nA=\'1\n2\'\nB=3', { KEY: '-----BEGIN\nabc\n-----END', A: '1\n2', B: '3' }],
    ['empty values', 'A=\nB=""\nC', { A: '', B: '' }],
    ['what other programs would expand', 'A=$HOME/x\nB="${A} `id` $(id)"\nC=%i', { A: '$HOME/x', B: '${A} `id` $(id)', C: '%i' }],
    ['equals signs in a value', 'A=b=c\nURL=postgres://u:p@h/d?x=1', { A: 'b=c', URL: 'postgres://u:p@h/d?x=1' }],
    ['names that an object has', '__proto__=1\nconstructor=2', JSON.parse('{"__proto__":"1","constructor":"2"}')],
  ])('is read with %s', (_what, text, expected) => expect(values(text)).toEqual(expected));

  it('names each bad line by its number, behind values of several lines too', () => {
    const { wrong } = readDotenv('A="1\n2"\nnonsense here\nB=1\n=x\nC="x" y\nD="x');
    expect(wrong).toEqual([
      { line: 3, text: 'there is no NAME=value here' },
      { line: 5, text: 'there is no NAME=value here' },
      { line: 6, text: 'something follows the closing " of C' },
      { line: 7, text: 'the value of D begins with ", which is never closed' },
    ]);
  });

  it('lists names that come twice, of which the last counts, and those that the rules refuse', () => {
    const read = readDotenv('A=1\nPORT=80\nB=2\nA=3\nA-B=4\nC="\0"');
    expect(read.variables).toEqual([
      { name: 'B', value: '2', line: 3 },
      { name: 'A', value: '3', line: 4 },
    ]);
    expect(read.twice).toEqual([{ name: 'A', lines: [1, 4] }]);
    expect(read.refused.map(({ name, line }) => `${name} ${line}`)).toEqual(['PORT 2', 'A-B 5', 'C 6']);
  });

  it('never ends in an error, and not in a wait that grows with the square of its size', () => {
    for (const piece of ['"', "A='", 'A="\\', '#', 'export ', '=', 'A=1 #', '\r', ' \t', '\ud800', 'A="x\n', 'A=`\n']) {
      const long = piece.repeat(400_000 / piece.length);
      for (const text of [long, `A=${long}x`, `A="${long}`]) expect(readDotenv(text).wrong).toBeInstanceOf(Array);
    }
  });
});
