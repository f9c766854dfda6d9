import { create } from 'zustand';

/** What lies over the page: the palette, the list of keys. */
export const useOverlays = create<{ palette: boolean; keys: boolean; show: (what: 'palette' | 'keys') => void; hide: () => void }>((set) => ({
  palette: false,
  keys: false,
  show: (what) => set({ palette: what === 'palette', keys: what === 'keys' }),
  hide: () => set({ palette: false, keys: false }),
}));
