import { describe, expect, it } from 'vitest';
import { dividersOf, type Layout, neighbour, panesOf, placesOf, readLayout, resized, splitAt, without } from '../../../renderer/lib/layout.ts';

/** 1 at the left; at the right 2 above 3. */
const three: Layout = splitAt(splitAt(1, 1, 'beside', 2), 2, 'below', 3);
const four = splitAt(three, 1, 'below', 4);

describe('panes', () => {
  it('share the room as they were split, without a gap', () => {
    const places = placesOf(four);
    expect(places.map(({ pane, place }) => [pane, place.left, place.top, place.width, place.height])).toEqual([
      [1, 0, 0, 0.5, 0.5],
      [4, 0, 0.5, 0.5, 0.5],
      [2, 0.5, 0, 0.5, 0.5],
      [3, 0.5, 0.5, 0.5, 0.5],
    ]);
    expect(dividersOf(three).map(({ way, path, within }) => [way, path, within.left])).toEqual([
      ['beside', [], 0],
      ['below', [1], 0.5],
    ]);
  });

  it('give their place to their neighbour when they close', () => {
    expect(without(four, 4)).toEqual(three);
    expect(placesOf(without(three, 1)!).map(({ pane, place }) => [pane, place.width])).toEqual([
      [2, 1],
      [3, 1],
    ]);
    expect(without(1, 1)).toBeNull();
    expect(panesOf(without(four, 9)!)).toEqual(panesOf(four));
  });

  it('are reached by direction, and the last one keeps the keys', () => {
    expect(neighbour(three, 3, 'left')).toBe(1);
    expect(neighbour(three, 3, 'up')).toBe(2);
    expect(neighbour(four, 3, 'left')).toBe(4);
    expect(neighbour(four, 4, 'down')).toBe(4);
    expect(neighbour(four, 1, 'up')).toBe(1);
  });

  it('keep a part of the room that can be read', () => {
    expect(dividersOf(resized(three, [1], 0.7)).map(({ share }) => share)).toEqual([0.5, 0.7]);
    expect(dividersOf(resized(three, [], 3)).map(({ share }) => share)[0]).toBe(0.9);
  });

  it.each<[unknown, number[]]>([
    [{ ...(three as object), share: 'half' }, [1, 2, 3]],
    [{ ...(three as object), share: 1 }, [1, 2, 3]],
    [{ ...(three as object), way: 'over' }, [1, 2, 3]],
    [{ ...(three as object), second: null }, [1, 2, 3]],
    [three, [1, 2]],
    [splitAt(1, 1, 'below', 1), [1, 2]],
    ['1', [1]],
  ])('that were not written down whole are not restored: %j', (written, panes) => {
    expect(readLayout(JSON.parse(JSON.stringify(written)), panes)).toBeNull();
    expect(readLayout(JSON.parse(JSON.stringify(four)), [4, 3, 2, 1])).toEqual(four);
  });
});
