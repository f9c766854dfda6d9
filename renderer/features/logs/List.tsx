import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useEffect, useLayoutEffect, useRef } from 'react';
import { clock, count } from '../../lib/format.ts';
import { Button } from '../../ui/Button.tsx';
import type { Reading } from './reading.ts';
import { LogRow, type RowActs } from './Row.tsx';
import { numberOf, type Row } from './rows.ts';

const nearTop = 200; // pixels

/** The rows of a log, as many as are seen. Scrolling up stops following; the end starts it again. */
export function LogList({
  rows,
  acts,
  follow,
  onFollow,
  newer,
  goal,
  older,
  loadOlder,
  onKey,
  onChoose,
  children,
}: {
  rows: readonly Row[];
  acts: RowActs;
  follow: boolean;
  onFollow: (follow: boolean) => void;
  newer: number;
  /** The row to bring into view, once for each `at`. */
  goal: { key: string; at: number } | null;
  older: Reading['older'] | null;
  loadOlder: () => void;
  onKey: (event: KeyboardEvent) => void;
  onChoose: (number: number, more: boolean) => void;
  children: ReactNode;
}) {
  const box = useRef<HTMLDivElement>(null);
  // The row at the upper edge, and how far it is scrolled: it stays there when others come before it or go.
  const edge = useRef<{ key: string; by: number } | null>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: (index) => (rows[index]?.kind === 'traceback' ? 190 : rows[index]?.kind === 'line' ? 19 : 34),
    overscan: 20,
    getItemKey: (index) => rows[index]?.key ?? index,
  });
  const items = virtual.getVirtualItems();
  const last = rows.at(-1)?.key;
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null || rows.length === 0) return;
    if (follow) {
      if (last !== undefined) virtual.scrollToIndex(rows.length - 1, { align: 'end' });
      return;
    }
    const { key, by } = edge.current ?? {};
    const index = key === undefined ? -1 : rows.findIndex((row) => row.key === key);
    const start = virtual.measurementsCache[index]?.start;
    if (start !== undefined && by !== undefined && Math.abs(element.scrollTop - start - by) > 1) element.scrollTop = start + by;
  }, [rows, follow, last, virtual]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each goal
  useEffect(() => {
    const index = goal === null ? -1 : rows.findIndex(({ key }) => key === goal.key);
    if (index >= 0) virtual.scrollToIndex(index, { align: 'center' });
  }, [goal, virtual]);

  const scrolled = () => {
    const element = box.current;
    if (element === null) return;
    const top = virtual.getVirtualItemForOffset(element.scrollTop);
    const row = top === undefined ? undefined : rows[top.index];
    edge.current = row === undefined || top === undefined ? null : { key: row.key, by: element.scrollTop - top.start };
    if (!follow && element.scrollTop < nearTop && older?.state === 'idle' && older.reached === null && older.failure === null) loadOlder();
  };
  const move = (up: boolean) => {
    const element = box.current;
    if (element === null) return;
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < 24;
    if (up && follow) onFollow(false);
    else if (!up && atEnd && !follow) onFollow(true);
  };
  return (
    <div className="log-frame">
      <div
        className="log"
        role="log"
        aria-live="off"
        aria-label="Log"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
        tabIndex={0}
        ref={box}
        onScroll={scrolled}
        onClick={({ target, shiftKey }) => {
          const row = (target as HTMLElement).closest<HTMLElement>('.log-line');
          // A drag selects text, and buttons have their own act.
          if (row !== null && (target as HTMLElement).closest('button') === null && getSelection()?.isCollapsed !== false) onChoose(Number(row.dataset.number), shiftKey);
        }}
        onWheel={(event) => move(event.deltaY < 0)}
        onKeyDown={(event) => {
          if (['ArrowUp', 'PageUp', 'Home'].includes(event.key)) move(true);
          else if (event.key === 'End') onFollow(true);
          else onKey(event);
        }}
      >
        {older !== null && rows.length > 0 && <Top older={older} loadOlder={loadOlder} />}
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {items.map((item) => {
            const row = rows[item.index];
            return row === undefined ? null : (
              <div key={item.key} ref={virtual.measureElement} data-index={item.index} className="log-row" style={{ transform: `translateY(${item.start}px)` }}>
                <LogRow row={row} acts={acts} />
              </div>
            );
          })}
        </div>
        {children}
      </div>
      {newer > 0 && (
        <Button className="newer" icon={ArrowDown} onClick={() => onFollow(true)}>
          {count(newer, 'newer line')}
        </Button>
      )}
    </div>
  );
}

/** What is above the first line. */
function Top({ older, loadOlder }: { older: Reading['older']; loadOlder: () => void }) {
  if (older.state === 'begun') return <div className="log-top third">Nothing older</div>;
  if (older.state === 'loading') return <div className="log-top third">Reading older lines…</div>;
  return (
    <div className="log-top third">
      {older.failure !== null ? `${older.failure.message}.` : older.reached !== null ? `Nothing found back to ${clock(older.reached)}.` : ''}
      <Button size="mini" kind="ghost" onClick={loadOlder}>
        {older.failure !== null ? 'Try again' : older.reached !== null ? 'Search on' : 'Older lines'}
      </Button>
    </div>
  );
}

/** How many rows' lines came after one. */
export const after = (rows: readonly Row[], number: number) => rows.reduce((sum, row) => sum + ((numberOf(row) ?? number) > number ? 1 : 0), 0);
