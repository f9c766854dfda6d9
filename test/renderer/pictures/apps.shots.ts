import type { Page } from 'playwright-core';
import { type Shot, shop } from './shot.ts';

const changeSettings = async (page: Page) => {
  await page.getByLabel('processes').fill('mail: python mail.py --queue default\nsync: python sync.py\nreports: python reports.py');
  await page.getByLabel('workers').fill('4');
};

export const shots: Shot[] = [
  { name: 'c-apps', path: '/hosts/fra-1/apps' },
  { name: 'c-apps-none', scene: 'first-app', path: '/hosts/fra-1/apps' },
  { name: 'd-app', path: shop },
  { name: 'd-app-settings', path: `${shop}/settings` },
  { name: 'c-apps-removed', scene: 'removed', path: '/hosts/fra-1/apps', act: async (page) => page.getByText('Removed apps').scrollIntoViewIfNeeded() },
  { name: 'd-app-runbook', scene: 'removed', path: `${shop}/settings`, act: async (page) => page.getByRole('button', { name: 'Show the runbook' }).click() },
  { name: 'm-app-settings', path: `${shop}/settings` },
  {
    name: 'm-app-settings-plan',
    path: `${shop}/settings`,
    act: async (page) => {
      await changeSettings(page);
      await page.getByRole('button', { name: 'Show plan of 2 changes' }).click();
      await page.getByText('starts anew in its other slot').waitFor();
    },
  },
  { name: 'm-states-confirm', scene: 'asks', path: '/hosts/fra-1/apps/invoice-pdf/settings', act: async (page) => page.getByRole('button', { name: 'Remove…' }).click() },
];
