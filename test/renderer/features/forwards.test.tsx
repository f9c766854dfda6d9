import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../../shared/errors.ts';
import type { Told } from '../board.ts';
import { openWindow } from '../page.tsx';

/** A forward that stays open until it is ended, and what its server told. */
function opening() {
  const told: Told<'forwards.open'>[] = [];
  return {
    told,
    answer: async (_input: unknown, one: Told<'forwards.open'>): Promise<{ connections: number }> => {
      told.push(one);
      one.emit({ type: 'listening', at: '127.0.0.1:5432', to: '127.0.0.1:5432', onServer: false });
      return new Promise((_done, failed) => one.signal.addEventListener('abort', () => failed(new Failure('cancelled', 'Cancelled'))));
    },
  };
}

describe('forwards of a server', () => {
  it('are opened from a form, told of, closed and opened again, and stay when the page is left', async () => {
    const { told, answer } = opening();
    const board = openWindow('/hosts/fra-1/forwards', { 'forwards.open': answer });
    const user = userEvent.setup();
    await user.type(await screen.findByLabelText('Port that fra-1 reaches'), '5432{Enter}');
    const row = await screen.findByRole('row', { name: /127\.0\.0\.1:5432/ });
    await within(row).findByText('Open');
    expect(board.sent).toContainEqual(expect.objectContaining({ name: 'forwards.open', input: { host: 'fra-1', forward: '5432:127.0.0.1:5432', remote: false, dynamic: false } }));
    told[0]?.emit({ type: 'carried', open: 1, all: 4 });
    await within(row).findByText('1 open, 4 in all');
    told[0]?.emit({ type: 'note', text: 'the connection to fra-1 was closed', connected: false });
    await within(row).findByText('Connecting again');
    expect(screen.getByText('the connection to fra-1 was closed')).toBeTruthy();
    told[0]?.emit({ type: 'note', text: 'fra-1 is connected again', connected: true });
    await within(row).findByText('Open');
    await user.click(within(row).getByRole('button', { name: /^Copy/ }));
    expect(board.done.at(-1)).toBe('copy 127.0.0.1:5432');
    await user.click(screen.getByRole('link', { name: 'Overview' }));
    await screen.findByText('1 forward open');
    expect(told[0]?.signal.aborted).toBe(false);
    await user.click(screen.getByRole('link', { name: /^Forwards/ }));
    await user.click(await screen.findByRole('button', { name: 'Close 127.0.0.1:5432' }));
    await waitFor(() => expect(told[0]?.signal.aborted).toBe(true));
    await user.click(await screen.findByRole('button', { name: 'Open 127.0.0.1:5432' }));
    await waitFor(() => expect(told.length).toBe(2));
    await user.click(screen.getByRole('button', { name: 'Remove 127.0.0.1:5432 from the list' }));
    await screen.findByText('No forward yet');
    await waitFor(() => expect(told[1]?.signal.aborted).toBe(true));
  });

  it('whose port is taken say so, and take any free one on a click', async () => {
    const { told, answer } = opening();
    const board = openWindow('/hosts/fra-1/forwards', {
      'forwards.open': async (input, one) => {
        if (input.forward.startsWith('8000')) throw new Failure('port-taken', 'Nothing can be taken there: another program listens there', { field: 'forward' });
        return answer(input, one);
      },
    });
    const user = userEvent.setup();
    await user.type(await screen.findByLabelText('Port that fra-1 reaches'), '8000{Enter}');
    await user.click(await screen.findByRole('button', { name: 'Take any free port' }));
    await waitFor(() => expect(told.length).toBe(1));
    expect(board.sent).toContainEqual(expect.objectContaining({ input: { host: 'fra-1', forward: '0:127.0.0.1:8000', remote: false, dynamic: false } }));
  });

  it('that cannot be are named at their field, and nothing is asked', async () => {
    const board = openWindow('/hosts/fra-1/forwards');
    const user = userEvent.setup();
    await user.type(await screen.findByLabelText('Port that fra-1 reaches'), '70000{Enter}');
    await screen.findByText('A port is a whole number from 1 to 65535');
    await user.click(screen.getByRole('radio', { name: 'Proxy' }));
    await user.click(screen.getByRole('button', { name: 'Open forward' }));
    await waitFor(() =>
      expect(board.sent.flatMap((one) => (one.type === 'call' && one.name === 'forwards.open' ? [one.input] : []))).toEqual([
        { host: 'fra-1', forward: '1080', remote: false, dynamic: true },
      ]),
    );
  });

  it("lead to an app's database in one click, with a URL for this computer", async () => {
    const { answer } = opening();
    const board = openWindow('/hosts/fra-1/apps/shop-api', { 'forwards.open': answer });
    const user = userEvent.setup();
    await user.click(await screen.findByRole('button', { name: 'Open locally' }));
    await screen.findByText('postgresql://shop@127.0.0.1:5432/shop');
    await user.click(screen.getByRole('button', { name: 'Copy URL' }));
    expect(screen.getByRole('button', { name: 'Copied' })).toBeTruthy();
    expect(board.done.at(-1)).toBe('copy postgresql://shop@127.0.0.1:5432/shop');
    expect(board.sent).toContainEqual(expect.objectContaining({ name: 'forwards.open', input: expect.objectContaining({ forward: '0:127.0.0.1:5432' }) }));
  });
});
