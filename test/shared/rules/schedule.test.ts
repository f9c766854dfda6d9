import { describe, expect, it } from 'vitest';
import { nextTimes, onCalendar, scheduleRule, timeWords } from '../../../shared/rules/schedule.ts';

describe('the next times', () => {
  const sunday = Date.UTC(2026, 10, 22, 23, 12);
  it.each([
    ['30 4 * * *', ['Mon 23 Nov 04:30', 'Tue 24 Nov 04:30', 'Wed 25 Nov 04:30']],
    ['*/20 23 * * *', ['Sun 22 Nov 23:20', 'Sun 22 Nov 23:40', 'Mon 23 Nov 23:00']],
    ['12 23 * * *', ['Mon 23 Nov 23:12', 'Tue 24 Nov 23:12', 'Wed 25 Nov 23:12']], // this very minute has begun
    ['0 12 13 * fri', ['Fri 27 Nov 12:00', 'Fri 4 Dec 12:00', 'Fri 11 Dec 12:00']],
    ['0 0 1 1 *', ['Fri 1 Jan 2027 00:00', 'Sat 1 Jan 2028 00:00', 'Mon 1 Jan 2029 00:00']],
    ['0 3 29 2 *', ['Tue 29 Feb 2028 03:00', 'Sun 29 Feb 2032 03:00']],
    ['0 0 31 2 *', []],
  ])('of %s are %j', (text, words) => {
    expect(timeWords(nextTimes(text, sunday, 3), sunday)).toEqual(words);
  });
});

describe('a time', () => {
  it.each([
    ['30 4 * * 1-5', ['Mon,Tue,Wed,Thu,Fri *-*-* 04:30:00']],
    ['*/15 * * * *', ['*-*-* *:00,15,30,45:00']],
    ['0 0 1 jan *', ['*-01-01 00:00:00']],
    ['5 0-6/3 * * sun,7', ['Sun *-*-* 00,03,06:05:00']],
    ['0 12 13 * 5', ['*-*-13 12:00:00', 'Fri *-*-* 12:00:00']],
    ['@hourly', ['*-*-* *:00:00']],
  ])('%s is %s', (text, lines) => {
    expect(scheduleRule(text)).toBeNull();
    expect(onCalendar(text)).toEqual(lines);
  });

  it.each([
    ['* * * *', 'has 4 fields'],
    ['@reboot rm', '"@reboot rm" is not one of @hourly'],
    ['60 * * * *', 'minute: "60" is outside 0 to 59'],
    ['* 5-2 * * *', 'hour: "5-2" names nothing'],
    ['*/0 * * * *', 'minute: "*/0" names nothing'],
    ['* * 0 * *', 'day of the month: "0" is outside 1 to 31'],
    ['* * * * mox', '"mox" is not a day of the week'],
    ['1-2-3 * * * *', '"1-2-3" is not a minute'],
    ['', 'has 1 fields'],
  ])('%j is refused: %s', (text, says) => expect(scheduleRule(text)).toContain(says));
});
