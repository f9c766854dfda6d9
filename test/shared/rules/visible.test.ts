import { expect, it } from 'vitest';
import { visible } from '../../../shared/rules/visible.ts';

it.each([
  ['a terminal’s orders', 'a\u001b[2J\u0007\u009b', 'a\\u{1b}[2J\\u{7}\\u{9b}'],
  ['a line that goes back over itself', 'done\rfailed\b', 'done\\u{d}failed\\u{8}'],
  ['text that runs backwards', '\u202egpj.exe\u2066x', '\\u{202e}gpj.exe\\u{2066}x'],
  ['names that differ in nothing to be seen', 'sh\u200bop\u00ad\u3164\u{e0041}', 'sh\\u{200b}op\\u{ad}\\u{3164}\\u{e0041}'],
  ['line ends that editors do not show', 'a\u2028b', 'a\\u{2028}b'],
  ['half a character', '\ud83d!', '\\u{d83d}!'],
])('shows %s', (_what, text, shown) => {
  expect(visible(text)).toBe(shown);
});

it.each(['tab\tand\nline', 'Ünïcödé, שלום, नमस्ते, क्‍ष', '👩‍👧 ❤️', '<b>&amp;</b>'])('leaves %j as it is', (text) => {
  expect(visible(text)).toBe(text);
});
