import { describe, expect, it } from 'vitest';
import { each, type Job, partName, pump, resumedAt } from '../../../../electron/engine/files/copying.ts';

const chunk = 128 * 1024;
const job = (name: string): Job => ({ from: name, to: name, size: 1, mode: 0o644, modified: 1 });
const never = new AbortController().signal;

describe('pump', () => {
  it('moves every byte once, with several chunks on the way and no more than 32', async () => {
    const seen: [number, number][] = [];
    let open = 0;
    let most = 0;
    await pump(3, 100 * chunk + 7, never, async (at, length) => {
      most = Math.max(most, ++open);
      seen.push([at, length]);
      await new Promise((resolve) => setImmediate(resolve));
      open -= 1;
    });
    let next = 3;
    for (const [at, length] of seen) {
      expect(at).toBe(next);
      next += length;
    }
    expect(next).toBe(100 * chunk + 7);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(32);
  });

  it('never has done more than 32 chunks beyond one that is not done, so a cut copy goes on before the first hole', async () => {
    let highest = 0;
    let release: () => void = () => {};
    const work = pump(0, 100 * chunk, never, async (at, length) => {
      if (at === 10 * chunk) await new Promise<void>((resolve) => (release = resolve));
      else highest = Math.max(highest, at + length);
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(resumedAt(highest, 100 * chunk)).toBeLessThanOrEqual(10 * chunk);
    release();
    await work;
    expect(highest).toBe(100 * chunk);
  });

  it('ends with the first failure, after what was on the way', async () => {
    let open = 0;
    const work = pump(0, 50 * chunk, never, async (at) => {
      open += 1;
      await new Promise((resolve) => setImmediate(resolve));
      open -= 1;
      if (at === 5 * chunk) throw new Error('no room');
    });
    await expect(work).rejects.toThrow('no room');
    expect(open).toBe(0);
  });
});

describe('each', () => {
  it('does all, and ends the others at the first failure', async () => {
    const done: string[] = [];
    await each(['a', 'b', 'c'].map(job), 1, never, async ({ from }) => void done.push(from));
    expect(done).toEqual(['a', 'b', 'c']);
    const ended = each(['a', 'b'].map(job), 2, never, ({ from }, signal) =>
      from === 'a' ? Promise.reject(new Error('no room')) : new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('ended')))),
    );
    await expect(ended).rejects.toThrow('no room');
  });
});

it('names a part by its content: another size or time is another part', () => {
  const { from: _from, ...facts } = job('a');
  expect(partName('a', { ...facts, from: 'x' })).toBe(partName('a', { ...facts, from: 'y' }));
  expect(partName('a', { ...facts, from: 'x', size: 2 })).not.toBe(partName('a', { ...facts, from: 'x' }));
  expect(partName('é'.repeat(120), job('a')).length).toBeLessThan(60);
});
