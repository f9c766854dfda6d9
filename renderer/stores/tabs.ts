import { create } from 'zustand';
import { type Layout, neighbour, panesOf, readLayout, resized, splitAt, type Way, without } from '../lib/layout.ts';

/** One shell: where it runs. */
export interface Pane {
  id: number;
  host: string;
  app: string | null;
  /** With the app's variables, packages and user. */
  environment: boolean;
  /** Not a shell but a log that is followed, with these filters. */
  log?: Record<string, string | number> | undefined;
}

/** A tab is named after its first pane. */
export interface TerminalTab {
  id: number;
  panes: Pane[];
  layout: Layout;
  /** The pane that has the keys. */
  focus: number;
}

/** More in one tab are too small to read. */
export const mostPanes = 4;
const mostRestored = 30;
const place = 'terminals';

interface Tabs {
  tabs: TerminalTab[];
  active: number | null;
  /** Shows the tab of a host, an app or its environment, and makes it where there is none; `another` makes a second one. */
  show: (host: string, app: string | null, how?: { another?: boolean; environment?: boolean; log?: Pane['log'] }) => void;
  choose: (id: number) => void;
  /** Another shell at the same place, in half of the pane. */
  split: (pane: number, way: Way) => void;
  /** Gives a pane the keys. */
  focus: (pane: number) => void;
  focusTowards: (towards: 'left' | 'right' | 'up' | 'down') => void;
  resize: (tab: number, path: readonly (0 | 1)[], share: number) => void;
  close: (pane: number) => void;
  closeTab: (id: number) => void;
}

interface Written {
  tabs: TerminalTab[];
  active: number | null;
}

/** Which terminals were open when the app ended, so far as what was written down can be read. */
function remembered(): Written {
  const none = { tabs: [], active: null };
  try {
    const { tabs, active } = JSON.parse(localStorage.getItem(place) ?? '{}') as { tabs?: unknown; active?: unknown };
    if (!Array.isArray(tabs)) return none;
    const read = tabs.slice(0, mostRestored).flatMap((tab: Partial<TerminalTab>): TerminalTab[] => {
      const panes = Array.isArray(tab?.panes) ? tab.panes.filter(isPane) : [];
      const layout = readLayout(
        tab?.layout,
        panes.map(({ id }) => id),
      );
      if (typeof tab.id !== 'number' || layout === null || panes.length > mostPanes) return [];
      return [
        {
          id: tab.id,
          panes: panes.map(({ id, host, app, environment, log }) => ({ id, host, app, environment: environment === true, ...(isFilters(log) && { log }) })),
          layout,
          focus: panes.some(({ id }) => id === tab.focus) ? Number(tab.focus) : (panes[0]?.id ?? 0),
        },
      ];
    });
    const ids = read.flatMap(({ id, panes }) => [id, ...panes.map((pane) => pane.id)]);
    if (new Set(ids).size !== ids.length) return none;
    return { tabs: read, active: read.find(({ id }) => id === active)?.id ?? read[0]?.id ?? null };
  } catch {
    return none;
  }
}

/** What it may ask for is looked at where it is asked. */
const isFilters = (given: unknown): given is NonNullable<Pane['log']> =>
  typeof given === 'object' && given !== null && Object.values(given).every((value) => typeof value === 'string' || typeof value === 'number');

function isPane(given: unknown): given is Pane {
  const { id, host, app } = (given ?? {}) as Partial<Record<keyof Pane, unknown>>;
  return Number.isSafeInteger(id) && typeof host === 'string' && (app === null || typeof app === 'string');
}

/** Which terminals are open, in tabs of up to four panes; over restarts, too, but for what was in them. */
export const useTabs = create<Tabs>((set, get) => {
  const before = remembered();
  let last = Math.max(0, ...before.tabs.flatMap(({ id, panes }) => [id, ...panes.map((pane) => pane.id)]));
  const next = () => {
    last += 1;
    return last;
  };
  const change = (pane: number, by: (tab: TerminalTab) => TerminalTab) =>
    set(({ tabs }) => ({ tabs: tabs.map((tab) => (tab.panes.some(({ id }) => id === pane) ? by(tab) : tab)) }));
  return {
    ...before,
    show(host, app, { another = false, environment = false, log } = {}) {
      const known = get().tabs.find(
        ({ panes: [first] }) => first?.host === host && first.app === app && first.environment === environment && JSON.stringify(first.log) === JSON.stringify(log),
      );
      if (known !== undefined && !another) return set({ active: known.id });
      const pane = { id: next(), host, app, environment, ...(log !== undefined && { log }) };
      const tab = { id: next(), panes: [pane], layout: pane.id, focus: pane.id };
      set(({ tabs }) => ({ tabs: [...tabs, tab], active: tab.id }));
    },
    choose: (id) => set({ active: id }),
    split: (pane, way) =>
      change(pane, (tab) => {
        const from = tab.panes.find(({ id }) => id === pane);
        if (from === undefined || tab.panes.length >= mostPanes) return tab;
        const added = { ...from, id: next() };
        return { ...tab, panes: [...tab.panes, added], layout: splitAt(tab.layout, pane, way, added.id), focus: added.id };
      }),
    focus: (pane) => change(pane, (tab) => (tab.focus === pane ? tab : { ...tab, focus: pane })),
    focusTowards(towards) {
      const tab = get().tabs.find(({ id }) => id === get().active);
      if (tab !== undefined) get().focus(neighbour(tab.layout, tab.focus, towards));
    },
    resize: (id, path, share) => set(({ tabs }) => ({ tabs: tabs.map((tab) => (tab.id === id ? { ...tab, layout: resized(tab.layout, path, share) } : tab)) })),
    close(pane) {
      const tab = get().tabs.find(({ panes }) => panes.some(({ id }) => id === pane));
      const layout = tab === undefined ? null : without(tab.layout, pane);
      if (tab === undefined) return;
      if (layout === null) return get().closeTab(tab.id);
      const order = panesOf(tab.layout);
      const nearest = order[order.indexOf(pane) - 1] ?? panesOf(layout)[0] ?? 0;
      change(pane, () => ({ ...tab, panes: tab.panes.filter(({ id }) => id !== pane), layout, focus: tab.focus === pane ? nearest : tab.focus }));
    },
    closeTab: (id) =>
      set(({ tabs, active }) => {
        const index = tabs.findIndex((tab) => tab.id === id);
        const left = tabs.filter((tab) => tab.id !== id);
        return { tabs: left, active: active === id ? (left[Math.min(index, left.length - 1)]?.id ?? null) : active };
      }),
  };
});

useTabs.subscribe(({ tabs, active }) => {
  try {
    localStorage.setItem(place, JSON.stringify({ tabs, active } satisfies Written));
  } catch {
    // They are opened by hand again.
  }
});
