import { expect, it } from 'vitest';
import { parseMoment } from '../../../shared/rules/moment.ts';

const now = new Date(2026, 10, 28, 14, 30, 5);
const local = (...parts: [number, number, number, number?, number?, number?]) => new Date(...(parts as [number, number, number])).getTime();

it.each<[string, number]>([
  ['90s', -90_000],
  ['15m', -900_000],
  ['15 min', -900_000],
  ['2h', -7_200_000],
  ['3d', -259_200_000],
  ['1w', -604_800_000],
  ['0s', -1],
  ['today', local(2026, 10, 28)],
  ['yesterday', local(2026, 10, 27)],
  ['9:05', new Date(2026, 10, 28, 9, 5).getTime()],
  ['2026-01-31', local(2026, 0, 31)],
  ['2026-01-31 14:30', new Date(2026, 0, 31, 14, 30).getTime()],
  ['2026-01-31T14:30:10Z', Date.UTC(2026, 0, 31, 14, 30, 10)],
])('takes %s for a moment', (text, expected) => {
  expect(parseMoment(text, now)).toBe(expected);
});

it.each(['', 'now-ish', '25:00', '2026-13-01 10:00', '15', '1e9d', '-5m', '31.01.2026', '9'.repeat(30)])('takes %j for none', (text) => {
  expect(parseMoment(text, now)).toMatchObject({ wrong: expect.stringContaining('is not a time') });
});
