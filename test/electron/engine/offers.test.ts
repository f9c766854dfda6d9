import { describe, expect, it } from 'vitest';
import { type Offered, Offers } from '../../../electron/engine/offers.ts';
import type { Scan } from '../../../electron/engine/scan.ts';

const scanOf = (...keys: string[]): Scan => ({ folder: '/x', files: keys.map((key) => ({ path: key, key, size: 10 })), leftOut: [], bytes: 0 }) as unknown as Scan;
const offered = { missing: [], partial: {}, registry: { text: 'apps: []\n', digest: 'r' }, applied: { spec: {}, entry: null, digest: 'a' }, remembered: false } satisfies Offered;

describe('what a host said it has', () => {
  it('is remembered of one app on one host, with every content that it has since', () => {
    const offers = new Offers();
    offers.remember('box', 'shop', offered, ['one', 'two']);
    expect(offers.recall('box', 'shop', scanOf('one', 'three', 'three'), 100)).toMatchObject({
      missing: ['three'],
      registry: offered.registry,
      applied: offered.applied,
      remembered: true,
    });
    expect(offers.recall('box', 'other', scanOf('one'), 100)).toBeUndefined();
    expect(offers.recall('other', 'shop', scanOf('one'), 100)).toBeUndefined();
    offers.forget('box', 'shop');
    expect(offers.recall('box', 'shop', scanOf('one'), 100)).toBeUndefined();
  });

  it('is asked for where a lot is new, since a part of it may be there, and of an app that was new', () => {
    const offers = new Offers();
    offers.remember('box', 'shop', offered, ['one']);
    expect(offers.recall('box', 'shop', scanOf('one', 'two', 'three'), 19)).toBeUndefined();
    expect(offers.recall('box', 'shop', scanOf('one', 'two', 'three'), 20)).toBeDefined();
    offers.remember('box', 'shop', { ...offered, applied: null }, ['one']);
    expect(offers.recall('box', 'shop', scanOf('one'), 100)).toBeUndefined();
  });

  it('is forgotten of the apps that were deployed longest ago', () => {
    const offers = new Offers();
    for (let number = 0; number < 60; number += 1) offers.remember('box', `app${number}`, offered, []);
    expect([offers.recall('box', 'app0', scanOf(), 1), offers.recall('box', 'app59', scanOf(), 1)]).toEqual([undefined, expect.anything()]);
  });
});
