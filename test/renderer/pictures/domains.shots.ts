import { type Shot, shop } from './shot.ts';

export const shots: Shot[] = [{ name: 'j-domains', path: `${shop}/domains` }];
