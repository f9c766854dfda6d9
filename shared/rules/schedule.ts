import { shown } from './names.ts';
import type { Rule } from './refine.ts';

/* When a scheduled command runs: five fields as in crontab(5), or @hourly and the like. Rendered for systemd timers. */

const fields = [
  { name: 'minute', least: 0, most: 59, words: [] },
  { name: 'hour', least: 0, most: 23, words: [] },
  { name: 'day of the month', least: 1, most: 31, words: [] },
  { name: 'month', least: 1, most: 12, words: ['', 'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'] },
  { name: 'day of the week', least: 0, most: 7, words: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
] as const;

const short: Record<string, string> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

/** The values of one field; null where all are meant. */
type Values = number[] | null;

function parse(text: string): Values[] | { wrong: string } {
  const given = text.trim();
  const parts = (short[given] ?? given).split(/[ \t]+/);
  if (given.startsWith('@') && short[given] === undefined) return { wrong: `"${shown(given)}" is not one of ${Object.keys(short).join(', ')}` };
  if (parts.length !== fields.length) return { wrong: `"${shown(given)}" has ${parts.length} fields; write minute, hour, day, month and day of the week, like 30 4 * * 1-5` };
  const all: Values[] = [];
  for (const [index, field] of fields.entries()) {
    const values = valuesOf(parts[index] as string, field);
    if (values !== null && 'wrong' in values) return values;
    all.push(values);
  }
  return all;
}

function valuesOf(text: string, field: (typeof fields)[number]): Values | { wrong: string } {
  if (text === '*') return null;
  const found = new Set<number>();
  for (const part of text.split(',')) {
    const [, range = '', step] = /^([^/]*)(?:\/(\d{1,2}))?$/.exec(part) ?? [];
    const [from, to] = range === '*' ? [field.least, field.most] : range.split('-').map((word) => numberOf(word, field));
    const last = to ?? (step === undefined ? from : field.most);
    const wrong = from === undefined || last === undefined || Number.isNaN(from) || Number.isNaN(last) || range.split('-').length > 2;
    if (wrong) return { wrong: `"${shown(part)}" is not a ${field.name}` };
    if (from < field.least || last > field.most) return { wrong: `${field.name}: "${shown(part)}" is outside ${field.least} to ${field.most}` };
    if (from > last || step === '0') return { wrong: `${field.name}: "${shown(part)}" names nothing` };
    for (let value = from; value <= last; value += Number(step ?? 1)) found.add(field.name === 'day of the week' ? value % 7 : value);
  }
  return [...found].sort((one, other) => one - other);
}

function numberOf(word: string, field: (typeof fields)[number]): number {
  const named = (field.words as readonly string[]).indexOf(word.toLowerCase());
  return named >= 0 && word !== '' ? named : /^\d{1,2}$/.test(word) ? Number(word) : Number.NaN;
}

/** Days that are looked at for the next time: 29 February on a given day of the week comes within 40 years, but that nobody waits for. */
const mostDays = 9 * 366;

/**
 * The next times of a schedule that scheduleRule lets pass. from and the answers: what a clock on the wall shows, as
 * milliseconds of Date.UTC; the server's clock decides, wherever whoever asks is. Fewer, where there are no more in nine years.
 */
export function nextTimes(text: string, from: number, count: number): number[] {
  const parsed = parse(text);
  if (!Array.isArray(parsed)) throw new Error(`unchecked schedule: ${parsed.wrong}`);
  const [minutes, hours, days, months, weekdays] = parsed as [Values, Values, Values, Values, Values];
  const fits = (values: Values, value: number) => values === null || values.includes(value);
  const all = (values: Values, size: number) => values ?? Array.from({ length: size }, (_, at) => at);
  const found: number[] = [];
  for (let ahead = 0; ahead < mostDays && found.length < count; ahead += 1) {
    const day = new Date(from);
    day.setUTCHours(0, 0, 0, 0);
    day.setUTCDate(day.getUTCDate() + ahead);
    const ofMonth = fits(days, day.getUTCDate());
    const ofWeek = fits(weekdays, day.getUTCDay());
    // Where both are given, cron means "or" (crontab(5)).
    if (!fits(months, day.getUTCMonth() + 1) || !(days !== null && weekdays !== null ? ofMonth || ofWeek : ofMonth && ofWeek)) continue;
    for (const hour of all(hours, 24)) {
      for (const minute of all(minutes, 60)) {
        const at = day.getTime() + (hour * 60 + minute) * 60_000;
        if (at > from && found.length < count) found.push(at);
      }
    }
  }
  return found;
}

/** Times of a schedule for people: "Mon 23 Nov 04:30", with the year where it is another one. */
export function timeWords(times: readonly number[], from: number): string[] {
  return times.map((time) => {
    const [weekday = '', day = '', month = '', year = '', clock = ''] = new Date(time).toUTCString().replace(',', '').split(' ');
    return `${weekday} ${Number(day)} ${month}${Number(year) === new Date(from).getUTCFullYear() ? '' : ` ${year}`} ${clock.slice(0, 5)}`;
  });
}

export const scheduleRule: Rule = (value) => {
  const parsed = parse(value);
  return Array.isArray(parsed) ? null : `the time ${parsed.wrong}`;
};

/**
 * OnCalendar= lines of a schedule that scheduleRule lets pass. Two where day of the month and day of the week are both
 * given, since cron means "or" by that (crontab(5)) and systemd "and".
 */
export function onCalendar(text: string): string[] {
  const parsed = parse(text);
  if (!Array.isArray(parsed)) throw new Error(`unchecked schedule: ${parsed.wrong}`);
  const [minutes, hours, days, months, weekdays] = parsed as [Values, Values, Values, Values, Values];
  const list = (values: Values) => (values === null ? '*' : values.map((value) => String(value).padStart(2, '0')).join(','));
  const line = (day: Values, weekday: Values) => {
    const names = weekday?.map((value) => (fields[4].words[value] as string).replace(/^./, (first) => first.toUpperCase())).join(',');
    return `${names === undefined ? '' : `${names} `}*-${list(months)}-${list(day)} ${list(hours)}:${list(minutes)}:00`;
  };
  return days !== null && weekdays !== null ? [line(days, null), line(null, weekdays)] : [line(days, weekdays)];
}
