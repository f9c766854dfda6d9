import { create } from 'zustand';

/** So many matches are marked and numbered. */
export const mostMarked = 1_000;

/** Where something is searched for, and what was found of it. */
export const useFinding = create<{
  /** The pane that has the search line; null where none is open. */
  pane: number | null;
  text: string;
  exact: boolean;
  /** From 1; 0 where there are too many to be numbered, or none. */
  at: number;
  count: number;
}>(() => ({ pane: null, text: '', exact: false, at: 0, count: 0 }));

/** How much larger than the settings say terminals are drawn now, in steps of a tenth. */
export const useZoom = create<{ steps: number }>(() => ({ steps: 0 }));

const mostSteps = 12;

export function zoom(by: 1 | -1 | 0): void {
  useZoom.setState(({ steps }) => ({ steps: by === 0 ? 0 : Math.max(-6, Math.min(mostSteps, steps + by)) }));
}

/** Pixels of text. */
export const sizeOf = (size: number, steps: number): number => Math.max(6, Math.min(48, Math.round(size * 1.1 ** steps * 2) / 2));
