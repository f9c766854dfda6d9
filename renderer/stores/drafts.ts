import { create } from 'zustand';
import type { FailureRecord } from '../../shared/errors.ts';

/** Settings that were typed and are not in force yet, by name; failure: why they were refused. */
interface Drafts {
  texts: Readonly<Record<string, string>>;
  failure: FailureRecord | null;
}

export const noDrafts: Drafts = { texts: {}, failure: null };

/** By server and app, so that a page is come back to as it was left. */
export const useDrafts = create<{
  of: Readonly<Record<string, Drafts>>;
  keep: (host: string, app: string, change: Partial<Drafts>) => void;
  drop: (host: string, app: string) => void;
}>((set) => ({
  of: {},
  keep: (host, app, change) => set(({ of }) => ({ of: { ...of, [`${host}/${app}`]: { ...(of[`${host}/${app}`] ?? noDrafts), ...change } } })),
  drop: (host, app) => set(({ of }) => ({ of: Object.fromEntries(Object.entries(of).filter(([key]) => key !== `${host}/${app}`)) })),
}));
