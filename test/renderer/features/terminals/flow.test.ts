import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Flow } from '../../../../renderer/features/terminals/flow.ts';

/** A screen that draws when the test says: what xterm does in its own time. */
function open() {
  const pieces: (string | Uint8Array)[] = [];
  const waiting: (() => void)[] = [];
  let taken = 0;
  const flow = new Flow(
    {
      write(piece: string | Uint8Array, drawn: () => void) {
        // Its room is used again when it was drawn.
        pieces.push(typeof piece === 'string' ? piece : piece.slice());
        waiting.push(drawn);
      },
    } as never,
    (bytes) => {
      taken += bytes;
    },
  );
  const text = () => pieces.map((piece) => (typeof piece === 'string' ? piece : new TextDecoder().decode(piece))).join('');
  const say = (output: string | number[]) => flow.add(typeof output === 'string' ? new TextEncoder().encode(output) : Uint8Array.from(output));
  /** Draws piece by piece until nothing is left. */
  const draw = async () => {
    for (let none = 0; none < 3; ) {
      const next = waiting.shift();
      next?.();
      none = next === undefined ? none + 1 : 0;
      await vi.advanceTimersByTimeAsync(50);
    }
  };
  return { flow, pieces, text, say, draw, drawOne: () => waiting.shift()?.(), taken: () => taken };
}

describe('output on its way to a screen', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is drawn at once where there is little, and piece by piece where there is much, and all of it is told', async () => {
    const { flow, pieces, say, draw, taken } = open();
    flow.focus(true);
    say('$ ');
    expect(pieces.length).toBe(1);
    for (let part = 0; part < 40; part += 1) say('y'.repeat(32_768));
    // The first is not drawn yet.
    expect(pieces.length).toBe(1);
    await draw();
    expect(taken()).toBe(2 + 40 * 32_768);
    expect(pieces.every(({ length }) => length <= 1024 * 1024)).toBe(true);
  });

  it('is text however it was cut, with a mark for what is none', async () => {
    const { flow, text, say, draw } = open();
    flow.focus(true);
    for (const byte of new TextEncoder().encode('a€b grün 🙂')) {
      say([byte]);
      await draw();
    }
    say([0xff, 0x41]);
    say('plain');
    await draw();
    expect(text()).toBe('a€b grün 🙂\ufffdAplain');
  });

  it('after Ctrl-C in a flood is thrown away until the other side says that its end has come, and counted', async () => {
    const { flow, pieces, text, say, draw, taken } = open();
    flow.focus(true);
    for (let part = 0; part < 8; part += 1) say('y'.repeat(32_768));
    flow.interrupt();
    say('still of before');
    await draw();
    const [first] = pieces;
    expect(pieces.length).toBe(1);
    expect(taken()).toBe(8 * 32_768 + 15);
    expect(flow.resume()).toBe(8 * 32_768 + 15 - (first?.length ?? 0));
    say('^C\r\n$ ');
    await draw();
    expect(text().endsWith('^C\r\n$ ')).toBe(true);
    expect(flow.resume()).toBe(0);
  });

  it('after Ctrl-C where there is little is drawn', async () => {
    const { flow, text, say, draw } = open();
    flow.focus(true);
    say('a line\r\n');
    flow.interrupt();
    say('^C\r\n');
    await draw();
    expect(text()).toBe('a line\r\n^C\r\n');
  });

  it('of a pane without the keys takes small slices, one a frame, and all at once where its shell ends', async () => {
    const { flow, pieces, say, drawOne, draw } = open();
    for (let part = 0; part < 8; part += 1) say('y'.repeat(32_768));
    for (let frame = 0; frame < 3; frame += 1) {
      drawOne();
      await vi.advanceTimersByTimeAsync(16);
    }
    expect(pieces.map(({ length }) => length)).toEqual([16_384, 16_384, 16_384, 16_384]);
    flow.drawAll();
    expect(pieces.at(-1)?.length).toBe(8 * 32_768 - 4 * 16_384);
    await draw();
  });
});
