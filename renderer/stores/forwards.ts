import { create } from 'zustand';
import type { FailureRecord } from '../../shared/errors.ts';
import type { ForwardKind } from '../../shared/rules/forward.ts';

/** What is carried where, as `ssh -L`, `-R` or `-D` would. */
export interface WantedForward {
  host: string;
  kind: ForwardKind;
  /** [BIND:]PORT:[HOST:]PORT, or [BIND:]PORT of a proxy. */
  forward: string;
  /** What it leads to, in a person's words: "PostgreSQL of shop-api". */
  label: string;
  /** For a client on this computer, around the address: "postgresql://ana@" and "/shop". */
  url: readonly [before: string, after: string] | null;
}

export interface Forward extends WantedForward {
  id: number;
  state: 'opening' | 'open' | 'lost' | 'closed' | 'failed';
  /** Where connections are taken, and where they lead to; null until it is open. */
  at: string | null;
  to: string | null;
  /** Connections: now, and in all. */
  open: number;
  all: number;
  /** Why it is lost, or what became of a connection. */
  note: string | null;
  failure: FailureRecord | null;
}

const place = 'forwards';
const most = 100;

/** Those of the last time, and which of them were open. */
function remembered(): { of: Forward[]; wereOpen: number[] } {
  try {
    const read: unknown = JSON.parse(localStorage.getItem(place) ?? '[]');
    const known = (Array.isArray(read) ? read : []).filter(isWanted).slice(0, most);
    const of = known.map((one, index) => fresh(index + 1, one));
    return { of, wereOpen: of.filter((_one, index) => (known[index] as { open?: unknown }).open === true).map(({ id }) => id) };
  } catch {
    return { of: [], wereOpen: [] };
  }
}

/** What it leads to is checked where it is opened. */
function isWanted(given: unknown): given is WantedForward {
  const { host, kind, forward, label, url } = (given ?? {}) as Partial<Record<keyof WantedForward, unknown>>;
  const isUrl = url === null || (Array.isArray(url) && url.length === 2 && url.every((part) => typeof part === 'string'));
  return [host, forward, label].every((text) => typeof text === 'string') && ['local', 'remote', 'dynamic'].includes(String(kind)) && isUrl;
}

const fresh = (id: number, { host, kind, forward, label, url }: WantedForward): Forward => ({
  ...{ id, host, kind, forward, label, url },
  ...{ state: 'closed', at: null, to: null, open: 0, all: 0, note: null, failure: null },
});

const before = remembered();
/** Those that were open when the window ended; opened again once, by whoever starts. */
export const { wereOpen } = before;

/** Forwards of this window, over restarts. What runs of them runs in the backend and ends with the window. */
export const useForwards = create<{
  of: readonly Forward[];
  add: (wanted: WantedForward) => Forward;
  change: (id: number, change: Partial<Forward>) => void;
  forget: (id: number) => void;
}>((set, get) => ({
  of: before.of,
  add: (wanted) => {
    const one = fresh(Math.max(0, ...get().of.map(({ id }) => id)) + 1, wanted);
    set(({ of }) => ({ of: [...of, one] }));
    return one;
  },
  change: (id, change) => set(({ of }) => ({ of: of.map((one) => (one.id === id ? { ...one, ...change } : one)) })),
  forget: (id) => set(({ of }) => ({ of: of.filter((one) => one.id !== id) })),
}));

useForwards.subscribe(({ of }, last) => {
  if (of === last.of) return;
  try {
    localStorage.setItem(
      place,
      JSON.stringify(of.map(({ host, kind, forward, label, url, state }) => ({ host, kind, forward, label, url, open: runs(state) || state === 'failed' }))),
    );
  } catch {
    // Only a convenience.
  }
});

/** Whether it is there, or will be by itself. */
export const runs = (state: Forward['state']): boolean => state === 'opening' || state === 'open' || state === 'lost';
