import type { Shot } from './shot.ts';

export const shots: Shot[] = [
  { name: 'x-known-hosts', path: '/known-hosts' },
  { name: 'x-known-hosts-none', scene: 'no-servers', path: '/known-hosts' },
];
