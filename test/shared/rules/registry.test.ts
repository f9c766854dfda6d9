import { describe, expect, it } from 'vitest';
import { entryText, freePort, readRegistry, withEntry, withEntryText, withoutEntry } from '../../../shared/rules/registry.ts';

const original = `# The apps of fra-1. Ask Ana before you change ports.
version: 1

apps:
  # the shop, since 2023
  - name: "Shop"   # keeps its quotes
    slug: shop
    port: 8101
    type: flask
    virtualenv: /opt/shop/venv
    owner: {team: web,   pager: 17}

  - slug: blog
    port: 8100
# end of list
settings:
    theme: dark
`;
const shop2 = { slug: 'shop-2', name: 'shop-2', type: 'wsgi', port: 8102, entry_point: 'app:app' };

describe('apps.yml', () => {
  it('gains an app while every other byte stays', () => {
    const edited = withEntry(original, shop2);
    expect(readRegistry(edited).map(({ slug }) => slug)).toEqual(['shop', 'blog', 'shop-2']);
    const added = edited.split('\n').filter((line) => !original.split('\n').includes(line));
    expect(added).toHaveLength(5);
    expect(
      edited
        .split('\n')
        .filter((line) => !added.includes(line))
        .join('\n'),
    ).toBe(original);
  });

  it('loses what was added and is byte for byte what it was', () => {
    expect(withoutEntry(withEntry(original, shop2), 'shop-2')).toBe(original);
  });

  it('gets an entry back as it was, comments and all, while every other byte stays', () => {
    const shop = entryText(original, 'shop') ?? '';
    expect(shop).toContain('# keeps its quotes');
    const edited = original.replace('port: 8101', 'port: 8150').replace('owner: {team: web,   pager: 17}', 'owner: nobody');
    expect(withEntryText(edited, 'shop', shop)).toBe(original);
    expect(withEntryText('apps:\n- slug: shop\n', 'shop', shop)).toContain('  name: "Shop"'.trim());
    expect(readRegistry(withEntryText(withoutEntry(original, 'shop'), 'shop', shop)).map(({ slug }) => slug)).toEqual(['blog', 'shop']);
    expect(entryText(original, 'nobody')).toBeNull();
    expect(() => withEntryText(original, 'blog', shop)).toThrow(/blog/);
  });

  it.each(['', '# only words\n', 'apps:\n', 'apps: []\n', 'apps: ~\n', 'x: 1', 'apps:\n- slug: a\n', 'apps:\n- slug: a'])('takes a first or second app into %j', (text) => {
    const before = readRegistry(text);
    const edited = withEntry(text, shop2);
    expect(readRegistry(edited)).toEqual([...before, shop2]);
    for (const line of text.split('\n').filter((each) => each.startsWith('#') || each.startsWith('x'))) expect(edited).toContain(line);
  });

  it('is left with an empty list when its last app goes', () => {
    expect(readRegistry(withoutEntry('apps:\n  - slug: a\n    port: 8100\n', 'a'))).toEqual([]);
  });

  it.each([
    ['apps:\n\t- slug: a\n', /apps\.yml:2:/],
    ['apps:\n  - slug: a\n    slug: b\n', /apps\.yml:3:/],
    ['apps: 7\n', /apps/],
    ['apps:\n  - port: no\n', /slug|port/],
    [`a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefgh'].map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[index]}`).join(',')}]`).join('\n')}\n`, /alias/i],
    ['x'.repeat(1_000_001), /larger than 1 MB/],
  ])('is refused with its place when it is broken: %j', (text, message) => {
    expect(() => readRegistry(text)).toThrow(message);
  });

  it('gives the first free port from 8100 on', () => {
    expect(freePort([])).toBe(8100);
    expect(freePort(readRegistry(original))).toBe(8102);
  });
});
