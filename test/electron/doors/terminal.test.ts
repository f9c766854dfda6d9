import { describe, expect, it } from 'vitest';
import { serveTerminal, type TerminalBytes } from '../../../electron/doors/ipc/terminal.ts';
import { settled, TestPort } from './port.ts';

function open() {
  const port = new TestPort();
  const said: string[] = [];
  let output: (bytes: Buffer) => void = () => {};
  let end: (how: { code: number | null; failure?: { message: string } }) => void = () => {};
  let recording: (now: { file: string | null; reason: string | null }) => void = () => {};
  const state = { paused: false, closed: false, size: '', recorded: false };
  const terminal: TerminalBytes = {
    write: (text) => void said.push(text),
    resize(columns, rows) {
      state.size = `${columns}x${rows}`;
    },
    onOutput(listener) {
      output = listener;
    },
    pause() {
      state.paused = true;
    },
    resume() {
      state.paused = false;
    },
    record(on) {
      state.recorded = on;
    },
    onRecording(listener) {
      recording = listener;
    },
    ended: new Promise((resolve) => {
      end = resolve;
    }),
    close() {
      state.closed = true;
    },
  };
  serveTerminal(port, terminal);
  const bytes = () => port.of('output').reduce((sum, message) => sum + (message.bytes as Uint8Array).length, 0);
  const text = () =>
    port
      .of('output')
      .map((message) => Buffer.from(message.bytes as Uint8Array).toString())
      .join('');
  return {
    port,
    said,
    state,
    bytes,
    text,
    output: (data: string | Buffer) => output(Buffer.from(data)),
    end: (how: Parameters<typeof end>[0]) => end(how),
    recording: (now: Parameters<typeof recording>[0]) => recording(now),
  };
}

describe('the port of a terminal', () => {
  it('says whether it is recorded, and takes the wish', async () => {
    const { port, state, recording } = open();
    port.say({ type: 'record', on: true });
    recording({ file: 'fra-1.log', reason: null });
    expect([state.recorded, port.received]).toEqual([true, [{ type: 'recording', file: 'fra-1.log', reason: null }]]);
  });

  it('brings keys and sizes there, and echoes back at once', async () => {
    const { port, said, state, output, text } = open();
    port.say({ type: 'keys', text: 'ls\r' });
    port.say({ type: 'size', columns: 120, rows: 40 });
    output('ls');
    await settled(1);
    expect([said, state.size, text()]).toEqual([['ls\r'], '120x40', 'ls']);
  });

  it('sends a flood in batches, stops reading at 2 MiB unread, and goes on at one and a half', async () => {
    const { port, state, bytes, output } = open();
    for (let part = 0; part < 64; part++) output(Buffer.alloc(32 * 1024, 'y'));
    await settled(10);
    expect(state.paused).toBe(true);
    expect(bytes()).toBe(2048 * 1024);
    expect(Math.max(...port.of('output').map((message) => (message.bytes as Uint8Array).length))).toBe(256 * 1024);
    // A view would bring the whole buffer behind it along.
    expect((port.of('output')[0]!.bytes as Uint8Array).buffer.byteLength).toBe(256 * 1024);
    port.say({ type: 'taken', bytes: 500 * 1024 });
    expect(state.paused).toBe(true);
    port.say({ type: 'taken', bytes: 12 * 1024 });
    expect(state.paused).toBe(false);
  });

  it('throws away what a flooding program printed when it is interrupted, but for the end', async () => {
    const { port, said, state, output, text } = open();
    for (let part = 0; part < 64; part++) output(Buffer.alloc(32 * 1024, 'y'));
    await settled(10);
    const before = text().length;
    port.say({ type: 'keys', text: '\u0003' });
    expect([said, state.paused]).toEqual([['\u0003'], false]);
    for (let part = 0; part < 10; part++) output(Buffer.alloc(32 * 1024, 'y'));
    output('^C\r\n$ ');
    await settled(60);
    const [dropped] = port.of('dropped');
    const rest = text().slice(before);
    expect(rest.endsWith('^C\r\n$ ')).toBe(true);
    expect(rest.length).toBeLessThanOrEqual(8 * 1024);
    expect((dropped!.bytes as number) + rest.length).toBe(10 * 32 * 1024 + 6);
    // From here on everything arrives again.
    output('done');
    await settled(10);
    expect(text().endsWith('done')).toBe(true);
  });

  it('throws nothing away on the alternate screen, nor where little is under way', async () => {
    const full = open();
    full.port.say({ type: 'alternate', on: true });
    for (let part = 0; part < 8; part++) full.output(Buffer.alloc(32 * 1024, 'y'));
    full.port.say({ type: 'keys', text: '\u0003' });
    full.output('redrawn');
    await settled(60);
    expect(full.port.of('dropped')).toEqual([]);
    expect(full.text().endsWith('redrawn')).toBe(true);
    const quiet = open();
    quiet.output('top');
    quiet.port.say({ type: 'keys', text: '\u0003' });
    await settled(60);
    expect(quiet.port.of('dropped')).toEqual([]);
  });

  it('ignores whatever else a page sends', async () => {
    const { port, said, state } = open();
    for (const strange of [
      null,
      1,
      'keys',
      {},
      { type: 'keys' },
      { type: 'keys', text: 7 },
      { type: 'size', columns: 1e9, rows: 3 },
      { type: 'taken', bytes: -1 },
      { type: 'exec', command: 'id' },
      new ArrayBuffer(3),
    ])
      port.say(strange);
    await settled();
    expect([said, state.closed]).toEqual([[], false]);
  });

  it('says how it ended, after all that was printed; and ends with its window', async () => {
    const { port, state, output, end } = open();
    output('bye');
    end({ code: 3 });
    await settled(10);
    expect(port.received.map(({ type }) => type)).toEqual(['output', 'ended']);
    expect(port.received[1]).toEqual({ type: 'ended', code: 3, reason: null, lost: false });
    port.close();
    expect(state.closed).toBe(true);
    const late = new TestPort();
    serveTerminal(late, undefined);
    expect(late.received).toMatchObject([{ type: 'ended', code: null }]);
  });
});
