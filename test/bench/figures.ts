import { cpus, loadavg, totalmem } from 'node:os';

/** The middle and the ends of a few measured times, in milliseconds. */
export interface Figure {
  median: number;
  least: number;
  most: number;
  n: number;
}

export function figure(times: readonly number[]): Figure {
  const sorted = [...times].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
  return { median: round(median), least: round(sorted[0] ?? 0), most: round(sorted[sorted.length - 1] ?? 0), n: sorted.length };
}

const round = (ms: number) => Math.round(ms * 10) / 10;

/** What the figures were measured on, so that two runs can be compared. */
export const machine = () => ({
  cores: cpus().length,
  processor: cpus()[0]?.model ?? '',
  memoryGb: Math.round(totalmem() / 1e9),
  load: loadavg().map((load) => Math.round(load * 100) / 100),
  node: process.version,
});

/** Prints what is and is not included first, then one row a figure, then everything as JSON on the last line. */
export function print(title: string, notes: readonly string[], rows: Record<string, Figure>, more: Record<string, unknown> = {}): void {
  const width = Math.max(...Object.keys(rows).map((name) => name.length));
  const table = Object.entries(rows).map(([name, { median, least, most, n }]) => `${name.padEnd(width)}  ${String(median).padStart(8)} ms  (${least} to ${most}, n = ${n})`);
  process.stdout.write(`${title}\n${notes.map((note) => `  ${note}`).join('\n')}\n\n${table.join('\n')}\n\n${JSON.stringify({ rows, machine: machine(), ...more })}\n`);
}

/**
 * The same for rows that were measured at several distances, a column each. */
export function printTable(title: string, notes: readonly string[], table: Record<string, Record<string, Figure>>, more: Record<string, unknown> = {}): void {
  const columns = [...new Set(Object.values(table).flatMap(Object.keys))];
  const width = Math.max(...Object.keys(table).map((name) => name.length));
  const cell = (one: Figure | undefined) => (one === undefined ? '-' : `${one.median} (${one.least} to ${one.most})`).padStart(28);
  const lines = Object.entries(table).map(([name, cells]) => `${name.padEnd(width)}${columns.map((column) => cell(cells[column])).join('')}`);
  const { load, cores, processor } = machine();
  const about = `Machine: ${cores} cores, ${processor}; load at the end ${load.join(', ')} (1, 5, 15 minutes).`;
  const head = `${''.padEnd(width)}${columns.map((column) => column.padStart(28)).join('')}`;
  process.stdout.write(
    `${title}\n${[...notes, about].map((note) => `  ${note}`).join('\n')}\n\n${head}\n${lines.join('\n')}\n\n${JSON.stringify({ table, machine: machine(), ...more })}\n`,
  );
}
