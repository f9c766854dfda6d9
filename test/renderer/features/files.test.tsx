import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Failure } from '../../../shared/errors.ts';
import type { FileEntry } from '../../../shared/contract/files.ts';
import { inOrder, modeText } from '../../../renderer/features/files/entries.ts';
import { crumbsOf, filesPlace, parentOf, pathOf } from '../../../renderer/features/files/places.ts';
import { useFolderLook } from '../../../renderer/stores/folder-look.ts';
import { useTransfers } from '../../../renderer/stores/transfers.ts';
import { entries } from '../facts.ts';
import { openWindow } from '../page.tsx';

beforeEach(() => {
  useTransfers.setState({ of: [] });
  useFolderLook.setState(useFolderLook.getInitialState(), true);
});

describe('paths and entries', () => {
  it.each(['/', '/srv', '/srv/100 %/ü?#&', '/a%2Fb', '/new\nline'])('%j comes back from the address of its page', (path) => {
    const place = filesPlace('fra-1', path);
    expect(pathOf(decodeURI(place).split('/')[4])).toBe(path);
    expect(crumbsOf(path).at(-1)?.path).toBe(path);
  });

  it('knows what is above, up to the root', () => {
    expect(['/srv/www', '/srv', '/'].map(parentOf)).toEqual(['/srv', '/', null]);
  });

  it('has permissions as ls has them', () => {
    expect(['0755', '0640', '4755', '2710', '1777', '7000'].map(modeText)).toEqual(['rwxr-xr-x', 'rw-r-----', 'rwsr-xr-x', 'rwx--s---', 'rwxrwxrwt', '--S--S--T']);
  });

  it('puts folders first, and names with numbers as people count', () => {
    const one = (name: string, more: Partial<FileEntry> = {}): FileEntry => ({ ...(entries[0] as FileEntry), name, ...more });
    const some = [one('b10'), one('b9'), one('z', { kind: 'folder' }), one('a', { kind: 'link', leadsTo: 'folder' })];
    const names = (list: FileEntry[]) => list.map(({ name }) => name);
    expect(names(inOrder(some, { by: 'name', down: false }))).toEqual(['a', 'z', 'b9', 'b10']);
    expect(names(inOrder(some, { by: 'name', down: true }))).toEqual(['z', 'a', 'b10', 'b9']);
    const same = ['c', 'a', 'd', 'b'].map((name) => one(name));
    expect(names(inOrder(same, { by: 'modified', down: false }))).toEqual(['a', 'b', 'c', 'd']);
  });
});

