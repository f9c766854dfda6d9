import { type Shot, shop } from './shot.ts';

export const shots: Shot[] = [
  {
    name: 'g-logs',
    path: `${shop}/logs`,
    act: async (page) => {
      await page.getByLabel('Mark this text').fill('basket');
      await page.getByRole('log').hover();
      await page.mouse.wheel(0, -300);
    },
  },
  {
    name: 'g-logs-requests',
    path: `${shop}/logs`,
    act: async (page) => {
      await page.getByLabel('Source').selectOption({ label: 'Requests' });
      await page.getByRole('button', { name: 'All fields' }).last().click();
    },
  },
  { name: 'b-host-journal', path: '/hosts/fra-1/logs' },
];
