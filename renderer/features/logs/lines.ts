import type { LogEntry } from '../../../shared/contract/logs.ts';

/** Lines that are kept; older ones go. */
export const mostLines = 20_000;

export interface Line extends LogEntry {
  /** Counts up from the first line that this page saw. */
  number: number;
}

/** The lines that a page holds: what is new is taken in batches, one paint a frame. */
export function createLines() {
  let lines: Line[] = [];
  let fresh: Line[] = [];
  let last = 0;
  return {
    clear() {
      lines = [];
      fresh = [];
    },
    push(entry: LogEntry) {
      last += 1;
      fresh.push({ ...entry, number: last });
      if (fresh.length > mostLines) fresh = fresh.slice(-mostLines);
    },
    /** Everything so far, in a new list where something came. */
    take(): Line[] {
      if (fresh.length === 0) return lines;
      lines = [...lines, ...fresh].slice(-mostLines);
      fresh = [];
      return lines;
    },
    waiting: () => fresh.length,
  };
}

/** Which lines a filter leaves. */
export function filtered(lines: readonly Line[], text: string, level: 'all' | 'warnings' | 'errors'): readonly Line[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '' && level === 'all') return lines;
  return lines.filter(
    (line) => (level === 'all' || line.level === 'error' || (level === 'warnings' && line.level === 'warning')) && (wanted === '' || line.text.toLowerCase().includes(wanted)),
  );
}

/** A line as text, for copying. */
export const asText = ({ at, level, process, text }: LogEntry) => `${at} ${level} ${process} ${text}`;
