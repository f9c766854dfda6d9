import { describe, expect, it } from 'vitest';
import { readRegistry, withEntry } from '../../../../shared/rules/registry.ts';
import { withSettings } from '../../../../shared/rules/registry/settings.ts';

/** As the original ForgeBoard wrote it, after some years of people. */
const original = `# The apps of fra-1. Ask Ana before you change ports.
version: 1
x-defaults: &defaults
    team: web

apps:
  # the shop, since 2023
  - name: "Shop"   # keeps its quotes
    slug: shop
    port: 8101   # ask first
    type: flask
    status: running
    domain:      # none yet
    path: /srv/shop
    virtualenv: /opt/shop/venv
    entry_point: 'app:app'
    owner: {team: web,   pager: 17}
    processes:
      # sends the mails
      mail: python mail.py   # one is enough

      sync: python sync.py --all
    # migrations take a minute
    before:
    - python migrate.py
    # after them
    - python warm.py   # best effort
    description: |
      The shop.

      Do not stop on Fridays.

    # end of shop

  - slug: blog
    <<: *defaults
    port: 8100
# end of list
settings:
    theme: dark
`;

const entryOf = (text: string, slug: string) => readRegistry(text).find((entry) => entry.slug === slug);
const lines = (text: string) => text.split('\n');
const gone = (before: string, after: string) => lines(before).filter((line) => !lines(after).includes(line));

describe('an edit of one entry', () => {
  it.each<[string, Record<string, unknown>, string[], string[]]>([
    ['a number, with the comment behind it', { port: 8150 }, ['    port: 8101   # ask first'], ['    port: 8150   # ask first']],
    [
      'what is quoted, in the same quotes',
      { name: 'Shop 2', entry_point: 'web:app' },
      ['  - name: "Shop"   # keeps its quotes', "    entry_point: 'app:app'"],
      ['  - name: "Shop 2"   # keeps its quotes', "    entry_point: 'web:app'"],
    ],
    ['a key that said nothing', { domain: 'shop.example' }, ['    domain:      # none yet'], ['    domain: shop.example      # none yet']],
    ['a new key, behind the last one', { memory: '512M' }, [], ['    memory: 512M']],
    ['a text that reads as a number', { python: '3.10' }, [], ['    python: "3.10"']],
    [
      'one process among several',
      { processes: { mail: 'python mail.py -v', sync: 'python sync.py --all' } },
      ['      mail: python mail.py   # one is enough'],
      ['      mail: python mail.py -v   # one is enough'],
    ],
    ['a process more', { processes: { mail: 'python mail.py', sync: 'python sync.py --all', tidy: 'python tidy.py' } }, [], ['      tidy: python tidy.py']],
    ['a process less', { processes: { sync: 'python sync.py --all' } }, ['      mail: python mail.py   # one is enough'], []],
    ['an item less and one more', { before: ['python migrate.py', 'python check.py'] }, ['    - python warm.py   # best effort'], ['    - python check.py']],
    [
      'a whole map out of it',
      { processes: null },
      ['    processes:', '      mail: python mail.py   # one is enough', '      # sends the mails', '      sync: python sync.py --all'],
      [],
    ],
    ['its first key', { name: null }, ['  - name: "Shop"   # keeps its quotes', '    slug: shop'], ['  -    # keeps its quotes', '    slug: shop']],
    ['a block of text', { description: 'The shop' }, ['    description: |', '      The shop.', '      Do not stop on Fridays.'], ['    description: The shop']],
    ['a list that it had in brackets', { owner: ['web', '17'] }, ['    owner: {team: web,   pager: 17}'], ['    owner: [web, "17"]']],
  ])('changes %s and nothing else', (_what, changes, before, after) => {
    const edited = withSettings(original, 'shop', changes);
    for (const [key, value] of Object.entries(changes)) expect(entryOf(edited, 'shop')?.[key]).toEqual(value ?? undefined);
    const [was, is] = [gone(original, edited), gone(edited, original)];
    expect(was.filter((line) => !before.includes(line))).toEqual([]);
    expect(is.filter((line) => !after.includes(line))).toEqual([]);
    expect(entryOf(edited, 'blog')).toEqual(entryOf(original, 'blog'));
  });

  it('is taken back to the very same bytes', () => {
    for (const [change, back] of [
      [
        { memory: '1G', processes: { mail: 'x', sync: 'python sync.py --all' } },
        { memory: null, processes: { mail: 'python mail.py', sync: 'python sync.py --all' } },
      ],
      [{ schedules: { nightly: { at: '0 3 * * *', command: 'python nightly.py' } } }, { schedules: null }],
      [{ domain: 'a.example', workers: 4 }, { workers: null }],
    ]) {
      const edited = withSettings(original, 'shop', change as Record<string, unknown>);
      const undone = withSettings(edited, 'shop', back as Record<string, unknown>);
      expect(undone.replace('domain: a.example', 'domain:')).toBe(original);
    }
  });

  it.each([
    ['an entry in braces', 'apps:\n  - {slug: a, port: 8100}\n', { port: 1 }],
    ['a value that another place refers to', 'apps:\n  - slug: a\n    port: &p 8100\n  - slug: b\n    port: *p\n', { port: 8105 }],
    ['an anchor that another place needs', 'apps:\n  - slug: a\n    port: &p 8100\n  - slug: b\n    port: *p\n', { port: null }],
    ['a key in the long form', 'apps:\n  - slug: a\n    ? port\n    : 8100\n', { port: 8105 }],
  ])('refuses %s', (_what, text, changes) => {
    expect(() => withSettings(text, 'a', changes)).toThrow(/could not be edited without changing something else/);
  });

  it('says when there is no such entry', () => {
    expect(() => withSettings(original, 'nobody', { port: 1 })).toThrow(/no entry of nobody/);
  });

  it('leaves what is so already', () => {
    expect(withSettings(original, 'shop', { port: 8101, memory: null, before: ['python migrate.py', 'python warm.py'] })).toBe(original);
  });
});

