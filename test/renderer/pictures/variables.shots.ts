import type { Page } from 'playwright-core';
import { type Shot, shop } from './shot.ts';

const changeVariables = async (page: Page) => {
  await page.getByRole('button', { name: 'Remove LEGACY_SKU_API' }).click();
  await page.getByRole('button', { name: 'Change WEB_WORKERS' }).click();
  await page.getByLabel('Value of WEB_WORKERS').fill('6');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByLabel('Name', { exact: true }).fill('STRIPE_WEBHOOK_SECRET');
  await page.getByLabel('Value', { exact: true }).fill('whsec_0123456789abcdef');
};

export const shots: Shot[] = [
  { name: 'i-environment', path: `${shop}/variables`, act: changeVariables },
  { name: 'i-environment-none', scene: 'no-variables', path: `${shop}/variables` },
  {
    name: 'i-environment-wrong',
    path: `${shop}/variables`,
    act: async (page) => {
      await page.getByRole('button', { name: 'Add', exact: true }).click();
      await page.getByLabel('Name', { exact: true }).fill('LD_PRELOAD');
      await page.getByLabel('Value', { exact: true }).fill('one\ntwo\nthree');
    },
  },
  {
    name: 'i-environment-paste',
    path: `${shop}/variables`,
    act: async (page) => {
      await page.getByRole('button', { name: 'Paste .env' }).click();
      await page.getByLabel('Its text').fill('# shop\nexport LOG_LEVEL=debug\nWEB_WORKERS=4\nSTRIPE_API_KEY="sk_live_1"\nTAX_RATE=19\nPORT=8000\nTAX_RATE=20\n');
    },
  },
  { name: 'i-environment-versions', path: `${shop}/variables`, act: async (page) => page.getByRole('button', { name: 'Versions' }).click() },
];
