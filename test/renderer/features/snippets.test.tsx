import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Snippet } from '../../../shared/contract/snippets.ts';
import { useTabs } from '../../../renderer/stores/tabs.ts';
import { openWindow } from '../page.tsx';

describe('snippets', () => {
  beforeEach(() => useTabs.setState({ tabs: [], active: null }));

  /** A terminal of shop-api with the snippets over it. */
  async function open(snippets: Snippet[]) {
    let kept = snippets;
    const board = openWindow('/hosts/fra-1/apps/shop-api/terminal', {
      'snippets.list': () => ({ snippets: kept }),
      'snippets.save': ({ name, text, replaces }) => {
        kept = [...kept.filter((one) => one.name !== replaces), { name, text }];
        return {};
      },
      'snippets.remove': ({ name }) => {
        kept = kept.filter((one) => one.name !== name);
        return {};
      },
    });
    const user = userEvent.setup();
    await waitFor(() => expect(board.shells.length).toBe(1));
    await waitFor(() => expect(document.activeElement?.className).toBe('xterm-helper-textarea'));
    const show = async () => {
      await user.keyboard('{Control>}{Shift>}s{/Shift}{/Control}');
      return screen.findByRole('dialog', { name: 'Snippets' });
    };
    await show();
    return { board, user, show };
  }
  const three = [
    { name: 'Disk', text: 'df -h' },
    { name: 'Reload', text: 'nginx -t\nsystemctl reload nginx\n' },
    { name: 'Failed', text: 'systemctl --failed' },
  ];

  it('are found by words of their name and text, and inserted or run in the pane that had the keys', async () => {
    const { board, user, show } = await open(three);
    await screen.findByRole('option', { name: /Disk/ });
    await user.keyboard('sys fail');
    expect(screen.getAllByRole('option').map((option) => option.textContent)).toEqual(['Failedsystemctl --failed']);
    await user.keyboard('{Enter}');
    await waitFor(() => expect(board.shells[0]!.typed).toBe('systemctl --failed'));
    expect(screen.queryByRole('dialog')).toBeNull();
    await waitFor(() => expect(document.activeElement?.className).toBe('xterm-helper-textarea'));

    await show();
    await screen.findByRole('option', { name: /Disk/ });
    await user.keyboard('df{Control>}{Enter}{/Control}');
    await waitFor(() => expect(board.shells[0]!.typed).toBe('systemctl --faileddf -h\r'));
  });

  it('of more lines are shown before a shell would run them, where they were only to be inserted', async () => {
    const { board, user } = await open(three);
    await screen.findByRole('option', { name: /Reload/ });
    await user.keyboard('reload{Enter}');
    await screen.findByRole('dialog', { name: 'Paste 2 lines into shop-api?' });
    await user.keyboard('{Escape}');
    expect(board.shells[0]!.typed).toBe('');
  });

  it('are made of what was searched for, changed, and forgotten with a way back', async () => {
    const { user, show } = await open([]);
    await screen.findByText(/No snippets yet/);
    await user.keyboard('Uptime');
    await user.click(screen.getByRole('button', { name: 'New snippet' }));
    expect((screen.getByLabelText('Name') as HTMLInputElement).value).toBe('Uptime');
    await user.click(screen.getByRole('button', { name: 'Save' }));
    await screen.findByText(/^The text is empty/);
    await user.type(screen.getByLabelText('Text'), 'uptime -p{Control>}{Enter}{/Control}');
    await screen.findByRole('option', { name: /Uptime/ });

    await user.click(await screen.findByRole('button', { name: 'Change Uptime' }));
    await user.clear(screen.getByLabelText('Name'));
    await user.type(screen.getByLabelText('Name'), 'Since when');
    await user.keyboard('{Enter}');
    await screen.findByRole('option', { name: /Since when/ });
    expect(screen.queryByRole('option', { name: /Uptime/ })).toBeNull();

    // Escape goes back to the list first.
    await user.click(screen.getByRole('button', { name: 'Change Since when' }));
    await user.keyboard('{Escape}');
    await user.click(await screen.findByRole('button', { name: 'Forget Since when' }));
    await screen.findByText(/No snippets yet/);
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    await user.click(await screen.findByRole('button', { name: 'Undo' }));
    await show();
    await screen.findByRole('option', { name: /Since when/ });
  });
});
