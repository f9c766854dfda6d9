import { describe, expect, it } from 'vitest';
import { recorded } from '../../../electron/engine/recording.ts';
import type { Shell } from '../../../electron/ssh/shell.ts';
import type { SessionLog } from '../../../electron/store/session-logs.ts';

/** A disk that is as slow or full as the test says: a real one is not so on demand. */
function open() {
  const state = { paused: false, written: '', slow: false, closed: false };
  let output: (bytes: Buffer) => void = () => {};
  let drain = () => {};
  let fail: (reason: string) => void = () => {};
  let end: (how: { code: number | null }) => void = () => {};
  const shell: Shell = {
    write: () => {},
    resize: () => {},
    onOutput(listener) {
      output = listener;
    },
    pause() {
      state.paused = true;
    },
    resume() {
      state.paused = false;
    },
    ended: new Promise((resolve) => {
      end = resolve;
    }),
    close: () => {},
  };
  const log: SessionLog = {
    name: 'fra-1.log',
    write(text) {
      state.written += text;
      return !state.slow;
    },
    onDrain(listener) {
      drain = listener;
    },
    onFailure(listener) {
      fail = listener;
    },
    async close() {
      state.closed = true;
    },
  };
  const made = recorded(shell, { host: 'fra-1', app: null }, async () => log);
  let seen = '';
  made.onOutput((bytes) => {
    seen += bytes.toString();
  });
  const told: unknown[] = [];
  made.onRecording((recording) => void told.push(recording));
  return {
    shell: made,
    state,
    told,
    seen: () => seen,
    say: (text: string) => output(Buffer.from(text)),
    drain: () => drain(),
    fail: (reason: string) => fail(reason),
    end: () => end({ code: 0 }),
  };
}

describe('the record of a terminal', () => {
  it('lets the shell wait while the disk is slower, and beside it while the page is', async () => {
    const { shell, state, say, drain } = open();
    await shell.record(true);
    state.slow = true;
    say('one\r\n');
    expect(state.paused).toBe(true);
    shell.pause();
    drain();
    expect(state.paused).toBe(true);
    shell.resume();
    expect(state.paused).toBe(false);
  });

  it('ends with the reason where the disk refuses, and the terminal goes on', async () => {
    const { shell, state, told, seen, say, fail } = open();
    await shell.record(true);
    state.slow = true;
    say('one\r\n');
    fail('the disk is full');
    say('two\r\n');
    expect([told, seen(), state.paused, state.closed]).toEqual([
      [
        { file: 'fra-1.log', reason: null },
        { file: null, reason: 'the disk is full' },
      ],
      'one\r\ntwo\r\n',
      false,
      true,
    ]);
    expect(state.written).not.toContain('two');
  });

  it('ends with its shell, with what stood on the last line', async () => {
    const { shell, state, say, end } = open();
    await shell.record(true);
    say('logout');
    end();
    await shell.ended;
    await Promise.resolve();
    expect(state.written).toMatch(/^# fra-1, from \S+\nlogout\n# until \S+\n$/);
    expect(state.closed).toBe(true);
  });
});
