import { expect, it } from 'vitest';
import { serviceOf } from '../../../shared/rules/service.ts';

it('gives a client on this computer the rest of the URL, and no password', () => {
  const address = { name: 'DATABASE_URL', kind: 'postgres', host: 'db.internal', port: 5433, user: 'ana@x', database: 'shop' } as const;
  expect(serviceOf(address)).toEqual({ variable: 'DATABASE_URL', kind: 'PostgreSQL', host: 'db.internal', port: 5433, before: 'postgresql://ana%40x@', after: '/shop' });
  expect(serviceOf({ ...address, kind: 'redis', user: '', database: '' })).toMatchObject({ kind: 'Redis', before: 'redis://', after: '' });
});
