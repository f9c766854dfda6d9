import type { Shot } from './shot.ts';

export const shots: Shot[] = [
  {
    name: 'm-states-gone',
    path: '/hosts/fra-1',
    act: async (page) => page.evaluate(() => (window as unknown as { board: { setBackend(state: string): void } }).board.setBackend('gone')),
  },
];
