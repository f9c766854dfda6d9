import type { Page } from 'playwright-core';

/** A page of the window to be drawn. Those of a feature are in its file beside this one. */
export interface Shot {
  /** As its mockup, where it has one. */
  name: string;
  scene?: string;
  path: string;
  /** What is done on the page before the picture. */
  act?: (page: Page) => Promise<void>;
}

export const shop = '/hosts/fra-1/apps/shop-api';
