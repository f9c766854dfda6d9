import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { contract } from '../../../shared/contract/index.ts';
import { visible } from '../../../shared/rules/visible.ts';
import appNames from '../../cases/app-names.json';
import entryPoints from '../../cases/entrypoints.json';
import { openWindow } from '../page.tsx';

/** What the command line says of a value: it checks its input by the contract, and names the field. */
function onCommandLine(field: 'app' | 'entryPoint', value: string): string {
  const parsed = contract.deployments.start.input.safeParse({ folder: 'folder-1', host: 'fra-1', [field]: value });
  const issue = parsed.error?.issues[0];
  expect(issue?.path, value).toEqual([field]);
  return issue?.message ?? '';
}
const saidAt = (field: HTMLElement) => document.getElementById(field.getAttribute('aria-describedby') ?? '')?.textContent ?? '';
const plain = (text: string) => visible(text).toLowerCase();

it.each([
  ['app', 'Name', appNames],
  ['entryPoint', 'Starts with', entryPoints],
] as const)('the form of a deploy says of every refused %s what the command line says, at its field, and sends nothing', async (name, label, { refuse }) => {
  const board = openWindow('/hosts/fra-1/apps');
  const user = userEvent.setup();
  await user.click(await screen.findByRole('button', { name: 'Add an app' }));
  const dialog = within(await screen.findByRole('dialog'));
  await user.click(dialog.getByRole('button', { name: 'Choose a folder' }));
  await user.click(await dialog.findByText(/^How it starts/));
  const field = within(screen.getByRole('dialog')).getByLabelText(label);
  for (const value of refuse.map((one) => one.value).filter((value) => value !== '' && !/[\r\n]/.test(value))) {
    fireEvent.change(field, { target: { value } });
    await waitFor(() => expect(field.getAttribute('aria-invalid'), value).toBe('true'));
    expect(plain(saidAt(field))).toBe(plain(onCommandLine(name, value)));
    await user.keyboard('{Enter}');
  }
  expect(board.sent.some((message) => message.type === 'call' && message.name === 'deployments.start')).toBe(false);
});
