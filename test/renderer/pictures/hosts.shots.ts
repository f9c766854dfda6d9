import type { Shot } from './shot.ts';

export const shots: Shot[] = [
  { name: 'a-first-start', scene: 'no-servers', path: '/' },
  {
    name: 'a-fingerprint',
    scene: 'no-servers',
    path: '/',
    act: async (page) => {
      await page.getByRole('button', { name: 'Connect to fra-1' }).click();
      await page.getByLabel('Or paste its answer').fill('256 SHA256:u7QekT0d9mXrW2vAhN4cpL8sY1Bz6fJgoK3tRxD5Mwi root@fra-1 (ED25519)');
    },
  },
  { name: 'a-fingerprint-changed', scene: 'changed-key', path: '/hosts/hel-2/key' },
  {
    name: 'a-wrong-input',
    scene: 'no-servers',
    path: '/',
    act: async (page) => {
      await page.getByLabel('Address', { exact: true }).last().fill('203.0.113');
      await page.getByLabel('Port').fill('70000');
      await page.getByLabel('User').fill('Ana');
      await page.getByLabel('Address', { exact: true }).last().focus();
    },
  },
  {
    name: 'a-check-up',
    scene: 'no-servers',
    path: '/',
    act: async (page) => {
      await page.getByRole('button', { name: 'Connect to fra-1' }).click();
      await page.getByRole('button', { name: 'It is my server, sign in' }).click();
    },
  },
  { name: 'b-host', path: '/hosts/fra-1' },
  { name: 'b-host-unprepared', scene: 'unprepared', path: '/hosts/fra-1' },
  { name: 'b-host-settings', path: '/hosts/fra-1/settings' },
  { name: 'm-states-no-answer', path: '/hosts/nbg-lab' },
  { name: 'm-states-changed-key', scene: 'changed-key', path: '/hosts/hel-2' },
  { name: 'm-states-slow', scene: 'slow', path: '/hosts/fra-1', act: async (page) => page.waitForTimeout(450) },
  { name: 'm-states-question', scene: 'asks', path: '/hosts/nbg-lab', act: async (page) => page.getByRole('button', { name: 'Try now' }).click() },
];
