import type { Shot } from './shot.ts';

export const shots: Shot[] = [
  { name: 'x-forwards-none', path: '/hosts/fra-1/forwards' },
  {
    name: 'x-forwards',
    path: '/hosts/fra-1/apps/shop-api',
    act: async (page) => {
      await page.getByRole('button', { name: 'Open locally' }).click();
      await page.getByRole('link', { name: 'Open', exact: true }).click();
      const port = page.getByLabel('Port that fra-1 reaches');
      for (const number of ['8025', '6379']) {
        await port.fill(number);
        await page.keyboard.press('Enter');
      }
      await page.getByText('another program listens there').waitFor();
      await page.getByRole('radio', { name: 'From the server' }).click();
    },
  },
  {
    name: 'x-databases',
    path: '/hosts/fra-1/apps/shop-api',
    act: async (page) => {
      await page.getByRole('button', { name: 'Open locally' }).click();
      await page.getByText('postgresql://shop@127.0.0.1').waitFor();
    },
  },
];
