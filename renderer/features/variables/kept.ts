import { useSyncExternalStore } from 'react';
import type { FailureRecord } from '../../../shared/errors.ts';
import type { Draft } from './changes.ts';

/** What was typed and not applied yet, so that a page is come back to as it was left. In this page's memory alone, like a form. */
interface Kept {
  drafts: readonly Draft[];
  /** The version that they were begun against. */
  base: number | null;
  /** Why they were refused. */
  failure: FailureRecord | null;
}

const kept = new Map<string, Kept>();
const listeners = new Set<() => void>();
const nothing: Kept = { drafts: [], base: null, failure: null };

export const keptOf = (host: string, app: string): Kept => kept.get(`${host}/${app}`) ?? nothing;

export function keep(host: string, app: string, change: Partial<Kept>): void {
  const now = { ...keptOf(host, app), ...change };
  if (now.drafts.length === 0 && now.failure === null) kept.delete(`${host}/${app}`);
  else kept.set(`${host}/${app}`, now);
  for (const listener of listeners) listener();
}

export function useKept(host: string, app: string): Kept {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => keptOf(host, app),
  );
}
