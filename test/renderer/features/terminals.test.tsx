import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { pastedText } from '../../../renderer/features/terminals/paste.ts';
import { usePastes } from '../../../renderer/stores/pastes.ts';
import { openWindow } from '../page.tsx';

describe('a paste', () => {
  it.each([
    ['one line', 'ls -l', false, false],
    ['one line and its end', 'ls -l\n', false, true],
    ['one line and its end, where the shell waits for Enter', 'ls -l\r\n', true, false],
    ['two lines', 'cd /\nls', true, true],
    ['a line with an escape', 'ls\u001b[201~', true, true],
    ['a line that runs backwards', 'cat \u202egpj.exe', true, true],
  ])('of %s is typed or shown first', (_what, text, held, asks) => {
    expect(pastedText(text, held).asks).toBe(asks);
  });

  it('leaves control characters out, so that it cannot end the shell’s protection, and shows where they were', () => {
    expect(pastedText('a\u001b[201~\rrm -r x\u0003\tb', true)).toEqual({ text: 'a[201~\nrm -r x\tb', lines: ['a\\u{1b}[201~', 'rm -r x\\u{3}\tb'], left: 2, asks: true });
  });

  it('is shown whole; Escape does not paste, Enter does', async () => {
    openWindow('/terminal');
    const user = userEvent.setup();
    await screen.findByRole('heading', { name: 'Terminal' });
    const ask = () => usePastes.getState().ask({ to: 'shop', text: 'cd /srv\n\nrm \u202ex\u0007\n', held: false });
    const first = ask();
    const dialog = await screen.findByRole('dialog', { name: 'Paste 3 lines into shop?' });
    expect(screen.getByRole('region', { name: 'What would be pasted' }).textContent).toBe('cd /srv rm \\u{202e}x\\u{7}');
    expect(dialog.textContent).toContain('1 control character is left out');
    await user.keyboard('{Escape}');
    expect(await first).toBe(false);
    await waitFor(() => expect(document.activeElement?.tagName).toBe('MAIN'));
    const second = ask();
    await screen.findByRole('dialog');
    await user.keyboard('{Enter}');
    expect(await second).toBe(true);
    expect(screen.queryByRole('dialog')).toBeNull();
  });
});
