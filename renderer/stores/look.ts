import { create } from 'zustand';
import type { TerminalLook } from '../../shared/contract/settings.ts';

export interface Look {
  theme: 'system' | 'light' | 'dark';
  /** Percent. */
  textSize: number;
  colourBlind: boolean;
  singleKeys: boolean;
  terminal: TerminalLook;
}

const place = 'look';
const usual: Look = {
  theme: 'system',
  textSize: 100,
  colourBlind: false,
  singleKeys: true,
  terminal: { theme: 'window', font: '', size: 12.5, scrollback: 5_000, copyOnSelect: false, ligatures: false, record: false },
};
const system = matchMedia('(prefers-color-scheme: light)');

function remembered(): Look {
  try {
    return { ...usual, ...(JSON.parse(localStorage.getItem(place) ?? '{}') as Partial<Look>) };
  } catch {
    return usual;
  }
}

/** How the window looks: drawn at once as it was last, then as the settings say. */
export const useLook = create<{ look: Look; sidebar: boolean; wear: (look: Partial<Look>) => void; toggleSidebar: () => void }>((set, get) => ({
  look: remembered(),
  sidebar: true,
  wear(change) {
    const look = { ...get().look, ...change };
    set({ look });
    paint(look);
    try {
      localStorage.setItem(place, JSON.stringify(look));
    } catch {
      // Only saves a flash at the next start.
    }
  },
  toggleSidebar: () => set(({ sidebar }) => ({ sidebar: !sidebar })),
}));

function paint({ theme, textSize, colourBlind }: Look): void {
  const light = theme === 'light' || (theme === 'system' && system.matches);
  const { classList, style } = document.documentElement;
  classList.toggle('light', light);
  classList.toggle('dark', !light);
  classList.toggle('plain-status', colourBlind);
  style.setProperty('zoom', textSize === 100 ? '' : String(textSize / 100));
}

/** Paints what was remembered and follows the system from then on. */
export function dress(): void {
  paint(useLook.getState().look);
  system.addEventListener('change', () => paint(useLook.getState().look));
}
