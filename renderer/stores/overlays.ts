import { create } from 'zustand';

interface Rollback {
  host: string;
  app: string;
  /** Null: to the one that was live before. */
  release: number | null;
}

/** What lies over the page: the palette, the list of keys, the question before a rollback, the snippets for a pane. */
export const useOverlays = create<{
  palette: boolean;
  keys: boolean;
  rollback: Rollback | null;
  /** The pane that they are for. */
  snippets: number | null;
  askRollback: (rollback: Rollback | null) => void;
  show: (what: 'palette' | 'keys') => void;
  hide: () => void;
}>((set) => ({
  palette: false,
  keys: false,
  rollback: null,
  snippets: null,
  askRollback: (rollback) => set({ rollback }),
  show: (what) => set({ palette: what === 'palette', keys: what === 'keys', snippets: null }),
  hide: () => set({ palette: false, keys: false, snippets: null }),
}));
