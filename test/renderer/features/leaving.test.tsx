import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { before as minutesAgo } from '../facts.ts';
import { openWindow } from '../page.tsx';

const removed = {
  app: 'old-shop',
  archive: 'old-shop-20260514T164000Z.tar.gz',
  removedAt: minutesAgo(90),
  by: 'bo@desk',
  archiveBytes: 4_200_000,
  until: '2026-06-13T16:40:00.000Z',
  release: 7,
};

it('the question before an app is removed names it, says how to undo it, and keeps on Enter', async () => {
  const board = openWindow('/hosts/fra-1/apps/invoice-pdf/settings', { 'apps.remove': ({ app }) => ({ removed: app, archive: null, until: null }) });
  const user = userEvent.setup();
  const calls = () => board.sent.filter((message) => message.type === 'call' && message.name === 'apps.remove');
  await user.click(await screen.findByRole('button', { name: 'Remove…' }));
  const dialog = await screen.findByRole('dialog', { name: 'Remove invoice-pdf from fra-1?' });
  expect(dialog.textContent).toContain('To undo it, restore invoice-pdf at the end of the list of apps.');
  await user.keyboard('{Enter}');
  expect(screen.queryByRole('dialog')).toBeNull();
  expect(calls()).toEqual([]);
  await user.click(screen.getByRole('button', { name: 'Remove…' }));
  await user.click(await screen.findByRole('checkbox', { name: 'Keep an archive on fra-1 for 30 days' }));
  expect(screen.getByRole('dialog').textContent).toContain('This cannot be undone.');
  await user.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Remove invoice-pdf' }));
  expect(await screen.findByText('Removed invoice-pdf from fra-1')).toBeTruthy();
  expect(calls()).toMatchObject([{ input: { app: 'invoice-pdf', host: 'fra-1', archive: false, yes: true } }]);
});

it('a removed app is restored from the end of the list, through the page of a deployment', async () => {
  const board = openWindow('/hosts/fra-1/apps', {
    'apps.removed': () => ({ removed: [removed, { ...removed, app: 'shop-api', archive: 'shop-api-20260514T164000Z.tar.gz' }], freeBytes: 21_400_000_000 }),
    'apps.restore': async ({ app }, { emit }) => {
      emit({ type: 'started', app, deployment: 8 });
      emit({ type: 'step', name: 'unpack', status: 'running' });
      return new Promise(() => {});
    },
  });
  const user = userEvent.setup();
  const row = await screen.findByRole('row', { name: 'old-shop, removed' });
  expect(row.textContent).toContain('4.2 MB');
  expect(
    within(screen.getByRole('row', { name: 'shop-api, removed' }))
      .getByRole('button', { name: 'Restore' })
      .getAttribute('aria-disabled'),
  ).toBe('true');
  await user.click(within(row).getByRole('button', { name: 'Restore' }));
  await waitFor(() => expect(location.hash).toBe('#/hosts/fra-1/apps/old-shop/deployments/8'));
  expect(board.sent).toContainEqual(expect.objectContaining({ type: 'call', name: 'apps.restore', input: { host: 'fra-1', app: 'old-shop', archive: removed.archive } }));
});

it('an archive is deleted only after a question', async () => {
  const board = openWindow('/hosts/fra-1/apps', {
    'apps.removed': () => ({ removed: [removed], freeBytes: 21_400_000_000 }),
    'apps.purge': ({ archive = '' }) => ({ purged: archive }),
  });
  const user = userEvent.setup();
  await user.click(await screen.findByRole('button', { name: 'Delete the archive of old-shop' }));
  expect(board.sent.some((message) => message.type === 'call' && message.name === 'apps.purge')).toBe(false);
  await user.click(within(await screen.findByRole('dialog', { name: 'Delete the archive of old-shop?' })).getByRole('button', { name: 'Delete it' }));
  expect(await screen.findByText('Deleted the archive of old-shop')).toBeTruthy();
});

it('the runbook of an app is shown and copied whole', async () => {
  const board = openWindow('/hosts/fra-1/apps/shop-api/settings', { 'apps.eject': () => ({ text: '# shop-api on fra-1\n\n## Restart by hand\n' }) });
  const user = userEvent.setup();
  await user.click(await screen.findByRole('button', { name: 'Show the runbook' }));
  expect((await screen.findByRole('region', { name: 'Runbook' })).textContent).toContain('## Restart by hand');
  await user.click(screen.getByRole('button', { name: 'Copy it' }));
  expect(board.done).toContain('copy # shop-api on fra-1\n\n## Restart by hand\n');
});
