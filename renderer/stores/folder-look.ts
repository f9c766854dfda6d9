import { create } from 'zustand';

export type SortKey = 'name' | 'size' | 'modified';
export interface Order {
  by: SortKey;
  down: boolean;
}

/** How folders of servers are looked at: each is a page of its own, and what is kept from one to the next is here. */
export const useFolderLook = create<{
  order: Order;
  /** The folder that was seen last. */
  left: { host: string; path: string } | null;
  /** The server whose files are looked at as root, for this visit. */
  root: string | null;
}>(() => ({ order: { by: 'name', down: false }, left: null, root: null }));
