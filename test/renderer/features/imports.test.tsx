import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../../shared/errors.ts';
import type { Answers } from '../board.ts';
import { inspection, travelling } from '../import-facts.ts';
import { openWindow } from '../page.tsx';

/** What the page called, by name, with its input. */
const calls = (board: ReturnType<typeof openWindow>, ...names: string[]) =>
  board.sent.flatMap((one) => (one.type === 'call' && names.includes(one.name) ? [{ name: one.name, input: one.input }] : []));

async function opened(answers: Answers = {}) {
  const board = openWindow('/import', answers);
  const user = userEvent.setup();
  await user.click(await screen.findByRole('button', { name: 'Choose a folder' }));
  await screen.findByRole('heading', { name: 'How it runs' });
  await screen.findByText(/nothing has been sent/);
  return { board, user };
}
const deploy = () => screen.getByRole('button', { name: 'Deploy stock-sync' });

describe('the plan of an import', () => {
  it('opens for a folder that is dropped where no app is open, and sends nothing by itself', async () => {
    const board = openWindow('/hosts/fra-1');
    await screen.findByRole('heading', { level: 1, name: 'fra-1' });
    fireEvent.drop(window, { dataTransfer: { types: ['Files'], files: [new File([], 'stock-sync')] } });
    expect(await screen.findByRole('heading', { name: 'How it runs' })).toBeTruthy();
    expect(calls(board, 'deployments.start', 'variables.set', 'variables.import', 'imports.remember')).toEqual([]);
  });

  it('shows every finding with the line that says it and how sure it is', async () => {
    await opened();
    const panel = screen.getByRole('region', { name: 'How it runs' });
    expect((within(panel).getByLabelText('Kind') as HTMLSelectElement).value).toBe('fastapi');
    expect((within(panel).getByLabelText('Starts with') as HTMLInputElement).value).toBe('stock.main:app');
    expect(within(panel).getByText('stock/main.py:14')).toBeTruthy();
    expect(within(panel).getAllByText('Certain').length).toBe(2);
    expect(screen.getByText('psycopg2 needs libpq-dev on the server to be built')).toBeTruthy();
    expect(await screen.findByText('350 MB stay here')).toBeTruthy();
  });

  it('waits for what is needed, takes the rest from .env without its values, and sets both before the deploy', async () => {
    const { board, user } = await opened();
    await screen.findByText(/2 values missing:/);
    expect(deploy().getAttribute('aria-disabled')).toBe('true');
    await user.type(screen.getByLabelText('Value of SENTRY_DSN'), 'https://sentry.example/1');
    await user.click(screen.getByRole('button', { name: 'Generate SECRET_KEY, 50 characters' }));
    await user.click(deploy());
    await waitFor(() => expect(calls(board, 'deployments.start')).toHaveLength(1));
    const made = calls(board, 'imports.remember', 'variables.import', 'variables.set', 'deployments.start');
    expect(made.map(({ name }) => name)).toEqual(['variables.import', 'variables.set', 'deployments.start']);
    expect(made[0]?.input).toMatchObject({ host: 'fra-1', file: 'folder-env', only: ['DATABASE_URL', 'SUPPLIER_KEY', 'LOG_LEVEL'] });
    expect(made[1]?.input).toMatchObject({
      set: [
        { name: 'SECRET_KEY', value: expect.stringMatching(/^[\w-]{50}$/), secret: true },
        { name: 'SENTRY_DSN', value: 'https://sentry.example/1', secret: true },
      ],
    });
    expect(made[2]?.input).toMatchObject({ settings: { type: 'asgi', entry_point: 'stock.main:app' } });
  });

  it('puts a wrong guess right in a click, keeps what the app writes but for what is unchecked, and remembers it in the folder first', async () => {
    const { board, user } = await opened({ 'imports.inspect': () => ({ ...inspection, environment: [] }) });
    await user.click(screen.getByRole('button', { name: 'stock.mock:app' }));
    expect(screen.getAllByText('You said so')).toHaveLength(2);
    await user.click(screen.getByRole('checkbox', { name: 'uploads' }));
    await user.click(screen.getByRole('checkbox', { name: /^Python 3.11/ }));
    await user.click(deploy());
    await waitFor(() => expect(calls(board, 'deployments.start')).toHaveLength(1));
    // The processes stand as they were found; what was cleared is not done.
    const settings = { type: 'asgi', entry_point: 'stock.mock:app', processes: { worker: 'arq stock.jobs.Worker' }, persist: ['cache.sqlite3'] };
    expect(calls(board, 'imports.remember', 'deployments.start').map(({ name, input }) => [name, (input as { settings: unknown }).settings])).toEqual([
      ['imports.remember', settings],
      ['deployments.start', settings],
    ]);
  });

  it('shows what is made of the server and sent to it, to the last byte, before anything is', async () => {
    const { board, user } = await opened();
    await user.click(screen.getByRole('button', { name: 'Exact changes' }));
    const dialog = within(await screen.findByRole('dialog', { name: 'What is made of stock-sync on fra-1' }));
    expect(await dialog.findByText('+ExecStart=/srv/forgeboard/stock-sync/slots/%i/venv/bin/uvicorn stock.main:app')).toBeTruthy();
    const tree = within(dialog.getByRole('region', { name: 'What travels' }));
    expect([tree.getByText('stock').closest('summary')?.textContent, tree.getByText('main.py')]).toEqual(['stock1 file, 3.9 KB', expect.anything()]);
    expect(calls(board, 'imports.preview')[0]?.input).toMatchObject({ host: 'fra-1', app: 'stock-sync', settings: { type: 'asgi', persist: ['cache.sqlite3', 'uploads'] } });
    expect(calls(board, 'deployments.start', 'variables.import')).toEqual([]);
  });

  it('of what is no app says why, and lets it be one all the same', async () => {
    const { user } = await opened({
      'imports.inspect': () => ({ ...inspection, app: false, type: 'none', reason: 'It is a library', entrypoint: null, alternatives: [], environment: [] }),
    });
    expect(screen.getByText(/It is a library/)).toBeTruthy();
    expect(deploy().getAttribute('aria-disabled')).toBe('true');
    await user.type(screen.getByLabelText('Starts with'), 'shop:app');
    expect(deploy().getAttribute('aria-disabled')).toBeNull();
  });

  it('comes back with what was put right where nothing began, and says why at the field', async () => {
    const { user } = await opened({
      'imports.inspect': () => ({ ...inspection, environment: [] }),
      'deployments.start': () => {
        throw new Failure('exists', 'An app called stock is on fra-1 already', { field: 'app' });
      },
    });
    await user.click(screen.getByRole('button', { name: 'stock.mock:app' }));
    await user.click(deploy());
    expect(await screen.findByText(/An app called stock is on fra-1 already/)).toBeTruthy();
    expect(((await screen.findByLabelText('Starts with')) as HTMLInputElement).value).toBe('stock.mock:app');
  });

  it('offers variables of .env that no code was seen to read, and leaves them where they are until asked', async () => {
    const { board, user } = await opened({ 'imports.inspect': () => ({ ...inspection, environment: [] }), 'imports.files': () => travelling });
    await user.click(await screen.findByLabelText(/Take over 4 more variables of .env/));
    await user.click(deploy());
    await waitFor(() => expect(calls(board, 'variables.import')).toHaveLength(1));
    expect(calls(board, 'variables.import')[0]?.input).toMatchObject({ only: ['DATABASE_URL', 'SUPPLIER_KEY', 'LOG_LEVEL', 'LEGACY_FLAG'] });
  });
});
