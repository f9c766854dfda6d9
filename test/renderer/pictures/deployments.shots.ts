import type { Page } from 'playwright-core';
import { type Shot, shop } from './shot.ts';

const deploy = async (page: Page) => {
  await page.getByRole('button', { name: 'Deploy', exact: true }).first().click();
  await page.getByRole('button', { name: 'Choose a folder' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Deploy', exact: true }).click();
};

export const shots: Shot[] = [
  { name: 'd-app-rollback', path: shop, act: async (page) => page.keyboard.press('Control+u') },
  { name: 'd-app-failed', path: '/hosts/fra-1/apps/invoice-pdf' },
  { name: 'e-deploy-running', scene: 'deploying', path: shop, act: deploy },
  { name: 'e-deploy-failed', path: `${shop}/deployments/49` },
  { name: 'k-deployments', path: `${shop}/deployments` },
  {
    name: 'k-deployments-compare',
    path: `${shop}/deployments`,
    act: async (page) => {
      await page.getByLabel('Compare release 48').check();
      await page.getByLabel('Compare release 46').check();
      await page.getByText('retry.py').waitFor();
    },
  },
];
