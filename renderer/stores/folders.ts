import { create } from 'zustand';

export interface Folder {
  handle: string;
  name: string;
}

interface Pending {
  /** Null: still to be chosen. */
  folder: Folder | null;
  host?: string | undefined;
  app?: string | undefined;
}

/** Folders of this session, which the page knows by handle and name only; and the one that waits in the deploy dialog. */
export const useFolders = create<{
  pending: Pending | null;
  offer: (pending: Pending) => void;
  drop: () => void;
  of: Record<string, Folder>;
  remember: (host: string, app: string, folder: Folder) => void;
}>((set) => ({
  pending: null,
  offer: (pending) => set({ pending }),
  drop: () => set({ pending: null }),
  of: {},
  remember: (host, app, folder) => set(({ of }) => ({ of: { ...of, [`${host}/${app}`]: folder } })),
}));