/** Small and the same each time (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const keys = ['name', 'port', 'type', 'status', 'domain', 'path', 'virtualenv', 'entry_point', 'description', 'memory', 'workers', 'before', 'processes', 'owner'];

/** A registry as people write them, and the lines of each entry's keys. */
function written(next: () => number): { text: string; slugs: string[]; ending: string } {
  const pick = <T>(from: readonly T[]) => from[Math.floor(next() * from.length)] as T;
  const maybe = (text: string, share = 0.3) => (next() < share ? text : '');
  const ending = pick(['\n', '\n', '\r\n']);
  const outer = ' '.repeat(pick([0, 1, 2, 4]));
  const gap = ' '.repeat(pick([1, 1, 3]));
  const inner = `${outer} ${gap}`;
  const comment = () => maybe(`${pick([' ', '   '])}# ${pick(['why', 'a: b', '- x', "don't"])}`);
  const value = (key: string): string[] => {
    const deep = `${inner}${' '.repeat(pick([1, 2, 4]))}`;
    switch (key) {
      case 'port':
        return [`${8100 + Math.floor(next() * 500)}${comment()}`];
      case 'workers':
        return [`${pick(['', '!!int '])}${1 + Math.floor(next() * 8)}${comment()}`];
      case 'before':
        return pick([[`[python a.py,  "python b.py"]${comment()}`], [comment(), `${pick([inner, deep])}- python a.py${comment()}`]]);
      case 'processes':
        return pick([[`{mail: python m.py}${comment()}`], [comment(), `${deep}mail: python m.py${comment()}`, `${deep}# between`, `${deep}sync: "python s.py"`]]);
      case 'description':
        return pick([[`it's fine${comment()}`], ['|', `${deep}two`, '', `${deep}lines`], ['>-', `${deep}folded`], [`first${ending}${deep}second`]]);
      case 'owner':
        return [`{team: web,   pager: 17}${comment()}`];
      case 'domain':
        return [pick(['', 'a.example', '~', 'null', '"b.example"']) + comment()];
      default:
        return [pick(['plain', '"double"', "'single'", '&anchor-KEY some', 'a b  c']).replace('KEY', `${key}-${Math.floor(next() * 1e9)}`) + comment()];
    }
  };
  const slugs = ['one', 'two', 'three'].slice(0, 1 + Math.floor(next() * 3));
  const out = [maybe('# head'), maybe('version: 1'), 'apps:'];
  for (const slug of slugs) {
    const own = ['slug', ...keys.filter(() => next() < 0.5)].sort(() => next() - 0.5);
    own.forEach((key, at) => {
      if (next() < 0.15) out.push(pick(['', `${inner}# own line`]));
      const [first = '', ...more] = key === 'slug' ? [slug] : value(key);
      out.push(`${at === 0 ? `${outer}-${gap}` : inner}${key}:${first === '' ? '' : ' '}${first}`, ...more);
    });
    if (next() < 0.3) out.push('', `${outer}# next`);
  }
  out.push(maybe('settings:   {theme: dark}'), maybe('# end'));
  return { text: `${out.filter((line, at) => line !== '' || at > 2).join(ending)}${maybe(ending, 0.8)}`, slugs, ending };
}

