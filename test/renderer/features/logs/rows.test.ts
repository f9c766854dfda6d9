import { describe, expect, it } from 'vitest';
import type { Entry } from '../../../../renderer/features/logs/lines.ts';
import { createLines } from '../../../../renderer/features/logs/lines.ts';
import { type Row, rowsOf, structured } from '../../../../renderer/features/logs/rows.ts';
import { folded, readTraceback } from '../../../../renderer/features/logs/tracebacks.ts';

const start = Date.parse('2026-11-28T01:00:00Z');
let number = 0;
const line = (text: string, more: object = {}): Entry => {
  number += 1;
  const of = { process: 'web', slot: 'a', pid: 1, release: 47, request: null, level: 'info' as const, trace: /^(Traceback|\s|KeyError|ValueError|During)/.test(text) };
  return { type: 'line', at: new Date(start + number * 1_000).toISOString(), text, number, ...of, ...more };
};
const fall = (what: string, at: number, more: object = {}) =>
  [
    'Traceback (most recent call last):',
    '  File "/srv/forgeboard/shop/slots/a/venv/lib/python3.11/site-packages/flask/app.py", line 10, in wsgi_app',
    '    response = self.full_dispatch_request()',
    '  File "/srv/forgeboard/shop/slots/a/venv/lib/python3.11/site-packages/werkzeug/x.py", line 11, in f',
    `  File "/srv/forgeboard/shop/releases/47/app/basket.py", line ${at}, in total`,
    '    return lines[key]',
    what,
  ].map((text) => line(text, more));
const shape = (rows: Row[]) => rows.map((row) => (row.kind === 'line' ? row.line.text : row.kind === 'traceback' ? `${row.count}x ${row.last.title}` : row.kind));
const none: ReadonlySet<string> = new Set();

describe('rows of a log', () => {
  it('make one card of equal tracebacks, where the last stands, also where lines of others stand between', () => {
    const [other, ...more] = fall('ValueError: no', 9);
    const first = fall("KeyError: 'quantity'", 88);
    const second = fall("KeyError: 'quantity'", 88, { release: 48 });
    second.splice(3, 0, line('GET / 200', { process: 'worker', pid: 2 }));
    const entries = [line('a'), ...first, line('b'), ...second, line('c'), other as Entry, ...more];
    const rows = rowsOf(entries, [], none);
    expect(shape(rows)).toEqual(['a', 'b', "2x KeyError: 'quantity'", 'GET / 200', 'c', '1x ValueError: no']);
    expect(rows[2]).toMatchObject({ first: first[0]?.at, until: second[0]?.at, releases: [47, 48], last: { place: 'app/basket.py, line 88' } });
    const apart = new Set(rows.flatMap((row) => (row.kind === 'traceback' ? [row.signature] : [])));
    expect(shape(rowsOf(entries, [], apart))).toEqual(['a', "1x KeyError: 'quantity'", 'b', "1x KeyError: 'quantity'", 'GET / 200', 'c', '1x ValueError: no']);
  });

  it('keep a chained traceback one, and two that follow each other two', () => {
    const chained = [
      ...fall("KeyError: 'a'", 1),
      line('', { trace: false }),
      line('During handling of the above exception, another exception occurred:'),
      ...fall('ValueError: b', 2),
    ];
    expect(shape(rowsOf(chained, [], none))).toEqual(['1x ValueError: b']);
    expect(shape(rowsOf([...fall("KeyError: 'a'", 1), ...fall('ValueError: b', 2)], [], none))).toEqual(["1x KeyError: 'a'", '1x ValueError: b']);
  });

  it('say once what was left out in a row, and put a marker before the first line after it', () => {
    const entries = [line('before'), line('after')];
    const left = (lines: number): Entry => ({ type: 'left-out', reason: 'rate', at: entries[0]?.at ?? '', lines, bytes: 10 * lines, number: ++number });
    const marker = (at: string | undefined, by: number) => ({ at: Date.parse(at ?? '') + by, text: 'Release 48 went live' });
    const all = [entries[0] as Entry, left(5), left(7), entries[1] as Entry];
    const rows = rowsOf(all, [marker(entries[1]?.at, -1), marker(entries[0]?.at, -1)], none);
    expect(shape(rows)).toEqual(['before', 'left-out', 'marker', 'after']);
    expect(rows[1]).toMatchObject({ lines: 12, bytes: 120 });
    expect(shape(rowsOf(all, [marker(entries[1]?.at, 1)], none)).at(-1)).toBe('marker');
  });
});

it('folds frames of packages that follow each other', () => {
  const { frames, place } = readTraceback(fall('KeyError: 1', 88) as never);
  expect(folded(frames)).toEqual([{ count: 2, of: ['flask', 'werkzeug'] }, expect.objectContaining({ file: 'app/basket.py', line: '88', code: ['return lines[key]'] })]);
  expect(place).toBe('app/basket.py, line 88');
});

it.each([
  [
    '{"event": "low", "left": 3, "level": "info", "of": {"a": [1]}}',
    {
      message: 'low',
      fields: [
        ['left', '3'],
        ['of', '{"a":[1]}'],
      ],
    },
  ],
  ['{"n": null}', { message: '', fields: [['n', 'null']] }],
  ['{"message": 5}', { message: '', fields: [['message', '5']] }],
  ['{not json}', null],
  ['[1]', null],
  ['plain', null],
])('unfolds %s', (text, expected) => {
  expect(structured(text)).toEqual(expected);
});

it('holds so many lines and no more, lets nothing go while somebody reads, and counts what waits', () => {
  const store = createLines();
  const told = line('x') as never;
  const push = (count: number) => {
    for (let n = 0; n < count; n++) store.push(told);
  };
  push(25_000);
  expect(store.take(false)).toHaveLength(20_000);
  push(20_000);
  expect(store.take(true)).toHaveLength(40_000);
  push(7);
  expect(store.take(true)).toHaveLength(40_000);
  expect(store.waiting()).toBe(7);
  const whole = store.unshift([told, told]);
  expect(new Set(whole.map(({ number }) => number)).size).toBe(whole.length);
  expect(store.take(false)).toHaveLength(20_000);
  expect(store.waiting()).toBe(0);
});
