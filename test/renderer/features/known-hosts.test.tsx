import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { Failure } from '../../../shared/errors.ts';
import { knownFacts } from '../known-facts.ts';
import { openWindow } from '../page.tsx';

it('shows what is trusted, revoked and damaged, and offers to forget only what may be written', async () => {
  openWindow('/known-hosts');
  const rows = (await screen.findAllByRole('row')).slice(1);
  expect(rows.map((row) => within(row).queryByText('Forget…') !== null)).toEqual([true, true, true, true, false]);
  expect(rows.map((row) => row.querySelector('td')?.textContent)).toEqual(['Trusted', 'Revoked', 'Trusted', 'Trusted', 'Authority']);
  expect(within(rows[2] as HTMLElement).getByText('hashed name')).toBeTruthy();
  expect(screen.getByText(/its third word is not a key/)).toBeTruthy();
});

it('forgets a key after a question, says nothing of a no, and takes it back', async () => {
  let keys = knownFacts.keys;
  let told: unknown;
  const user = userEvent.setup();
  openWindow('/hosts/fra-1/known-hosts', {
    'known-hosts.list': () => ({ ...knownFacts, keys }),
    'known-hosts.forget': async ({ id }, { ask }) => {
      const yes = await ask({ kind: 'confirm', text: 'Forget this host key?', lines: ['fra-1'], verb: 'Forget' });
      if (yes !== true) throw new Failure('cancelled', 'Nothing was forgotten');
      keys = keys.filter((key) => key.id !== id);
      return { forgotten: [{ file: '/k', line: 1, fingerprint: 'SHA256:x' }], kept: [], undo: 'u1' };
    },
    'known-hosts.restore': (input) => {
      told = input;
      keys = knownFacts.keys;
      return { restored: 1 };
    },
  });
  const forget = 'Forget the key of fra-1, line 1';
  await user.click(await screen.findByRole('button', { name: forget }));
  await user.click(await screen.findByRole('button', { name: 'Not now' }));
  expect(screen.queryByText('Nothing was forgotten')).toBeNull();
  await waitFor(() => expect(screen.getByRole('button', { name: forget }).getAttribute('aria-disabled')).toBeNull());
  await user.click(await screen.findByRole('button', { name: forget }));
  await user.click(await screen.findByRole('button', { name: 'Forget' }));
  await screen.findByText('Forgot a host key');
  expect(screen.queryByRole('button', { name: forget })).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Undo' }));
  expect(await screen.findByRole('button', { name: forget })).toBeTruthy();
  expect(told).toEqual({ undo: 'u1' });
});
