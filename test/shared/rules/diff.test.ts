import { describe, expect, it } from 'vitest';
import { unifiedDiff } from '../../../shared/rules/diff.ts';

describe('a diff', () => {
  it('shows what changed with three lines around it', () => {
    const text = [...'abcdefghijklmnop'].map((letter) => `${letter}\n`).join('');
    expect(unifiedDiff(text, text.replace('h\n', 'H\nI\n'))).toBe('@@ -5,7 +5,8 @@\n e\n f\n g\n-h\n+H\n+I\n i\n j\n k\n');
    expect(unifiedDiff(text, text)).toBe('');
    expect(unifiedDiff(null, 'a\n')).toBe('@@ -0,0 +1 @@\n+a\n');
    expect(unifiedDiff('a\n', null)).toBe('@@ -1 +0,0 @@\n-a\n');
  });

  it('leads from the one text to the other', () => {
    let state = 7;
    const next = (most: number) => {
      state = (state * 48271) % 2147483647;
      return state % most;
    };
    for (let round = 0; round < 300; round += 1) {
      const lines = Array.from({ length: next(40) + 1 }, () => 'abcde'[next(5)] as string);
      const before = lines.join('\n') + (next(3) === 0 ? '' : '\n');
      const after = lines.flatMap((line) => (next(5) === 0 ? [] : next(5) === 0 ? [line, 'new'] : [line])).join('\n') + (next(3) === 0 ? '' : '\n');
      expect(patched(before, unifiedDiff(before, after)), `round ${round}`).toBe(after);
    }
  });
});

/** What patch(1) does with it, at the very places that it names. */
function patched(before: string, diff: string): string {
  const rest = before.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const taken = diff.replace(/\n\\ No newline at end of file\n/g, '\ue000').match(/@@[^\n]*\n|[ +-](?:[^\n\ue000]*)[\n\ue000]/g) ?? [];
  let out = '';
  let at = 1;
  for (const line of taken) {
    const [, start, length] = /^@@ -(\d+)(?:,(\d+))? /.exec(line) ?? [];
    if (start !== undefined) {
      const first = Number(start) + (length === '0' ? 1 : 0);
      out += rest.splice(0, first - at).join('');
      at = first;
      continue;
    }
    const text = line.slice(1).replace('\ue000', '');
    if (line[0] !== '+') {
      expect(rest.shift()).toBe(text);
      at += 1;
    }
    if (line[0] !== '-') out += text;
  }
  return out + rest.join('');
}