describe('files of a server', () => {
  const copied = { to: '/home/deploy/x', files: 1, bytes: 10, resumed: 0, left: 0, ms: 5 };
  const rows = () => screen.getAllByRole('row').map((row) => row.getAttribute('aria-label'));

  it('are gone through by keyboard, filtered, and one is looked at', async () => {
    const board = openWindow('/hosts/fra-1/files');
    const user = userEvent.setup();
    await screen.findByRole('row', { name: 'exports, folder' });
    expect(rows().slice(1, 5)).toEqual(['The folder above', '.ssh, folder', 'exports, folder', 'nginx, folder']);
    screen.getByRole('row', { name: '.ssh, folder' }).focus();
    await user.keyboard('{ArrowDown}{Enter}');
    await waitFor(() => expect(location.hash).toContain('exports'));
    await waitFor(() => expect(board.sent).toContainEqual(expect.objectContaining({ name: 'files.list', input: { host: 'fra-1', path: '/home/deploy/exports' } })));
    (await screen.findByRole('row', { name: 'The folder above' })).focus();
    await user.keyboard('{Backspace}');
    await waitFor(() => expect(board.sent).toContainEqual(expect.objectContaining({ name: 'files.list', input: { host: 'fra-1', path: '/home/deploy' } })));
    await user.keyboard('/');
    await user.keyboard('check');
    await waitFor(() => expect(rows().filter((name) => name?.endsWith('file'))).toEqual(['check.py, file']));
    await user.click(screen.getByRole('row', { name: 'check.py, file' }));
    const text = await screen.findByRole('region', { name: 'Text of the file' });
    await waitFor(() => expect(text.querySelector('.hljs-keyword')?.textContent).toBe('import'));
    await user.click(screen.getByRole('button', { name: 'Copy' }));
    expect(board.done.at(-1)).toMatch(/^copy #!\/usr\/bin\/env python3/);
  });

  it('keep the focus from folder to folder, and come back to the one that was left', async () => {
    openWindow('/hosts/fra-1/files');
    const user = userEvent.setup();
    (await screen.findByRole('row', { name: '.ssh, folder' })).focus();
    const focused = () => document.activeElement?.getAttribute('aria-label');
    await user.keyboard('{ArrowDown}{Enter}');
    await screen.findByRole('link', { name: 'exports', current: 'page' });
    await waitFor(() => expect(focused()).toBe('.ssh, folder'));
    await user.keyboard('{Backspace}');
    await screen.findByRole('link', { name: 'deploy', current: 'page' });
    await waitFor(() => expect(focused()).toBe('exports, folder'));
    await user.keyboard('{Home}');
    expect(focused()).toBe('The folder above');
    await user.keyboard('/bash{ArrowDown}');
    expect(focused()).toBe('.bashrc, file');
  });

  it('that are typed are looked at, in the folder around them', async () => {
    const notes: FileEntry = { ...(entries[0] as FileEntry), name: 'app' };
    const board = openWindow('/hosts/fra-1/files', {
      'files.list': ({ path }) =>
        path === '/srv/app/app' ? { path, kind: 'file', entries: [notes], more: false } : { path: '/srv/app', kind: 'folder', entries: [notes], more: false },
    });
    const user = userEvent.setup();
    await user.click(await screen.findByRole('button', { name: 'Type a path' }));
    await user.keyboard('/srv/app/app{Enter}');
    await screen.findByRole('dialog', { name: '/srv/app/app' });
    // The dialog is there before its effects ran, which ask for the text.
    await waitFor(() => expect(board.sent).toContainEqual(expect.objectContaining({ name: 'files.read', input: { host: 'fra-1', path: '/srv/app/app' } })));
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(location.hash).toBe(`#${filesPlace('fra-1', '/srv/app')}`);
    await user.click(await screen.findByRole('row', { name: 'app, file' }));
    await screen.findByRole('dialog', { name: '/srv/app/app' });
  });

  it('with characters that cannot be seen say so, and show their numbers', async () => {
    openWindow('/hosts/fra-1/files', { 'files.read': ({ path }) => ({ path, size: 9, text: 'a = \u202e1\n', hidden: true, why: null }) });
    const user = userEvent.setup();
    await user.click(await screen.findByRole('row', { name: 'settings.toml, file' }));
    expect((await screen.findByRole('region', { name: 'Text of the file' })).textContent).toContain('a = \\u{202e}1');
    expect(screen.getByText(/characters that cannot be seen/)).toBeTruthy();
  });

  it('of no text, or too large, offer to be copied to this computer', async () => {
    const board = openWindow('/hosts/fra-1/files', {
      'files.read': ({ path }) => ({ path, size: 48_300_000, text: null, hidden: false, why: 'large' }),
      // An end, since copies of later tests wait for it.
      'files.get': () => copied,
    });
    const user = userEvent.setup();
    await user.click(await screen.findByRole('row', { name: 'shop.sqlite3, file' }));
    await screen.findByText('Too large to be shown, 48.3 MB');
    await user.click(screen.getByRole('button', { name: 'Copy it to this computer' }));
    await waitFor(() =>
      expect(board.sent).toContainEqual(
        expect.objectContaining({ name: 'files.get', input: { host: 'fra-1', path: '/home/deploy/shop.sqlite3', into: 'folder-2', overwrite: false } }),
      ),
    );
    await user.keyboard('{Escape}');
    await user.click(await screen.findByRole('button', { name: 'Show in folder' }));
    expect(board.done.at(-1)).toBe('show shop.sqlite3 in folder-2');
    expect(screen.queryByText('It is not there any more')).toBeNull();
    board.showCopied = async () => false;
    await user.click(screen.getByRole('button', { name: 'Show in folder' }));
    await screen.findByText('It is not there any more');
  });

  it('that take long to be read say so, and take nothing until then', async () => {
    openWindow('/hosts/fra-1/files', { 'files.list': () => new Promise(() => {}) });
    expect(await screen.findByText('reading from fra-1')).toBeTruthy();
    const dataTransfer = { types: ['Files'], files: [new File(['a'], 'notes.txt')] };
    fireEvent.dragEnter(document.body, { dataTransfer });
    expect((await screen.findByText('Nothing can be copied here')).parentElement?.textContent).toContain('The folder is still read');
    fireEvent.drop(document.body, { dataTransfer });
    expect(location.hash).toBe('#/hosts/fra-1/files');
  });

  it('that are called alike on the screen are all there, once each', async () => {
    const one = (name: string, sayable: boolean): FileEntry => ({ ...(entries[0] as FileEntry), name, sayable });
    const wrong = vi.spyOn(console, 'error');
    openWindow('/hosts/fra-1/files', {
      'files.list': () => ({ path: '/x', kind: 'folder', entries: [one('a\\u{202e}', true), one('a\u202e', false), one('\ufffd', false), one('\ufffd', false)], more: false }),
    });
    await screen.findByText('4 entries');
    expect(screen.getAllByRole('row').length).toBe(6);
    expect(wrong.mock.calls.filter(([said]) => String(said).includes('same key'))).toEqual([]);
  });

  it('a name that cannot be given back opens nothing', async () => {
    const board = openWindow('/hosts/fra-1/files');
    const user = userEvent.setup();
    await user.click(await screen.findByRole('row', { name: /^invoice\\u\{202e\}fdp.exe/ }));
    await user.click(screen.getByRole('row', { name: 'notify.sock, special file' }));
    expect(board.sent.filter((message) => message.type === 'call' && message.name === 'files.read')).toEqual([]);
  });

  it('come down with progress, and a copy is cancelled and goes on', async () => {
    let cancelled = false;
    openWindow('/hosts/fra-1/files', {
      'files.get': (_input, { emit, signal }) => {
        emit({ type: 'copied', files: 3, ofFiles: 12, bytes: 1_000_000, ofBytes: 4_000_000 });
        return new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => {
            cancelled = true;
            reject(new Failure('cancelled', 'The copy was cancelled', { hint: 'What is there is kept.' }));
          }),
        );
      },
    });
    const user = userEvent.setup();
    await user.click(await screen.findByRole('button', { name: 'Copy exports to this computer' }));
    const copies = await screen.findByRole('region', { name: 'Copies' });
    await waitFor(() => expect(copies.textContent).toContain('3 of 12 files, 1.0 MB of 4.0 MB'));
    expect(screen.getByText('from fra-1, 25 %')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Cancel the copy of exports' }));
    await within(copies).findByRole('button', { name: 'Go on' });
    expect(cancelled).toBe(true);
    expect(copies.textContent).toContain('What has come is kept');
  });

  it('go up where they are dropped, one after the other, and replace nothing without a question', async () => {
    const board = openWindow('/hosts/fra-1/files', {
      'files.put': ({ from, overwrite }) => {
        if (from === 'file-notes.txt' && !overwrite) throw new Failure('exists', '/home/deploy/notes.txt is there already', { field: 'path' });
        return copied;
      },
    });
    board.fileFromDrop = async (file) => ({ handle: `file-${(file as File).name}`, name: (file as File).name });
    const user = userEvent.setup();
    await screen.findByRole('row', { name: 'exports, folder' });
    const dataTransfer = { types: ['Files'], files: [new File(['a'], 'notes.txt'), new File(['b'], 'other.txt')] };
    fireEvent.dragEnter(document.body, { dataTransfer });
    expect(await screen.findByText('Drop to copy it to /home/deploy on fra-1')).toBeTruthy();
    fireEvent.drop(document.body, { dataTransfer });
    const copies = await screen.findByRole('region', { name: 'Copies' });
    await waitFor(() => expect(copies.textContent).toContain('copied to /home/deploy: 1 file, 10 B in 5 ms'));
    const lists = () => board.sent.filter((message) => message.type === 'call' && message.name === 'files.list').length;
    const before = lists();
    await user.click(within(copies).getByRole('button', { name: 'Replace it' }));
    await waitFor(() => expect(within(copies).queryByRole('button', { name: 'Replace it' })).toBeNull());
    await waitFor(() =>
      expect(board.sent).toContainEqual(expect.objectContaining({ name: 'files.put', input: { host: 'fra-1', from: 'file-notes.txt', path: '/home/deploy', overwrite: true } })),
    );
    await waitFor(() => expect(lists()).toBeGreaterThan(before));
    await user.click(screen.getByRole('button', { name: 'Dismiss notes.txt' }));
    await waitFor(() => expect(copies.textContent).not.toContain('notes.txt'));
  });

  it('are renamed and deleted, and folders made; the server asks before anything goes', async () => {
    const board = openWindow('/hosts/fra-1/files', {
      'files.move': ({ from, to }) => {
        if (to.endsWith('/exports')) throw new Failure('exists', '/home/deploy/exports is there already', { field: 'to' });
        return { from, to };
      },
      'files.mkdir': ({ path }) => ({ made: path }),
      'files.remove': async ({ path }, { ask }) => {
        const answer = await ask({
          kind: 'confirm',
          text: `Delete ${path} on fra-1? This cannot be undone.`,
          lines: ['With all that is in it: 12 files in 2 folders.'],
          verb: 'Delete it',
        });
        if (answer !== true) throw new Failure('cancelled', `${path} was kept`);
        return { removed: path, files: 12, folders: 2 };
      },
    });
    const user = userEvent.setup();
    const sent = (name: string) => board.sent.filter((message) => message.type === 'call' && message.name === name).map((message) => 'input' in message && message.input);
    await user.click(await screen.findByRole('button', { name: 'Rename check.py' }));
    const field = await screen.findByRole('textbox', { name: 'Name' });
    expect((field as HTMLInputElement).value).toBe('check.py');
    await user.clear(field);
    await user.type(field, 'exports{Enter}');
    await screen.findByText('/home/deploy/exports is there already.');
    await user.type(field, '-old{Enter}');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(sent('files.move').at(-1)).toEqual({ host: 'fra-1', from: '/home/deploy/check.py', to: '/home/deploy/exports-old' });
    await user.click(screen.getByRole('button', { name: 'New folder' }));
    await user.type(await screen.findByRole('textbox', { name: 'Name' }), 'a/b{Enter}');
    await screen.findByText('A name has no / and is not . or ..');
    expect(sent('files.mkdir')).toEqual([]);
    await user.keyboard('{Escape}');
    await user.click(screen.getByRole('button', { name: 'Delete exports' }));
    const dialog = await screen.findByRole('dialog', { name: /^Delete \/home\/deploy\/exports on fra-1/ });
    expect(dialog.textContent).toContain('12 files in 2 folders');
    await user.keyboard('{Enter}');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('that are renamed keep the focus, and from one that is deleted it goes on to the next', async () => {
    let names = ['a.txt', 'b.txt', 'c.txt'];
    openWindow('/hosts/fra-1/files', {
      'files.list': () => ({
        path: '/srv',
        kind: 'folder',
        entries: names.map((name): FileEntry => ({ ...(entries[3] as FileEntry), name, kind: 'file', leadsTo: null })),
        more: false,
      }),
      'files.move': ({ from, to }) => {
        names = names.map((name) => (`/srv/${name}` === from ? to.slice(5) : name));
        return { from, to };
      },
      'files.remove': async ({ path }, { ask }) => {
        if ((await ask({ kind: 'confirm', text: `Delete ${path} on fra-1? This cannot be undone.`, lines: [], verb: 'Delete it' })) !== true)
          throw new Failure('cancelled', `${path} was kept`);
        names = names.filter((name) => `/srv/${name}` !== path);
        return { removed: path, files: 1, folders: 0 };
      },
    });
    const user = userEvent.setup();
    const focused = () => document.activeElement?.getAttribute('aria-label');
    const press = async (label: string) => {
      screen.getByRole('button', { name: label }).focus();
      await user.keyboard('{Enter}');
    };
    await screen.findByRole('row', { name: 'b.txt, file' });
    await press('Rename a.txt');
    await user.clear(await screen.findByRole('textbox', { name: 'Name' }));
    await user.keyboard('{Escape}');
    await waitFor(() => expect(focused()).toBe('Rename a.txt'));
    await press('Rename a.txt');
    await user.clear(await screen.findByRole('textbox', { name: 'Name' }));
    await user.keyboard('z.txt{Enter}');
    await waitFor(() => expect(focused()).toBe('z.txt, file'));
    expect(screen.getAllByRole('row').filter((row) => row.tabIndex === 0)).toEqual([document.activeElement]);
    await user.keyboard('{ArrowUp}');
    expect(focused()).toBe('c.txt, file');
    const remove = async (name: string) => {
      await press(`Delete ${name}`);
      await user.click(await screen.findByRole('button', { name: 'Delete it' }));
      await waitFor(() => expect(screen.queryByRole('row', { name: `${name}, file` })).toBeNull());
    };
    await remove('b.txt');
    await waitFor(() => expect(focused()).toBe('c.txt, file'));
    expect(screen.getAllByRole('row').filter((row) => row.tabIndex === 0)).toEqual([document.activeElement]);
    await remove('z.txt');
    await waitFor(() => expect(focused()).toBe('c.txt, file'));
    await remove('c.txt');
    await waitFor(() => expect(focused()).toBe('The folder above'));
  });

  it('are looked at and changed as root while that is switched on, which is seen, and ends with the visit', async () => {
    const board = openWindow('/hosts/hel-2/files', {
      'files.mkdir': ({ path }) => ({ made: path }),
      'files.get': () => copied,
    });
    const user = userEvent.setup();
    const sent = (name: string) => board.sent.flatMap((message) => (message.type === 'call' && message.name === name ? [message.input] : []));
    await screen.findByRole('row', { name: 'exports, folder' });
    expect(screen.getByRole('switch', { name: 'As root' }).getAttribute('aria-checked')).toBe('false');
    await user.click(screen.getByRole('button', { name: 'Type a path' }));
    await user.keyboard('/root{Enter}');
    await user.click(await screen.findByRole('button', { name: 'Look as root' }));
    expect(await screen.findByText('You are root here.')).toBeTruthy();
    await user.click(await screen.findByRole('row', { name: 'exports, folder' }));
    await screen.findByRole('link', { name: 'exports', current: 'page' });
    expect(sent('files.list').at(-1)).toEqual({ host: 'hel-2', path: '/root/exports', sudo: true });
    await user.click(screen.getByRole('button', { name: 'New folder' }));
    await user.type(await screen.findByRole('textbox', { name: 'Name' }), 'new{Enter}');
    await waitFor(() => expect(sent('files.mkdir')).toEqual([{ host: 'hel-2', path: '/root/exports/new', sudo: true }]));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    await user.click(screen.getByRole('row', { name: 'check.py, file' }));
    await waitFor(() => expect(sent('files.read')).toEqual([{ host: 'hel-2', path: '/root/exports/check.py', sudo: true }]));
    await user.click(screen.getByRole('button', { name: 'Copy it to this computer' }));
    await waitFor(() => expect(sent('files.get')).toEqual([expect.objectContaining({ path: '/root/exports/check.py', sudo: true })]));
    await user.keyboard('{Escape}');
    expect((await screen.findByRole('region', { name: 'Copies' })).textContent).toContain('check.py as root copied');
    await user.click(screen.getByRole('link', { name: 'Journal' }));
    await user.click(await screen.findByRole('link', { name: 'Files' }));
    await screen.findByRole('row', { name: 'exports, folder' });
    expect(screen.queryByText('You are root here.')).toBeNull();
    expect(sent('files.list').at(-1)).toEqual({ host: 'hel-2', path: '.' });
    // Who signs in as root needs none of it.
    await user.click(screen.getByRole('link', { name: /^fra-1/ }));
    await user.click(await screen.findByRole('link', { name: 'Files' }));
    await screen.findByRole('row', { name: 'exports, folder' });
    expect(screen.queryByRole('switch', { name: 'As root' })).toBeNull();
  });

  it('of a folder that may not be looked into say so, and a folder of 100,000 draws a screenful', async () => {
    const many = Array.from({ length: 100_000 }, (_none, index): FileEntry => ({ ...(entries[3] as FileEntry), name: `file-${index}` }));
    openWindow('/hosts/fra-1/files', {
      'files.list': ({ path }) => {
        if (path === '/root') throw new Failure('denied', 'The account that signs in may not list /root on fra-1', { field: 'path' });
        return { path: '/var/many', kind: 'folder', entries: many, more: true };
      },
    });
    const user = userEvent.setup();
    await screen.findByText('the first 100,000 entries', undefined, { timeout: 10_000 });
    expect(screen.getByText('Not all is shown.').closest('p')?.textContent).toContain('than the first 100,000 names that the server told');
    expect(screen.getAllByRole('row').length).toBeLessThan(100);
    expect(screen.getAllByRole('row').filter((row) => row.tabIndex === 0)).toHaveLength(1);
    screen.getByRole('row', { name: 'file-0, file' }).focus();
    await user.keyboard('{End}');
    expect(document.activeElement?.getAttribute('aria-label')).toBe('file-99999, file');
    await user.keyboard('{ArrowUp}');
    expect(document.activeElement?.getAttribute('aria-label')).toBe('file-99998, file');
    await user.keyboard('{PageUp}');
    // So many are in the order of their bytes: file-9999 comes before file-99990.
    expect(document.activeElement?.getAttribute('aria-label')).toBe('file-99983, file');
    expect(screen.getAllByRole('row').length).toBeLessThan(100);
    await user.click(screen.getByRole('button', { name: 'Type a path' }));
    await user.keyboard('/root{Enter}');
    expect((await screen.findByRole('alert')).textContent).toContain('may not list /root on fra-1');
    expect(screen.getByRole('link', { name: 'root', current: 'page' })).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Upload files' }).getAttribute('aria-disabled')).toBe('true');
    await user.click(screen.getByRole('button', { name: 'Home of the account' }));
    await screen.findByText('the first 100,000 entries');
  });
});
