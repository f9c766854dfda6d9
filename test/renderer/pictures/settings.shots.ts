import type { Shot } from './shot.ts';

export const shots: Shot[] = [{ name: 'm-settings', path: '/settings' }];
