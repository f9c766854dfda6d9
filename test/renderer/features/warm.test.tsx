import { screen, waitFor, within } from '@testing-library/react';
import { expect, it } from 'vitest';
import { usualAnswers } from '../board.ts';
import { deployments } from '../facts.ts';
import { openWindow } from '../page.tsx';

it('an app is kept warm while its page is open, which says so and what it costs; a deployment that was warm says so beside its time', async () => {
  let ended = false;
  const known = await usualAnswers()['apps.get']?.({ host: 'fra-1', app: 'shop-api' }, undefined as never);
  openWindow('/hosts/fra-1/apps/shop-api', {
    'apps.get': () => ({ ...known!, deployments: deployments.map((one, index) => ({ ...one, warm: index === 0 })) }),
    'apps.warm': async (_input, { emit, signal }) => {
      emit({ type: 'warm', state: 'starting', reason: null, memory: null });
      emit({ type: 'warm', state: 'warm', reason: null, memory: 54_000_000 });
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      ended = true;
      return { warmed: 1 };
    },
  });
  expect(await screen.findByText(/^Warm for the next release, 5\d(\.\d)? MB$/)).toBeTruthy();
  const [first, second] = await screen.findAllByLabelText(/^Deployment \d+/);
  expect(within(first as HTMLElement).queryByText(/^warm /)).not.toBeNull();
  expect(within(second as HTMLElement).queryByText(/^warm /)).toBeNull();
  window.location.hash = '#/hosts/fra-1';
  await waitFor(() => expect(ended).toBe(true));
});
