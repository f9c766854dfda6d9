import type { FailureRecord } from '../../../shared/errors.ts';
import { sizeText } from '../../../shared/rules/size.ts';
import { visible } from '../../../shared/rules/visible.ts';

const isScalar = (value: unknown) => value === null || ['string', 'number', 'boolean'].includes(typeof value);
/** Fields that hold bytes. */
const isSize = (key: string) => key === 'memory' || key.endsWith('Bytes');
const scalar = (value: unknown, key = '') => (isSize(key) && typeof value === 'number' ? sizeText(value) : plain(value));
const plain = (value: unknown) => (value === null || value === undefined ? '-' : visible(String(value)));
const title = (key: string) => key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** Any value for a person: lists of objects as a table, an object as names and values, nested ones below. */
export function readable(value: unknown): string {
  if (isScalar(value)) return `${scalar(value)}\n`;
  if (Array.isArray(value)) return table(value);
  return Object.entries(value as object)
    .map(([key, inner]) => {
      if (isScalar(inner) || inner === undefined) return `${title(key).padEnd(14)} ${scalar(inner, key)}\n`;
      if (Array.isArray(inner) && inner.length === 0) return `No ${title(key)}\n`;
      return Array.isArray(inner) ? `\n${readable(inner)}` : `${title(key)}\n${readable(inner).replace(/^(?=.)/gm, '  ')}`;
    })
    .join('')
    .replace(/^\n/, '');
}

function table(rows: unknown[]): string {
  if (rows.every(isScalar)) return rows.map((row) => `${scalar(row)}\n`).join('');
  const records = rows as Record<string, unknown>[];
  const keys = [...new Set(records.flatMap((row) => Object.keys(row)))].filter((key) => records.every((row) => row[key] === undefined || isScalar(row[key])));
  const cells = [keys.map(title), ...records.map((row) => keys.map((key) => scalar(row[key], key)))];
  const widths = keys.map((_key, column) => Math.min(60, Math.max(...cells.map((row) => (row[column] ?? '').length))));
  return cells
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** What happened, what to do, and the code at the end. */
export function failureText(failure: FailureRecord): string {
  const field = failure.field === undefined ? '' : `${failure.field}: `;
  const hint = failure.hint === undefined ? '' : `\n${visible(failure.hint)}`;
  return `${field}${visible(failure.message)}${hint}\n(${failure.problem})\n`;
}
