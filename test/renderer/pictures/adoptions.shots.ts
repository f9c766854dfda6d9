import type { Shot } from './shot.ts';

export const shots: Shot[] = [
  { name: 'b-host-adoptions', scene: 'adoptions', path: '/hosts/fra-1', act: async (page) => page.getByText('more that ForgeBoard does not take over').scrollIntoViewIfNeeded() },
  { name: 'b-host-take', scene: 'adoptions', path: '/hosts/fra-1', act: async (page) => page.getByRole('button', { name: 'Take over…' }).first().click() },
  { name: 'd-app-taken', scene: 'adoptions', path: '/hosts/fra-1/apps/blog' },
  { name: 'd-app-move', scene: 'adoptions', path: '/hosts/fra-1/apps/blog', act: async (page) => page.getByRole('button', { name: 'Move to slots…' }).click() },
  { name: 'd-app-move-hindered', scene: 'adoptions-hindered', path: '/hosts/fra-1/apps/blog', act: async (page) => page.getByRole('button', { name: 'Move to slots…' }).click() },
];
