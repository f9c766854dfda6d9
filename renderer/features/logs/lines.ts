import type { LeftOut, LogEntry } from '../../../shared/contract/logs.ts';

/** Lines that are held; of a log that is followed older ones go. */
export const mostLines = 20_000;

/** Something that stands in a log: a line, or what was left out, or a note of ours. */
export type Entry = (LogEntry | LeftOut | { type: 'note'; text: string; at: string }) & {
  /** Counts up as they come, and down from 0 as older ones are read: the same for as long as it is held. */
  number: number;
};
export type Line = Extract<Entry, { type: 'line' }>;
export type Told = LogEntry | LeftOut | { type: 'note'; text: string; at: string };

/** What a page holds of a log: what is new is taken in batches, one paint a frame. */
export function createLines() {
  let entries: Entry[] = [];
  let fresh: Entry[] = [];
  let last = 0;
  let first = 1;
  return {
    clear() {
      entries = [];
      fresh = [];
    },
    push(told: Told) {
      last += 1;
      fresh.push({ ...told, number: last });
      if (fresh.length > 2 * mostLines) fresh = fresh.slice(-mostLines);
    },
    /** Older ones, oldest first. */
    unshift(told: Told[]): Entry[] {
      first -= told.length;
      entries = [...told.map((one, index) => ({ ...one, number: first + index })), ...entries];
      return entries;
    },
    /** Everything so far, in a new list where something came; `whole` lets nothing go that somebody reads. */
    take(whole: boolean): Entry[] {
      if (fresh.length === 0 || (whole && entries.length >= 2 * mostLines)) return entries;
      entries = [...entries, ...fresh];
      if (!whole && entries.length > mostLines) entries = entries.slice(-mostLines);
      fresh = [];
      return entries;
    },
    waiting: () => fresh.length,
  };
}

/** A line as text, for copying and saving. */
export function asText(entry: Entry): string {
  if (entry.type === 'note') return `${entry.at} ${entry.text}`;
  if (entry.type === 'left-out') return `${entry.at} (${entry.lines} lines left out)`;
  return `${entry.at} ${entry.level} ${entry.process} ${entry.text}`;
}
