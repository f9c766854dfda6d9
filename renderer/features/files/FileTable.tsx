import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp, CornerLeftUp } from 'lucide-react';
import { Fragment, type ReactNode, useLayoutEffect, useRef } from 'react';
import type { FileEntry } from '../../../shared/contract/files.ts';
import type { Order, SortKey } from '../../stores/folder-look.ts';
import { keyOf } from './entries.ts';
import { type Acts, FileRow } from './FileRow.tsx';
import { above, type Due, useRowKeys } from './row-keys.ts';

const rowHeight = 32; // pixels, as .files-table td

interface Props {
  entries: readonly FileEntry[];
  /** Of the folder that was left for this one, the name if it lies here, else nothing; null where another page was left. */
  from: string | null;
  order: Order;
  onOrder: (order: Order) => void;
  acts: Acts;
  due: Due | null;
  onDue: () => void;
}

/** What lies in a folder, as many rows as are seen. */
export function FileTable({ entries, from, order, onOrder, acts, due, onDue }: Props) {
  const box = useRef<HTMLElement>(null);
  const start = () =>
    Math.max(
      0,
      entries.findIndex(({ name }) => name === from),
    );
  const { at, onKeyDown, row, goTo } = useRowKeys({ box, count: entries.length, up: acts.up, start, takesFocus: from !== null, rowHeight });
  useLayoutEffect(() => {
    if (due === null || entries.some(({ name }) => name === due.without)) return;
    const index = due.name === null ? above : entries.findIndex(({ name }) => name === due.name);
    if (index < 0 && due.name !== null) return;
    goTo(index);
    onDue();
  }, [due, entries, goTo, onDue]);
  const virtual = useVirtualizer({
    count: entries.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 20,
    rangeExtractor: (range) => {
      const seen = defaultRangeExtractor(range);
      return at < 0 || at >= range.count || seen.includes(at) ? seen : [...seen, at].sort((one, other) => one - other);
    },
  });
  const items = virtual.getVirtualItems();
  const ends = items.map(({ end }) => end);
  return (
    <section className="files-box" ref={box} aria-label="Files" onKeyDown={onKeyDown}>
      <table className="table files-table" aria-rowcount={entries.length}>
        <colgroup>
          <col />
          <col style={{ width: 92 }} />
          <col style={{ width: 104 }} />
          <col style={{ width: 150 }} className="wide-only" />
          <col style={{ width: 112 }} />
        </colgroup>
        <thead>
          <tr>
            <Head by="name" order={order} onOrder={onOrder}>
              Name
            </Head>
            <Head by="size" order={order} onOrder={onOrder} isNumber>
              Size
            </Head>
            <th>Permissions</th>
            <th className="wide-only">Owner</th>
            <Head by="modified" order={order} onOrder={onOrder}>
              Changed
            </Head>
          </tr>
        </thead>
        <tbody>
          {acts.up !== null && (
            <tr {...row(above, at === above, acts.up)} aria-label="The folder above">
              <td>
                <span className="line">
                  <CornerLeftUp className="icon s third" strokeWidth={1.8} aria-hidden />
                  <span className="second">..</span>
                </span>
              </td>
              <td />
              <td />
              <td className="wide-only" />
              <td />
            </tr>
          )}
          {items.map(({ index, start }, nth) => {
            const entry = entries[index];
            const gap = start - (ends[nth - 1] ?? 0);
            if (entry === undefined) return null;
            return (
              <Fragment key={keyOf(entry, index)}>
                <Space height={gap} />
                <FileRow entry={entry} index={index} acts={acts} isStop={index === at} row={row} />
              </Fragment>
            );
          })}
          <Space height={virtual.getTotalSize() - (ends.at(-1) ?? 0)} />
        </tbody>
      </table>
    </section>
  );
}

const Space = ({ height }: { height: number }) =>
  height <= 0 ? null : (
    <tr aria-hidden className="space">
      <td style={{ height }} />
    </tr>
  );

function Head({ by, order, onOrder, isNumber = false, children }: { by: SortKey; order: Order; onOrder: (order: Order) => void; isNumber?: boolean; children: ReactNode }) {
  const isThis = order.by === by;
  const Icon = order.down ? ArrowDown : ArrowUp;
  return (
    <th className={isNumber ? 'number' : undefined} aria-sort={isThis ? (order.down ? 'descending' : 'ascending') : 'none'}>
      <button type="button" className="sort" onClick={() => onOrder({ by, down: isThis ? !order.down : by !== 'name' })}>
        {children}
        {isThis && <Icon className="icon s" strokeWidth={1.8} aria-hidden />}
      </button>
    </th>
  );
}
