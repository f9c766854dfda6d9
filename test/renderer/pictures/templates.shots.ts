import type { Shot } from './shot.ts';

export const shots: Shot[] = [
  { name: 'f-new-app', path: '/new', act: async (page) => page.getByLabel('Name', { exact: true }).fill('shop') },
  {
    name: 'f-new-app-own',
    path: '/new',
    act: async (page) => {
      await page.getByRole('button', { name: 'Add your own' }).click();
      await page.getByLabel('Git repository').fill('git@git.example.com:ana/shop-base.git');
      await page.getByRole('button', { name: 'Add it' }).click();
    },
  },
];
