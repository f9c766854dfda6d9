import { create } from 'zustand';

/** A paste that waits for a yes: where it would go, and what would arrive there. */
interface Pending {
  to: string;
  text: string;
  /** The shell there shows pasted lines and waits for Enter. */
  held: boolean;
  answer: (yes: boolean) => void;
}

/** The one paste into a terminal that waits for a person. A second one takes the place of the first, which is a no. */
export const usePastes = create<{ pending: Pending | null; ask: (paste: Omit<Pending, 'answer'>) => Promise<boolean> }>((set, get) => ({
  pending: null,
  ask: (paste) =>
    new Promise((resolve) => {
      get().pending?.answer(false);
      const answer = (yes: boolean) => {
        set({ pending: null });
        resolve(yes);
      };
      set({ pending: { ...paste, answer } });
    }),
}));
