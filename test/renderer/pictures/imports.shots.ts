import { type Shot, shop } from './shot.ts';

export const shots: Shot[] = [
  {
    name: 'f-import-exact',
    path: '/import',
    act: async (page) => {
      await page.getByRole('button', { name: 'Choose a folder' }).click();
      await page.getByText('; nothing has been sent').waitFor();
      await page.getByRole('button', { name: 'Exact changes' }).click();
      await page.getByText('ExecStart').waitFor();
    },
  },
  {
    name: 'f-import-refused',
    scene: 'refused',
    path: '/hosts/fra-1/apps',
    act: async (page) => {
      await page.getByRole('button', { name: 'Add an app' }).click();
      await page.getByRole('button', { name: 'Choose a folder' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Deploy', exact: true }).click();
      await page.getByText('There is no folder').waitFor();
    },
  },
  {
    name: 'f-import-again',
    scene: 'again',
    path: shop,
    act: async (page) => {
      await page.keyboard.press('Control+d');
      await page.getByText('As the last time').waitFor();
    },
  },
  {
    name: 'f-import-dialog',
    path: '/hosts/fra-1/apps',
    act: async (page) => {
      await page.getByRole('button', { name: 'Add an app' }).click();
      await page.getByRole('button', { name: 'Choose a folder' }).click();
    },
  },
  { name: 'f-import', path: '/import', act: async (page) => page.getByRole('button', { name: 'Choose a folder' }).click() },
  { name: 'f-import-no-app', scene: 'no-app', path: '/import', act: async (page) => page.getByRole('button', { name: 'Choose a folder' }).click() },
  { name: 'f-import-empty', path: '/import' },
];
