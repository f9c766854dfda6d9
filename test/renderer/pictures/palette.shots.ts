import { type Shot, shop } from './shot.ts';

export const shots: Shot[] = [
  {
    name: 'l-palette',
    path: shop,
    act: async (page) => {
      await page.keyboard.press('Control+k');
      await page.getByPlaceholder('Search or run').fill('log');
    },
  },
  {
    name: 'l-palette-operation',
    path: shop,
    act: async (page) => {
      await page.keyboard.press('Control+k');
      await page.getByPlaceholder('Search or run').fill('deployments cancel');
      await page.keyboard.press('Enter');
    },
  },
];
