import type { ReactNode } from 'react';

interface Column {
  head: string;
  /** Left out: what the others leave. */
  width?: number | string;
  className?: string;
}

/** Rows under their heads, whose last column has the acts of each. With `heard` the heads are there for screen readers alone. */
export function Table({ columns, acts, heard = false, children }: { columns: readonly Column[]; acts: number; heard?: boolean; children: ReactNode }) {
  return (
    <table className="table">
      <colgroup>
        {columns.map(({ head, width, className }) => (
          <col key={head} className={className} style={{ width }} />
        ))}
        <col style={{ width: acts }} />
      </colgroup>
      <thead className={heard ? 'heard' : undefined}>
        <tr>
          {columns.map(({ head, className }) => (
            <th key={head} className={className}>
              {head}
            </th>
          ))}
          <th>
            <span className="heard">Acts</span>
          </th>
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}
