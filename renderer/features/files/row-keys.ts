import { type ComponentProps, type KeyboardEvent, type RefObject, useCallback, useLayoutEffect, useRef, useState } from 'react';

/** The row of the folder above, before the first entry. */
export const above = -1;

/** What makes a row of the list one; without `open` it can be gone to and does nothing. The same from drawing to drawing. */
export type RowOf = (index: number, isStop: boolean, open?: () => void) => ComponentProps<'tr'> & { 'data-row': string; 'data-index': number };

/** The row that is gone to once a change is seen in the list: by its name, or the folder above for null. */
export interface Due {
  name: string | null;
  /** What is to be gone by then. */
  without: string | null;
}

interface Rows {
  box: RefObject<HTMLElement | null>;
  count: number;
  /** Opens the folder above; null of the root. */
  up: (() => void) | null;
  /** The row to begin at, asked for once. */
  start: () => number;
  /** Whether it is come to from another such list: keys then go on where nothing else has the focus. */
  takesFocus: boolean;
  rowHeight: number;
}

/**
 * The keys of a list of which few rows are drawn: one row is the stop of Tab, and arrows, Home, End and the page keys move it by
 * its number, since the row that is gone to may not be there yet. It must be drawn wherever the list is scrolled to, or its
 * focus would be lost.
 */
export function useRowKeys({ box, count, up, start, takesFocus, rowHeight }: Rows) {
  const first = up === null ? 0 : above;
  const last = Math.max(count - 1, first);
  const [wanted, setWanted] = useState(start);
  const at = Math.min(Math.max(wanted, first), last);
  const isFocusDue = useRef(takesFocus);
  useLayoutEffect(() => {
    if (!isFocusDue.current) return;
    const here = document.activeElement;
    const isFree = here === null || here.contains(box.current) || box.current?.contains(here) === true;
    const row = isFree ? box.current?.querySelector<HTMLElement>(`[data-index="${at}"]`) : undefined;
    // Rows come with the second drawing, once the height of the box is known.
    isFocusDue.current = isFree && row == null;
    row?.focus();
  });
  const onKeyDown = (event: KeyboardEvent) => {
    const move = (to: number): void => {
      isFocusDue.current = true;
      setWanted(Math.min(Math.max(to, first), last));
    };
    const page = Math.max(1, Math.floor((box.current?.clientHeight ?? 0) / rowHeight) - 2);
    if (event.key === 'Backspace' && up !== null) up();
    else if (!(event.target instanceof HTMLElement) || event.target.dataset.index === undefined) return;
    else if (event.key === 'ArrowDown') move(at + 1);
    else if (event.key === 'ArrowUp') move(at - 1);
    else if (event.key === 'PageDown') move(at + page);
    else if (event.key === 'PageUp') move(at - page);
    else if (event.key === 'Home') move(first);
    else if (event.key === 'End') move(last);
    else return;
    event.preventDefault();
  };
  const row: RowOf = useCallback(
    (index, isStop, open) => ({
      tabIndex: isStop ? 0 : -1,
      'data-row': '',
      'data-index': index,
      onFocus: () => setWanted(index),
      onClick: open,
      onKeyDown(event) {
        if (event.key !== 'Enter' || open === undefined || event.target !== event.currentTarget) return;
        event.preventDefault();
        open();
      },
    }),
    [],
  );
  /** Makes a row the stop, and gives it the focus where nothing else has it. */
  const goTo = useCallback((index: number) => {
    isFocusDue.current = true;
    setWanted(index);
  }, []);
  return { at, onKeyDown, row, goTo };
}
