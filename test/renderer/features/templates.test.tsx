import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../../shared/errors.ts';
import type { Answers } from '../board.ts';
import { openWindow } from '../page.tsx';

const calls = (board: ReturnType<typeof openWindow>, name: string) => board.sent.flatMap((one) => (one.type === 'call' && one.name === name ? [one.input] : []));

async function opened(answers: Answers = {}) {
  const board = openWindow('/hosts/fra-1', answers);
  const user = userEvent.setup();
  await user.click(await screen.findByRole('button', { name: 'New app from a template' }));
  await screen.findByRole('radio', { name: /FastAPI/ });
  return { board, user };
}

describe('a new app from a template', () => {
  it('is made in the folder that is chosen, and stands on the page of its plan with its name', async () => {
    const { board, user } = await opened();
    await user.click(screen.getByRole('radio', { name: /FastAPI/ }));
    await user.type(screen.getByLabelText('Name'), 'shop{Enter}');
    expect(await screen.findByRole('button', { name: 'Deploy shop' })).toBeTruthy();
    expect(calls(board, 'templates.create')).toEqual([{ template: 'fastapi', name: 'shop', into: 'folder-2' }]);
    expect(calls(board, 'imports.inspect')).toMatchObject([{ folder: 'folder-3' }]);
    expect(calls(board, 'deployments.start')).toEqual([]);
  });

  it('says at the name that it is taken there, and stays for another', async () => {
    const { board, user } = await opened({
      'templates.create': () => {
        throw new Failure('exists', 'There is a shop in that folder already', { field: 'name' });
      },
    });
    await user.type(screen.getByLabelText('Name'), 'Shop{Enter}');
    expect(screen.getByText(/capital letter "S"/)).toBeTruthy();
    expect(calls(board, 'templates.create')).toEqual([]);
    await user.clear(screen.getByLabelText('Name'));
    await user.type(screen.getByLabelText('Name'), 'shop{Enter}');
    expect(await screen.findByText(/There is a shop in that folder already/)).toBeTruthy();
    await user.type(screen.getByLabelText('Name'), '-2');
    expect(screen.queryByText(/There is a shop in that folder already/)).toBeNull();
  });

  it('takes a repository as a template of one’s own, and forgets it again', async () => {
    const { board, user } = await opened();
    await user.click(screen.getByRole('button', { name: 'Add your own' }));
    const dialog = within(screen.getByRole('dialog', { name: 'Add a template of your own' }));
    await user.type(dialog.getByLabelText('Name'), 'base');
    await user.type(dialog.getByLabelText('Git repository'), 'ext::sh -c id{Enter}');
    expect(dialog.getByText(/is no address that ForgeBoard lets git fetch from/)).toBeTruthy();
    await user.clear(dialog.getByLabelText('Git repository'));
    await user.type(dialog.getByLabelText('Git repository'), 'https://git.example.com/base{Enter}');
    await waitFor(() => expect(calls(board, 'templates.add')).toEqual([{ name: 'base', git: 'https://git.example.com/base' }]));
    await user.click(await screen.findByRole('button', { name: 'Forget the template shop-base' }));
    await waitFor(() => expect(calls(board, 'templates.remove')).toEqual([{ name: 'shop-base' }]));
  });
});
