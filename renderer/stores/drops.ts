import { create } from 'zustand';

/** A page that takes what is dropped on the window, in place of a deploy. */
export interface Taker {
  title: string;
  text: string;
  take(files: readonly File[]): void;
}

export const useDrops = create<{ taker: Taker | null; offer: (taker: Taker | null) => void }>((set) => ({
  taker: null,
  offer: (taker) => set({ taker }),
}));
