import { describe, expect, it, vi } from 'vitest';
import { Flow } from '../../../../renderer/features/terminals/flow.ts';

/** A terminal that draws when it is told to, and what the flow said of it. */
function open() {
  const waiting: { text: string; done?: () => void }[] = [];
  const said = { taken: 0, thrown: 0, text: '' };
  const flow = new Flow(
    { write: (text, done) => void waiting.push({ text: String(text), ...(done !== undefined && { done }) }) },
    (bytes) => {
      said.taken += bytes;
    },
    (bytes) => {
      said.thrown += bytes;
    },
  );
  const draw = (): boolean => {
    const next = waiting.shift();
    said.text += next?.text ?? '';
    next?.done?.();
    return next !== undefined;
  };
  return { flow, waiting, said, draw };
}

const mega = 1024 * 1024;

describe('output on its way to the screen', () => {
  it('is drawn whole and in order in the pane with the focus, a few pieces at a time', () => {
    const { flow, waiting, said, draw } = open();
    flow.focus(true);
    const all = Buffer.from(Array.from({ length: 400_000 }, (_none, line) => `${line}€\n`).join(''));
    for (let from = 0; from < all.length; from += 65_000) flow.add(all.subarray(from, from + 65_000));
    // What the terminal has could not be thrown away any more.
    expect(waiting.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0)).toBeLessThanOrEqual(mega / 2);
    while (draw());
    expect(said.text).toBe(all.toString());
    expect(said.taken).toBe(all.length);
  });

  it('throws away what is not with the terminal yet for a Ctrl-C, and says how much', () => {
    const { flow, waiting, said, draw } = open();
    flow.focus(true);
    for (let part = 0; part < 64; part++) flow.add(new Uint8Array(64 * 1024).fill(121));
    const drawing = waiting.reduce((sum, { text }) => sum + text.length, 0);
    flow.interrupt();
    expect(said.thrown).toBe(4 * mega - drawing);
    while (draw());
    expect([said.text.length, said.taken]).toEqual([drawing, drawing]);
    // A little is no flood: it is what a person wants to see.
    flow.add(Buffer.from('^C\r\n$ '));
    flow.interrupt();
    while (draw());
    expect(said.text.endsWith('^C\r\n$ ')).toBe(true);
  });

  it('is drawn in slices where the pane has no focus, and at once when it gets it', () => {
    vi.useFakeTimers();
    try {
      const { flow, waiting, said, draw } = open();
      flow.add(new Uint8Array(100 * 1024).fill(121));
      expect(waiting).toEqual([]);
      vi.advanceTimersByTime(16);
      expect(waiting.map(({ text }) => text.length)).toEqual([16 * 1024]);
      vi.advanceTimersByTime(16);
      expect(waiting.map(({ text }) => text.length)).toEqual([16 * 1024, 16 * 1024]);
      flow.focus(true);
      while (draw());
      expect(said.taken).toBe(100 * 1024);
    } finally {
      vi.useRealTimers();
    }
  });
});
