import { create } from 'zustand';

export interface TerminalTab {
  id: number;
  host: string;
  app: string | null;
}

interface Tabs {
  tabs: TerminalTab[];
  active: number | null;
  /** Shows the tab of a host or app, and makes it where there is none; `another` makes a second one. */
  show: (host: string, app: string | null, another?: boolean) => void;
  choose: (id: number) => void;
  close: (id: number) => void;
}

/** Which terminals are open: one a host and one an app. */
export const useTabs = create<Tabs>((set, get) => {
  let last = 0;
  return {
    tabs: [],
    active: null,
    show(host, app, another = false) {
      const known = get().tabs.find((tab) => tab.host === host && tab.app === app);
      if (known !== undefined && !another) return set({ active: known.id });
      last += 1;
      set(({ tabs }) => ({ tabs: [...tabs, { id: last, host, app }], active: last }));
    },
    choose: (id) => set({ active: id }),
    close: (id) =>
      set(({ tabs, active }) => {
        const index = tabs.findIndex((tab) => tab.id === id);
        const left = tabs.filter((tab) => tab.id !== id);
        return { tabs: left, active: active === id ? (left[Math.min(index, left.length - 1)]?.id ?? null) : active };
      }),
  };
});
