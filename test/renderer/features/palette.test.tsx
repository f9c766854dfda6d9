import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { contract } from '../../../shared/contract/index.ts';
import { openWindow } from '../page.tsx';

it('lists every operation of the contract, and runs one from a form made of its declaration', async () => {
  const board = openWindow('/hosts/fra-1/apps/shop-api');
  const user = userEvent.setup();
  await screen.findByRole('heading', { name: 'shop-api', level: 1 });
  await user.keyboard('{Control>}k{/Control}');
  await screen.findByPlaceholderText('Search or run', undefined, { timeout: 10_000 });
  const offered = screen.getAllByRole('option').map((option) => option.textContent ?? '');
  for (const [noun, verbs] of Object.entries(contract)) {
    for (const verb of Object.keys(verbs))
      expect(
        offered.some((text) => text.startsWith(`${noun} ${verb}`)),
        `${noun} ${verb}`,
      ).toBe(true);
  }
  await user.keyboard('deployments cancel{Enter}');
  expect(((await screen.findByLabelText('app')) as HTMLInputElement).value).toBe('shop-api');
  await user.click(screen.getByRole('button', { name: 'Run' }));
  expect(await screen.findByText(/"cancelled": true/)).toBeTruthy();
  expect(board.sent).toContainEqual(expect.objectContaining({ type: 'call', name: 'deployments.cancel', input: { app: 'shop-api', host: 'fra-1' } }));
});
