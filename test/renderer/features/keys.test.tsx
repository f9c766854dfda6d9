import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { Failure } from '../../../shared/errors.ts';
import { keysWhere } from '../key-facts.ts';
import { openWindow } from '../page.tsx';

it('shows the keys of this computer, copies a public half, and lets a key in on a server', async () => {
  const board = openWindow('/keys');
  const user = userEvent.setup();
  await user.click(await screen.findByRole('button', { name: 'Copy public key id_ed25519' }));
  expect(board.done.at(-1)).toMatch(/^copy ssh-ed25519 AAAA\S+ ana@laptop$/);
  expect(screen.getByRole('button', { name: 'Copy public key old' }).getAttribute('aria-disabled')).toBe('true');
  await user.selectOptions(screen.getByLabelText('Server to let id_lab in'), 'hel-2');
  await screen.findByText('hel-2 lets in id_lab');
  expect(board.sent).toContainEqual(expect.objectContaining({ name: 'keys.install', input: { host: 'hel-2', key: 'id_lab' } }));
});

it('asks the servers only when it is told to, and says who could not be asked; a removal is confirmed, and a refusal is said', async () => {
  const removed: string[] = [];
  const board = openWindow('/keys', {
    'keys.remove': async ({ key }, { ask }) => {
      if (key === keysWhere.hosts[0]?.keys[1]?.fingerprint) throw new Failure('denied', 'fra-1 is signed in to with this key, so it stays', { field: 'key' });
      if ((await ask({ kind: 'confirm', text: 'Remove the key?', lines: [], verb: 'Remove it' })) !== true) throw new Failure('cancelled', 'The key was kept');
      removed.push(key);
      return { host: 'fra-1', fingerprint: key, file: '/home/deploy/.ssh/authorized_keys', lines: 1 };
    },
  });
  const user = userEvent.setup();
  const ask = await screen.findByRole('button', { name: 'Ask all 3 servers' });
  expect(board.sent.some((sent) => sent.type === 'call' && sent.name === 'keys.where')).toBe(false);
  await user.click(ask);
  const on = await screen.findByRole('region', { name: 'Keys on fra-1' });
  // This computer's own come first.
  expect(
    within(on)
      .getAllByRole('row')
      .slice(1)
      .map((row) => row.querySelector('td')?.textContent),
  ).toEqual(['id_ed25519', 'not of this computer', 'not of this computer']);
  expect(screen.getByText(/could not be asked: nbg-lab did not answer/)).toBeTruthy();
  await user.click(within(on).getByRole('button', { name: 'Remove… id_ed25519 from fra-1' }));
  await screen.findByText('fra-1 is signed in to with this key, so it stays');
  const other = keysWhere.hosts[0]?.keys[2]?.fingerprint ?? '';
  await user.click(within(on).getByRole('button', { name: `Remove… ${other} from fra-1` }));
  await user.click(await screen.findByRole('button', { name: 'Remove it' }));
  await waitFor(() => expect(removed).toEqual([other]));
});

it('makes a key under a name that is free, and keeps the dialog where that fails', async () => {
  let tries = 0;
  const board = openWindow('/keys', {
    'keys.generate': ({ name }) => {
      tries += 1;
      if (tries === 1) throw new Failure('exists', `${name} is there already`, { field: 'name' });
      return { path: `/home/ana/.ssh/${name}`, fingerprint: 'SHA256:x', line: 'ssh-ed25519 AAAA' };
    },
  });
  const user = userEvent.setup();
  await user.click(await screen.findByRole('button', { name: 'New key' }));
  await user.type(screen.getByLabelText('Name'), 'id_lab');
  await screen.findByText('id_lab is there already: a key is never replaced');
  await user.clear(screen.getByLabelText('Name'));
  await user.type(screen.getByLabelText('Name'), 'fra-1{Enter}');
  await screen.findByText('fra-1 is there already');
  await user.click(screen.getByRole('button', { name: 'Make it' }));
  await screen.findByText('Made the key fra-1');
  expect(screen.queryByRole('dialog')).toBeNull();
  expect(board.sent).toContainEqual(expect.objectContaining({ name: 'keys.generate', input: { name: 'fra-1', passphrase: true } }));
});
