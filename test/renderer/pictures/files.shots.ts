import type { Shot } from './shot.ts';

export const shots: Shot[] = [
  {
    name: 'x-files',
    path: '/hosts/fra-1/files',
    act: async (page) => {
      await page.getByRole('row', { name: 'check.py, file' }).hover();
      await page.getByRole('button', { name: 'Copy check.py to this computer' }).click();
      await page.getByRole('button', { name: 'Upload files' }).click();
      await page.getByText('is there already').waitFor();
    },
  },
  {
    name: 'x-files-view-hidden',
    path: '/hosts/fra-1/files',
    act: async (page) => {
      await page.getByRole('row', { name: 'deploy notes.md, file' }).click();
      await page.getByText('cannot be seen').waitFor();
    },
  },
  {
    name: 'x-files-keys',
    path: '/hosts/fra-1/files',
    act: async (page) => {
      await page.getByRole('row', { name: 'exports, folder' }).focus();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
    },
  },
  { name: 'x-files-denied', path: '/hosts/hel-2/files/%252Froot', act: async (page) => page.getByText('may not list').waitFor() },
  {
    name: 'x-files-copied',
    path: '/hosts/fra-1/files',
    act: async (page) => {
      await page.getByRole('row', { name: 'settings.toml, file' }).hover();
      await page.getByRole('button', { name: 'Copy settings.toml to this computer' }).click();
      await page.getByRole('button', { name: 'Show in folder' }).waitFor();
    },
  },
  { name: 'x-files-more', path: '/hosts/fra-1/files/%252Fvar%252Fspool', act: async (page) => page.getByText('Not all is shown').waitFor() },
  {
    name: 'x-files-as-root',
    path: '/hosts/hel-2/files/%252Froot',
    act: async (page) => {
      await page.getByRole('button', { name: 'Look as root' }).click();
      await page.getByRole('row', { name: 'check.py, file' }).hover();
      await page.getByRole('button', { name: 'Copy check.py to this computer' }).click();
      await page.getByRole('region', { name: 'Copies' }).waitFor();
    },
  },
  { name: 'x-files-view', path: '/hosts/fra-1/files', act: (page) => page.getByRole('row', { name: 'check.py, file' }).click() },
];
