import { create } from 'zustand';

interface Rollback {
  host: string;
  app: string;
  /** Null: to the one that was live before. */
  release: number | null;
}

/** What lies over the page: the palette, the list of keys, the question before a rollback. */
export const useOverlays = create<{
  palette: boolean;
  keys: boolean;
  rollback: Rollback | null;
  askRollback: (rollback: Rollback | null) => void;
  show: (what: 'palette' | 'keys') => void;
  hide: () => void;
}>((set) => ({
  palette: false,
  keys: false,
  rollback: null,
  askRollback: (rollback) => set({ rollback }),
  show: (what) => set({ palette: what === 'palette', keys: what === 'keys' }),
  hide: () => set({ palette: false, keys: false }),
}));