describe('any registry', () => {
  it('keeps every byte outside the edited key', () => {
    let edits = 0;
    let refused = 0;
    for (let seed = 1; seed <= 800; seed += 1) {
      const next = random(seed);
      const { text, slugs, ending } = written(next);
      let known: ReturnType<typeof readRegistry>;
      try {
        known = readRegistry(text);
      } catch {
        continue; // An odd mixture that is no registry.
      }
      const slug = slugs[Math.floor(next() * slugs.length)] as string;
      const key = keys[Math.floor(next() * keys.length)] as string;
      const values = [null, 'x', 'a: b # c', '3.10', 7, ['python a.py', 'z'], { mail: 'python m.py', new: 'y' }, 'two\nlines'];
      const value = values[Math.floor(next() * values.length)];
      let edited: string;
      try {
        edited = withSettings(text, slug, { [key]: value });
      } catch (error) {
        expect(String(error), `seed ${seed}`).toContain('could not be edited');
        refused += 1;
        continue;
      }
      edits += 1;
      const expected = structuredClone(known).map((entry) => (entry.slug === slug ? { ...entry, [key]: value } : entry));
      if (value === null) for (const entry of expected) if (entry.slug === slug) delete (entry as Record<string, unknown>)[key];
      expect(readRegistry(edited), `seed ${seed}:\n${text}`).toEqual(expected);
      const [from, to, isFirst] = regionOf(text, slug, key);
      const tail = text.length - to;
      expect(edited.slice(0, from), `seed ${seed}:\n${text}\n->\n${edited}`).toBe(text.slice(0, from));
      expect(edited.slice(edited.length - tail), `seed ${seed}:\n${text}\n->\n${edited}`).toBe(text.slice(to));
      const put = edited.slice(from, edited.length - tail);
      // Comments behind the value and on lines of their own are not the key's.
      if (!isFirst) for (const line of ownComments(text.slice(from, to))) expect(put, `seed ${seed}:\n${text}\n->\n${edited}`).toContain(line);
      if (ending === '\r\n') expect(put.replaceAll('\r\n', ''), `seed ${seed}`).not.toContain('\n');
    }
    expect(edits).toBeGreaterThan(500);
    expect(refused).toBeLessThan(edits / 10);
  });

  /** Where a key of an entry is, up to the next key or entry; behind the entry's last one where it has no such key. */
  function regionOf(text: string, slug: string, key: string): [from: number, to: number, isFirst: boolean] {
    const others = ['slug', ...keys].join('|');
    const starts = [...text.matchAll(new RegExp(`^[ ]*(-[ ]+)?(${others}|settings):`, 'gm'))].map((match) => ({
      at: match.index,
      isFirst: match[1] !== undefined,
      key: match[2],
      text: match[0],
    }));
    let first = text === '' ? 0 : starts.map(({ at, isFirst }) => isFirst && at <= text.search(new RegExp(`slug: ${slug}\\b`))).lastIndexOf(true);
    let last = first + 1;
    while (last < starts.length && !starts[last]?.isFirst && starts[last]?.key !== 'settings') last += 1;
    const end = (index: number) => starts[index]?.at ?? text.length;
    for (; first < last; first += 1) {
      if (starts[first]?.key !== key) continue;
      const isFirst = starts[first]?.isFirst === true;
      // The key behind the dash takes the spaces before the next one with it.
      return [end(first), isFirst ? end(first + 1) + (/\s*/.exec(starts[first + 1]?.text ?? '')?.[0].length ?? 0) : end(first + 1), isFirst];
    }
    return [end(last - 1), end(last), false];
  }

  const ownComments = (part: string) => part.split(/\r?\n/).filter((line) => /^[ ]*# (?:own|next|end)/.test(line));

  it('is edited after an entry was added to it', () => {
    const text = withEntry('', { slug: 'a', port: 8100 });
    expect(withSettings(text, 'a', { domains: ['a.example', 'b.example'] })).toBe('apps:\n  - slug: a\n    port: 8100\n    domains:\n      - a.example\n      - b.example\n');
  });
});
