import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { act } from '../../../renderer/features/terminals/acts.ts';
import { isWebAddress } from '../../../renderer/features/terminals/links.ts';
import { pastedText } from '../../../renderer/features/terminals/paste.ts';
import { useZoom } from '../../../renderer/features/terminals/finding.ts';
import { usePastes } from '../../../renderer/stores/pastes.ts';
import { useTabs } from '../../../renderer/stores/tabs.ts';
import type { FakeBoard } from '../board.ts';
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
    openWindow('/hosts/fra-1/terminal');
    const user = userEvent.setup();
    await waitFor(() => expect(document.activeElement?.className).toBe('xterm-helper-textarea'));
    const ask = () => usePastes.getState().ask({ to: 'shop', text: 'cd /srv\n\nrm \u202ex\u0007\n', held: false });
    const first = ask();
    const dialog = await screen.findByRole('dialog', { name: 'Paste 3 lines into shop?' });
    expect(screen.getByRole('region', { name: 'What would be pasted' }).textContent).toBe('cd /srv rm \\u{202e}x\\u{7}');
    expect(dialog.textContent).toContain('1 control character is left out');
    await user.keyboard('{Escape}');
    expect(await first).toBe(false);
    await waitFor(() => expect(document.activeElement?.className).toBe('xterm-helper-textarea'));
    const second = ask();
    await screen.findByRole('dialog');
    await user.keyboard('{Enter}');
    expect(await second).toBe(true);
    expect(screen.queryByRole('dialog')).toBeNull();
  });
});

