import { create } from 'zustand';
import type { FailureRecord } from '../../shared/errors.ts';

export interface Folder {
  handle: string;
  name: string;
  /** It was deployed before this session, and its handle is asked for anew each time. */
  again?: boolean;
}

interface Pending {
  /** Null: still to be chosen. */
  folder: Folder | null;
  host?: string | undefined;
  app?: string | undefined;
  /** What was typed when it was sent before. */
  name?: string | undefined;
  entryPoint?: string | undefined;
  /** Why it did not begin: said at the field that it is about. */
  refused?: FailureRecord | undefined;
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
