import { expect, it } from 'vitest';
import { logShell, terminalLine } from '../../../electron/engine/log-shell.ts';
import type { LogContext } from '../../../electron/engine/log-reading.ts';
import type { LogEntry } from '../../../shared/contract/logs.ts';
import { Failure } from '../../../shared/errors.ts';

const line = (text: string): LogEntry => ({
  type: 'line',
  at: '2026-11-28T01:02:03.456Z',
  level: 'error',
  process: 'worker',
  slot: 'a',
  pid: 1,
  text,
  trace: false,
  release: 1,
  request: null,
});

it('shows a line without letting it act on the terminal', () => {
  const shown = terminalLine(line('a\u001b]52;c;aGk=\u0007b\u202e'));
  expect(shown).toBe('\u001b[2m01:02:03.456 worker\u001b[0m \u001b[31ma\\u{1b}]52;c;aGk=\\u{7}b\\u{202e}\u001b[0m\r\n');
  expect(terminalLine({ type: 'left-out', reason: 'rate', at: '', lines: 12_400, bytes: 2_100_000 })).toContain('12,400 lines were left out here, 2.1 MB');
});

it('holds the log back while the terminal takes no more, and ends with Ctrl-C', async () => {
  let told = 0;
  const until = (context: LogContext) => new Promise<never>((_, reject) => context.signal.addEventListener('abort', () => reject(new Failure('cancelled', 'Cancelled'))));
  const shell = logShell(async (context) => {
    for (const text of ['one', 'two', 'three']) {
      await context.emit(line(text));
      told += 1;
    }
    return until(context);
  });
  let heard = '';
  await Promise.resolve();
  shell.pause();
  shell.onOutput((bytes) => {
    heard += bytes.toString();
    if (bytes.includes('two')) shell.pause();
  });
  shell.resume();
  await new Promise(setImmediate);
  expect(heard).toContain('two');
  expect(heard).not.toContain('three');
  expect(told).toBe(1);
  shell.resume();
  await new Promise(setImmediate);
  expect(told).toBe(3);
  shell.write('x');
  shell.write('\u0003');
  expect(await shell.ended).toEqual({ code: 0 });
});

it('says why it ended by itself', async () => {
  const shell = logShell(() => Promise.reject(new Failure('not-found', 'There is no app called shop')));
  expect(await shell.ended).toMatchObject({ code: null, failure: { message: 'There is no app called shop' } });
});
