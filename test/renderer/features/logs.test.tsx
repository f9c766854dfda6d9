import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it, vi } from 'vitest';
// A page that is loaded when it is opened: here before, so that nobody waits for it.
import '../../../renderer/features/logs/LogsPage.tsx';
import type { LogEntry } from '../../../shared/contract/logs.ts';
import { openWindow } from '../page.tsx';

const line = (text: string, more: object = {}): LogEntry => ({
  type: 'line',
  at: new Date(Date.now() - 60_000).toISOString(),
  level: 'info',
  process: 'web',
  slot: 'a',
  pid: 1,
  text,
  trace: false,
  release: 48,
  request: null,
  ...more,
});
const untilAborted = (signal: AbortSignal) => new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

it('a log has its filters decided on the server, goes back on demand, and goes on from its place when it broke', async () => {
  // Where nothing has a height no row is seen.
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(600);
  const asked: object[] = [];
  const back: object[] = [];
  let tell: (entry: LogEntry) => void = () => {};
  let fall: () => void = () => {};
  const board = openWindow('/hosts/fra-1/apps/shop-api/logs', {
    'logs.tail': async (input, { emit, signal }) => {
      asked.push(input);
      emit({ type: 'place', older: 'before', begun: false, newer: null });
      if (input.after === undefined) emit(line('first of all'));
      emit({ type: 'place', older: null, begun: false, newer: `behind ${asked.length}` });
      tell = emit;
      return Promise.race([untilAborted(signal), new Promise<never>((_, reject) => (fall = () => reject(new Error('it broke'))))]);
    },
    'logs.older': (input) => {
      back.push(input);
      return { lines: [line('of yesterday')], older: 'start', begun: true, reached: new Date().toISOString() };
    },
  });
  const user = userEvent.setup();
  await screen.findByText('first of all');
  expect(asked).toEqual([{ host: 'fra-1', app: 'shop-api', lines: 1000, follow: true }]);
  fireEvent.click(await screen.findByText('Older lines'));
  await screen.findByText('of yesterday');
  expect(back).toEqual([{ host: 'fra-1', app: 'shop-api', lines: 500, before: 'before' }]);
  expect(screen.getByText('Nothing older')).toBeTruthy();

  fireEvent.keyDown(screen.getByLabelText('Log'), { key: 'PageUp' });
  expect(screen.getByLabelText('Follow').getAttribute('aria-checked')).toBe('false');
  tell(line('that came'));
  fireEvent.click(await screen.findByText('1 newer line'));
  expect(screen.getByLabelText('Follow').getAttribute('aria-checked')).toBe('true');

  const row = (await screen.findByText('that came')).closest<HTMLElement>('.log-line') as HTMLElement;
  fireEvent.click(within(row).getByLabelText('Copy line'));
  await waitFor(() => expect(board.done.at(-1)).toMatch(/^copy .* info web that came$/));
  fireEvent.click(row);
  fireEvent.click(screen.getByText('of yesterday'), { shiftKey: true });
  fireEvent.click(await screen.findByText('Copy 3 lines'));
  await waitFor(() => expect(board.done.at(-1)?.split('\n')).toHaveLength(3));
  fireEvent.click(screen.getByLabelText('Save as a file'));
  await waitFor(() => expect(board.done.at(-1)).toBe('save 3 lines'));

  fall();
  await waitFor(() => expect(asked.at(-1)).toMatchObject({ after: 'behind 1' }), { timeout: 10_000 });
  expect(screen.getAllByText('first of all')).toHaveLength(1);

  await user.selectOptions(screen.getByLabelText('Source'), 'Requests');
  fireEvent.click(screen.getByText(/^Errors/, { selector: 'button' }));
  fireEvent.click(screen.getByText('Only these'));
  fireEvent.change(screen.getByLabelText('Only lines with this text'), { target: { value: 'Basket' } });
  await user.selectOptions(screen.getByLabelText('Status'), '5xx');
  await user.selectOptions(screen.getByLabelText('Time'), 'Last hour');
  await waitFor(() =>
    expect(asked.at(-1)).toEqual({ host: 'fra-1', app: 'shop-api', lines: 1000, follow: true, level: 'error', source: 'nginx:access', since: '1h', status: '5xx', grep: 'Basket' }),
  );
  await waitFor(() => expect(screen.queryByText('of yesterday')).toBeNull());
});
