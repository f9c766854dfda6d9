import { create } from 'zustand';

/** How one shell is, as its tab and the head of its pane tell it. */
export interface ShellStatus {
  /** `lost`: its connection is gone, and it is being opened again. */
  state: 'opening' | 'open' | 'lost' | 'ended';
  /** What it ended with: "exited 1". */
  words: string;
  /** What the shell calls itself, with nothing in it that hides or drives anything; often empty. */
  title: string;
  /** It said something while it was not shown. */
  fresh: boolean;
  /** The file that it is recorded in. */
  recording: string | null;
}

export const untold: ShellStatus = { state: 'opening', words: '', title: '', fresh: false, recording: null };

/** The shells of the open panes, by the pane's number. Written by their sessions. */
export const useShells = create<{ of: Record<number, ShellStatus>; tell: (pane: number, status: Partial<ShellStatus>) => void; forget: (pane: number) => void }>((set) => ({
  of: {},
  tell: (pane, status) => set(({ of }) => ({ of: { ...of, [pane]: { ...(of[pane] ?? untold), ...status } } })),
  forget: (pane) =>
    set(({ of }) => {
      const { [pane]: _, ...others } = of;
      return { of: others };
    }),
}));
