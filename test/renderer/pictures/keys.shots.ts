import type { Shot } from './shot.ts';

export const shots: Shot[] = [
  { name: 'x-keys', path: '/keys', act: (page) => page.getByRole('button', { name: 'Ask all 3 servers' }).click() },
  {
    name: 'x-keys-new',
    path: '/keys',
    act: async (page) => {
      await page.getByRole('button', { name: 'New key' }).click();
      await page.getByLabel('Name').fill('id_lab');
    },
  },
];
