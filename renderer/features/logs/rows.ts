import type { LeftOut } from '../../../shared/contract/logs.ts';
import type { Entry, Line } from './lines.ts';
import { readTraceback, type Traceback } from './tracebacks.ts';

/** A moment at which another release went live. */
export interface Marker {
  /** Milliseconds since 1970. */
  at: number;
  text: string;
}

/** What is drawn, one below the other. */
export type Row =
  | { kind: 'line'; key: string; line: Line }
  | { kind: 'traceback'; key: string; last: Traceback; count: number; first: string; until: string; releases: number[]; signature: string; lines: Line[] }
  | { kind: 'left-out'; key: string; lines: number; bytes: number; reason: LeftOut['reason']; number: number }
  | { kind: 'note'; key: string; text: string; at: string; number: number }
  | { kind: 'marker'; key: string; text: string };

/** The number of the newest entry that a row stands for; undefined for a marker, which stands for none. */
export const numberOf = (row: Row): number | undefined =>
  row.kind === 'line' ? row.line.number : row.kind === 'traceback' ? row.lines.at(-1)?.number : row.kind === 'marker' ? undefined : row.number;

/**
 * Entries as rows: the lines of a traceback are one card, and equal ones are one where the last of them stands (`apart` has
 * the signatures of those that are shown one by one); what was left out in a row is one; a marker stands before the first
 * line after it, and markers before all that is held are not shown.
 */
export function rowsOf(entries: readonly Entry[], markers: readonly Marker[], apart: ReadonlySet<string>): Row[] {
  const rows: Row[] = [];
  const open = new Map<string, { lines: Line[]; place: number }>();
  const cards = new Map<string, number>();
  const first = entries.length === 0 ? Number.POSITIVE_INFINITY : Date.parse(entries[0]?.at ?? '');
  const due = markers.filter(({ at }) => at >= first).sort((a, b) => a.at - b.at);
  let next = 0;
  const close = (key: string) => {
    const held = open.get(key);
    open.delete(key);
    if (held === undefined) return;
    // Where its first line stood, a place was kept for it.
    const { lines, place } = held;
    const read = readTraceback(lines);
    const releases = [...new Set(lines.flatMap(({ release }) => (release === null ? [] : [release])))];
    const card = {
      kind: 'traceback' as const,
      key: `t${lines[0]?.number}`,
      last: read,
      count: 1,
      first: lines[0]?.at ?? '',
      until: lines[0]?.at ?? '',
      releases,
      signature: read.signature,
      lines,
    };
    rows[place] = card;
    if (apart.has(read.signature)) return;
    const before = cards.get(read.signature);
    const earlier = before === undefined ? undefined : rows[before];
    if (earlier?.kind === 'traceback') {
      card.count = earlier.count + 1;
      card.first = earlier.first;
      card.releases = [...new Set([...earlier.releases, ...releases])];
      rows[before as number] = gone;
    }
    cards.set(read.signature, place);
  };
  for (const entry of entries) {
    const time = next < due.length ? Date.parse(entry.at) : 0;
    for (let marker = due[next]; marker !== undefined && marker.at <= time; marker = due[++next]) rows.push({ kind: 'marker', key: `m${marker.at}`, text: marker.text });
    if (entry.type === 'line') {
      const key = `${entry.process} ${entry.slot} ${entry.pid}`;
      const begins = entry.text.startsWith('Traceback (most') || entry.text.includes('Exception Group Traceback');
      const lines = open.get(key)?.lines;
      // What is chained to another is one with it.
      if (entry.trace && lines !== undefined && (!begins || chained(lines))) lines.push(entry);
      else if (entry.trace) {
        close(key);
        open.set(key, { lines: [entry], place: rows.length });
        rows.push(gone);
      } else if (!(entry.text.trim() === '' && lines !== undefined)) {
        close(key);
        rows.push({ kind: 'line', key: `l${entry.number}`, line: entry });
      }
    } else if (entry.type === 'note') rows.push({ kind: 'note', key: `n${entry.number}`, text: entry.text, at: entry.at, number: entry.number });
    else {
      const last = rows.at(-1);
      if (last?.kind === 'left-out' && last.reason === entry.reason)
        rows[rows.length - 1] = { ...last, lines: last.lines + entry.lines, bytes: last.bytes + entry.bytes, number: entry.number };
      else rows.push({ kind: 'left-out', key: `x${entry.number}`, lines: entry.lines, bytes: entry.bytes, reason: entry.reason, number: entry.number });
    }
  }
  for (const key of [...open.keys()]) close(key);
  for (; next < due.length; next++) rows.push({ kind: 'marker', key: `m${due[next]?.at}`, text: due[next]?.text ?? '' });
  return rows.filter((row) => row !== gone);
}

const gone: Row = { kind: 'marker', key: 'gone', text: '' };
const chained = (lines: readonly Line[]) => /^(During handling of the above exception|The above exception was)/.test(lines.at(-1)?.text ?? '');

/** Fields of a line that is a JSON object: its message, and the rest in its order; null for any other line. */
export function structured(text: string): { message: string; fields: [name: string, value: string][] } | null {
  if (!text.startsWith('{') || !text.endsWith('}')) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const all = Object.entries(value);
  const told = ['event', 'message', 'msg'].find((name) => typeof (value as Record<string, unknown>)[name] === 'string');
  // What stands before the line already.
  const known = new Set([told, 'level', 'levelname', 'severity', 'timestamp', 'time', 'ts', 'asctime']);
  const said = (part: unknown) => (typeof part === 'string' ? part : JSON.stringify(part));
  return {
    message: told === undefined ? '' : String((value as Record<string, unknown>)[told]),
    fields: all.filter(([name]) => !known.has(name)).map(([name, part]) => [name, said(part)]),
  };
}
