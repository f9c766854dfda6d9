import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { Secret } from '../../shared/secret.ts';

it('is not printed by any of the usual ways', () => {
  const secret = new Secret('hunter2');
  const shown = [String(secret), `${secret}`, JSON.stringify({ secret }), inspect(secret), inspect({ deep: [secret] }), JSON.stringify(Object.entries(secret))];
  expect(shown.join('\n')).not.toContain('hunter2');
  expect(secret.reveal()).toBe('hunter2');
});
