import { shown } from './names.ts';
import type { Rule } from './refine.ts';

const units: Record<string, number> = { s: 1_000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/**
 * A moment as people write it: "15m", "2 h", "3d" before now; "14:30" and "today" of this day, "yesterday"; a date with or
 * without a time, by this computer's clock unless it says its zone.
 * @returns milliseconds since 1970, or below 0 so many before now, which the host then takes by its own clock
 */
export function parseMoment(text: string, now: Date): number | { wrong: string } {
  const given = text.trim();
  const [, number, unit = ''] = /^(\d{1,6}) ?(s|m|min|h|d|w)$/.exec(given) ?? [];
  if (number !== undefined) return -Math.max(1, Number(number) * (units[unit] ?? 0));
  const day = (back: number, hours = 0, minutes = 0, seconds = 0) => new Date(now.getFullYear(), now.getMonth(), now.getDate() - back, hours, minutes, seconds).getTime();
  if (given === 'today' || given === 'yesterday') return day(given === 'today' ? 0 : 1);
  const clock = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(given);
  if (clock !== null) return day(0, Number(clock[1]), Number(clock[2]), Number(clock[3] ?? 0));
  // A date alone would be taken as UTC.
  const dated = /^\d{4}-\d\d-\d\d$/.test(given) ? `${given}T00:00` : given.replace(/^(\d{4}-\d\d-\d\d) (?=\d)/, '$1T');
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(dated) ? Date.parse(dated) : Number.NaN;
  return Number.isNaN(at) || at < 0 ? { wrong: `"${shown(given)}" is not a time; write 15m, 2h, 3d, 14:30, today or 2026-01-31 14:30` } : at;
}

export const momentRule: Rule = (text) => {
  const found = parseMoment(text, new Date(0));
  return typeof found === 'number' ? null : found.wrong;
};