describe('terminals', () => {
  /** What the pane with the keys has printed, as a person would copy it. */
  async function printed(board: FakeBoard): Promise<string> {
    const before = board.done.length;
    act('select-all');
    act('copy');
    await waitFor(() => expect(board.done.length).toBeGreaterThan(before));
    return board.done.at(-1) ?? '';
  }
  const pane = (name: string) => screen.findAllByLabelText(new RegExp(`^Terminal of ${name}`));
  const opened = async (board: FakeBoard, count: number) => {
    await waitFor(() => expect(board.shells.length).toBe(count));
    await waitFor(() => expect(screen.queryByText(/^Opening a terminal/)).toBeNull());
  };
  beforeEach(() => useTabs.setState({ tabs: [], active: null }));

  it('are split into four panes at most, walked through and closed by keyboard', async () => {
    const board = openWindow('/hosts/fra-1/apps/shop-api/terminal');
    const user = userEvent.setup();
    await pane('shop-api');
    await opened(board, 1);
    for (const count of [2, 3, 4, 4]) {
      await user.keyboard('{Control>}{Shift>}[Backslash]{/Shift}{/Control}');
      expect((await pane('shop-api')).length).toBe(count);
    }
    await opened(board, 4);
    const [tab] = useTabs.getState().tabs;
    const last = tab!.focus;
    await user.keyboard('echo four');
    await waitFor(() => expect(board.shells[3]!.typed).toBe('echo four'));
    await user.keyboard('{Control>}{Shift>}{ArrowUp}{/Shift}{/Control}');
    await waitFor(() => expect(useTabs.getState().tabs[0]!.focus).not.toBe(last));
    await user.keyboard('{Control>}{Shift>}w{/Shift}{/Control}');
    expect((await pane('shop-api')).length).toBe(3);
    expect(board.shells.filter(({ sent }) => sent.some(({ type }) => type === 'close')).length).toBe(1);
    await user.click(screen.getByLabelText('Close shop-api'));
    await screen.findByText('No terminal is open');
    expect(board.shells.every(({ sent }) => sent.some(({ type }) => type === 'close'))).toBe(true);
  });

  it('say with what they ended, start again at Enter, and tell of output that nobody saw', async () => {
    const board = openWindow('/hosts/fra-1/apps/shop-api/terminal');
    const user = userEvent.setup();
    await pane('shop-api');
    await opened(board, 1);
    board.shells[0]!.say('\u001b[?1049h\u001b[?2004h\u001b]0;half a ti');
    board.shells[0]!.end(1);
    await screen.findByText('exited 1');
    await waitFor(async () => expect(await printed(board)).toContain('exited 1. Enter starts again'));
    expect(await printed(board)).toContain('search.sqlite');
    await user.keyboard('{Enter}');
    await opened(board, 2);
    expect(screen.queryByText('exited 1')).toBeNull();

    await user.click(screen.getByLabelText('Another terminal on fra-1'));
    await pane('fra-1');
    await opened(board, 3);
    expect(screen.queryByLabelText('new output')).toBeNull();
    board.shells[1]!.say('done\r\n');
    await screen.findByLabelText('new output');
    await user.keyboard('{Control>}{Tab}{/Control}');
    await waitFor(() => expect(screen.queryByLabelText('new output')).toBeNull());
  });

  it('are recorded in a file while that is wanted, which is seen, and said where it cannot be', async () => {
    const opens: unknown[] = [];
    const board = openWindow('/hosts/fra-1/apps/shop-api/terminal', {
      'terminals.open': ({ record }) => {
        opens.push(record);
        return { ticket: 'ticket-1' };
      },
    });
    const user = userEvent.setup();
    await pane('shop-api');
    await opened(board, 1);
    await user.click(screen.getByRole('button', { name: /^Record in a file/ }));
    await user.click(await screen.findByRole('button', { name: /^Stop recording in fra-1_shop-api_/ }));
    await user.click(await screen.findByRole('button', { name: 'Show in folder' }));
    expect(board.done.at(-1)).toMatch(/^show the session log fra-1_shop-api_/);
    expect(screen.queryByLabelText('recorded')).toBeNull();

    // One that takes the place of a shell that was recorded is so too.
    await user.click(screen.getByRole('button', { name: /^Record in a file/ }));
    await screen.findByLabelText('recorded');
    board.shells[0]!.end(0);
    await waitFor(async () => expect(await printed(board)).toMatch(/exited 0, recorded in fra-1_shop-api_\S+\.log\. Enter starts again/));
    screen
      .getByLabelText(/^Terminal of shop-api/)
      .querySelector<HTMLElement>('.xterm-helper-textarea')!
      .focus();
    await user.keyboard('{Enter}');
    await opened(board, 2);
    expect(opens).toEqual([undefined, true]);
    board.shells[1]!.refuse('the disk is full');
    await screen.findByText('the disk is full');
    expect(screen.queryByLabelText('recorded')).toBeNull();
  });

  it('are searched with what can be scrolled back to, and enlarged', async () => {
    const board = openWindow('/hosts/fra-1/apps/shop-api/terminal');
    const user = userEvent.setup();
    await pane('shop-api');
    await opened(board, 1);
    board.shells[0]!.say(`${'Needle in the hay\r\n'.repeat(3)}${'hay\r\n'.repeat(200)}needle\r\n`);
    await waitFor(async () => expect(await printed(board)).toMatch(/needle\s*$/));
    await user.keyboard('{Control>}{Shift>}f{/Shift}{/Control}');
    await user.type(await screen.findByLabelText('Search for'), 'needle');
    await screen.findByText(/^\d of 4$/);
    await user.click(screen.getByLabelText('Capital letters count'));
    await screen.findByText('1 of 1');
    await user.type(screen.getByLabelText('Search for'), '!');
    await screen.findByText('not found');
    await user.keyboard('{Escape}');
    expect(screen.queryByLabelText('Search for')).toBeNull();
    expect(document.activeElement?.className).toBe('xterm-helper-textarea');
    expect(board.shells[0]!.typed).toBe('');

    await user.keyboard('{Control>}{Shift>}[Equal][Equal]{/Shift}{/Control}');
    expect(useZoom.getState().steps).toBe(2);
    await user.keyboard('{Control>}{Shift>}[Digit0]{/Shift}{/Control}');
    expect(useZoom.getState().steps).toBe(0);
  });

  it('come back by themselves after the connection was lost, with what they had printed and nothing of what was typed meanwhile', async () => {
    let back = () => {};
    const waits: unknown[] = [];
    const board = openWindow('/hosts/fra-1/apps/shop-api/terminal', {
      'terminals.open': async ({ wait }) => {
        waits.push(wait);
        if (wait) await new Promise<void>((resolve) => (back = resolve));
        return { ticket: 'ticket-1' };
      },
    });
    const user = userEvent.setup();
    await pane('shop-api');
    await opened(board, 1);
    board.shells[0]!.say('\u001b[?1049h\u001b[?1000hin an editor');
    await waitFor(async () => expect(await printed(board)).toContain('in an editor'));
    board.shells[0]!.end(null, 'the connection to fra-1 was lost: cut off');
    await screen.findByText('connection lost');
    await user.keyboard('rm -r /srv{Enter}');
    back();
    await opened(board, 2);
    await waitFor(() => expect(screen.queryByText('connection lost')).toBeNull());
    await waitFor(async () => expect(await printed(board)).toMatch(/drwxr-x---[\s\S]*── connection lost \d\d:\d\d:\d\d ──\n── back \d\d:\d\d:\d\d, in a new shell ──\n/));
    await user.keyboard('ls');
    await waitFor(() => expect(board.shells[1]!.typed).toBe('ls'));
    expect(waits).toEqual([undefined, true]);

    // The process behind the window ends: its port says nothing.
    board.setBackend('gone');
    await screen.findByText('connection lost');
    board.setBackend('up');
    await waitFor(() => expect(waits.length).toBe(3));
    back();
    await opened(board, 3);
  });

  it('are there again after a restart of the app, as they were split; what cannot be read is not', async () => {
    const { show, split } = useTabs.getState();
    show('fra-1', 'shop-api');
    split(useTabs.getState().tabs[0]!.focus, 'below');
    show('hel-2', null);
    const { tabs, active } = useTabs.getState();
    const written = localStorage.getItem('terminals')!;
    const again = async (text: string) => {
      localStorage.setItem('terminals', text);
      vi.resetModules();
      const { useTabs: fresh } = await import('../../../renderer/stores/tabs.ts');
      return fresh;
    };
    const fresh = await again(written);
    expect(fresh.getState()).toMatchObject({ tabs, active });
    fresh.getState().show('nbg-lab', null);
    const ids = fresh.getState().tabs.flatMap(({ id, panes }) => [id, ...panes.map((pane) => pane.id)]);
    expect(new Set(ids).size).toBe(ids.length);

    for (const broken of ['[', '{"tabs":7}', written.replace('"below"', '"over"'), written.replaceAll('"host":"fra-1"', '"host":7')]) {
      expect((await again(broken)).getState().tabs.every(({ panes: [first] }) => first?.host === 'hel-2')).toBe(true);
    }
  });

  describe('of a hostile host', () => {
    /** Says it, and waits until the page has taken every byte of it and drawn what comes after. */
    async function heard(board: FakeBoard, ...said: (string | Uint8Array)[]): Promise<string> {
      const shell = board.shells.at(-1)!;
      for (const one of said) shell.say(one);
      shell.say('\u0018\u001b[0m\r\nstill here');
      await waitFor(async () => expect(await printed(board)).toMatch(/still here\s*$/), { timeout: 30_000 });
      return printed(board);
    }
    const open = async () => {
      const board = openWindow('/hosts/fra-1/apps/shop-api/terminal');
      await pane('shop-api');
      await opened(board, 1);
      await waitFor(async () => expect(await printed(board)).toContain('search.sqlite'));
      return board;
    };

    it('a title is words beside the name, cut and made visible; the window keeps its own', async () => {
      const board = await open();
      await heard(board, `\u001b]0;\u202eshop-admin${'x'.repeat(10_000)}\u0007`);
      const tab = await screen.findByTitle(/shop-api · fra-1 · \\u\{202e\}shop-admin/);
      expect(tab.textContent).toMatch(/^shop-api/);
      expect(tab.title.length).toBeLessThan(150);
      expect(document.title).toBe('Terminal · ForgeBoard');
    });

    it('the clipboard is neither written nor read, and no answer runs anything', async () => {
      const board = await open();
      await heard(
        board,
        `\u001b]52;c;${btoa('rm -r /')}\u0007\u001b]52;c;?\u0007\u001b]52;p;?\u001b\\`,
        // Titles, icons, selections, colours, settings, keys, versions and sizes asked for.
        '\u001b]0;\rreboot\r\u0007\u001b[21t\u001b[20t\u001b[14t\u001b[18t\u001b[c\u001b[>c\u001b[=c\u001b[>q\u001b[5n\u001b[6n\u001b[?6n\u001b[x\u001b[?2026$p',
        '\u001b]4;1;?\u0007\u001b]10;?\u0007\u001b]11;?\u0007\u001b]12;?\u0007\u001bP$q\rreboot\r\u001b\\\u001bP$q"p\u001b\\\u001bP+q\rreboot\u001b\\\u0005',
      );
      const { typed } = board.shells[0]!;
      expect(board.done.filter((did) => did.includes('rm -r'))).toEqual([]);
      expect(typed).not.toMatch(/reboot|[\r\n]/);
      expect(typed).toContain('\u001b[?1;2c');
    });

    it('ten thousand questions are answered in a few messages', async () => {
      const board = await open();
      const before = board.shells[0]!.sent.length;
      await heard(board, '\u001b[c'.repeat(10_000));
      const keys = board.shells[0]!.sent.slice(before).filter(({ type }) => type === 'keys');
      expect(keys.length).toBeLessThan(200);
      expect(board.shells[0]!.typed.length).toBe('\u001b[?1;2c'.length * 10_000);
    });

    it('strings of ten megabytes, garbage and bytes that are no text leave a terminal that works, and every byte is taken', async () => {
      const board = await open();
      const long = new Uint8Array(10_000_000).fill(0x41);
      let seed = 7;
      const garbage = Uint8Array.from({ length: 300_000 }, () => {
        seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
        return seed >> 16;
      });
      const text = await heard(
        board,
        '\u001b]2;',
        long,
        '\u0007\u001bPq',
        long,
        '\u001b\\',
        garbage,
        '\u0018\u001bc',
        new Uint8Array([0xff, 0xfe, 0xc0, 0xaf, 0xe2, 0x82]),
        ' end',
      );
      expect(text).toContain('\ufffd');
      expect(text).toContain(' end');
      await waitFor(() => {
        const taken = board.shells[0]!.sent.reduce((sum, message) => sum + (message.type === 'taken' ? message.bytes : 0), 0);
        expect(taken).toBeGreaterThan(11_300_000);
      });
      await userEvent.setup().keyboard('ls');
      await waitFor(() => expect(board.shells[0]!.typed).toMatch(/ls$/));
    });

    it.each([
      ['the web', 'https://shop.example.com/a?b=c#d', true],
      ['a script', 'javascript:alert(1)', false],
      ['a file', 'file:///etc/passwd', false],
      ['another host than it seems', 'https://shop.example.com@evil.example/', false],
      ['what cannot be seen', 'https://shop.example.com/\u202egpj', false],
      ['more than can be read', `https://shop.example.com/${'a'.repeat(5_000)}`, false],
      ['nothing', 'https://', false],
    ])('a link to %s is opened or not', (_what, address, opens) => {
      expect(isWebAddress(address)).toBe(opens);
    });
  });
});
