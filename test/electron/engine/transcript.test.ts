import { describe, expect, it } from 'vitest';
import { Transcript } from '../../../electron/engine/transcript.ts';

function read(...parts: (string | Uint8Array)[]): string {
  const transcript = new Transcript();
  return parts.map((part) => transcript.push(typeof part === 'string' ? Buffer.from(part) : part)).join('') + transcript.end();
}

describe('a transcript of a terminal', () => {
  it.each([
    ['lines', 'one\r\ntwo\r\n', 'one\ntwo\n'],
    ['colours, titles and links left out', '\u001b]0;a title\u0007\u001b[1;32mgreen\u001b[0m \u001b]8;;https://example.com\u001b\\link\u001b]8;;\u001b\\\r\n', 'green link\n'],
    ['a choice of characters left out', '\u001b(Bplain\u001b=\r\n', 'plain\n'],
    ['a progress bar as it stood at last', ' 10 %\r 50 %\r100 %\r\n', '100 %\n'],
    ['what was typed and taken back', '$ lx\b \b\b \bls\r\n', '$ ls\n'],
    ['a line that was edited in its middle', '$ ls x\u001b[2D\u001b[1P -l\u001b[K\r\n', '$ ls -l\n'],
    ['a sign that was put in', 'ac\b\u001b[1@b\r\n', 'abc\n'],
    ['a column that was gone to', 'a\u001b[5Gb\r\n', 'a   b\n'],
    ['an editor as one line', 'before\r\n\u001b[?1049h\u001b[2J\u001b[Htext of a file\r\n\u001b[?1049lafter\r\n', 'before\n[a program took the whole screen]\nafter\n'],
    ['a screen that was cleared', 'kept\u001b[H\u001b[2J\u001b[3Jnew\r\n', 'kept\nnew\n'],
    ['a line that has not ended', '$ exit', '$ exit\n'],
    ['a sequence that was broken off', '\u001b[1;3\u0018x\u001b[31\u001b[32my\u001b\u001b[0m\r\n', 'xy\n'],
    ['sequences of one byte', '\u009b31mred\u009d0;title\u009c\r\n', 'red\n'],
    ['nothing of a string without an end', 'a\r\n\u001bPq hidden\r\nhidden', 'a\n'],
  ])('has %s', (_what, printed, expected) => {
    expect(read(printed)).toBe(expected);
    // However it is cut on the way.
    expect(read(...[...Buffer.from(printed)].map((byte) => Uint8Array.of(byte)))).toBe(expected);
  });

  it('keeps letters that were cut in two, and marks what is no text', () => {
    const bytes = Buffer.from('grün €\r\n');
    expect(read(...[...bytes].map((byte) => Uint8Array.of(byte)), Uint8Array.of(0xff, 0x41, 0x0a))).toBe('grün €\n\ufffdA\n');
  });

  it('is never larger than what was printed by more than a little, nor slow, whatever comes', () => {
    const hostile = ['\u001b[999999999C', '\u001b[999999999@x', '\u001b[9999G.', `\u001b[${'1;'.repeat(5000)}m`, '\u001b]0;', 'x'.repeat(300_000), '\u0007'];
    const out = read(...hostile, ...hostile.slice(0, 3).flatMap((one) => Array<string>(200).fill(one)));
    expect(out.length).toBeLessThan(5_000_000);
    expect(Math.max(...out.split('\n').map(({ length }) => length))).toBeLessThan(320_000);
  });
});
