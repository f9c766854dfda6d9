import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { domainRule, domainSettings, domainsOf, pointsOf, tidyDomain } from '../../../shared/rules/domains.ts';

const cases = JSON.parse(readFileSync(new URL('../../cases/domains.json', import.meta.url), 'utf8')) as { accept: string[]; refuse: { value: string; says: string }[] };

describe('a domain', () => {
  it.each(cases.accept)('is %s', (value) => {
    expect(domainRule(value)).toBeNull();
  });
  it.each(cases.refuse)('is not $value', ({ value, says }) => {
    expect(domainRule(value)).toContain(says);
  });
});

describe('what is pasted', () => {
  it.each([
    ['https://x.com/', 'x.com', ['https://', '/']],
    ['http://user:pw@Shop.Example.com:8080/cart?x=1#y', 'shop.example.com', ['http://', 'user:pw@', ':8080', '/cart?x=1#y']],
    ['  shop.example.com. ', 'shop.example.com', []],
    ['shop.example.com/admin', 'shop.example.com', ['/admin']],
    ['münchen.de', 'münchen.de', []],
    ['x.com; return 301', 'x.com; return 301', []],
    ['https://', 'https://', []],
  ])('%j is tidied', (typed, domain, dropped) => {
    expect(tidyDomain(typed)).toEqual({ domain, dropped });
  });
  it('keeps what is hostile in it for the rule to refuse', () => {
    for (const typed of ['x.com\n', 'x.com;', 'x.com\nlisten 80;', 'a b.com', '$host', '_']) expect(domainRule(tidyDomain(typed).domain), typed).not.toBeNull();
  });
});

describe('a domain leads', () => {
  const own = ['203.0.113.17', '2001:db8::17'];
  it.each([
    ['here', ['203.0.113.17']],
    ['here', ['2001:DB8::17', '::ffff:203.0.113.17']],
    ['partly', ['203.0.113.17', '2001:db8::99']], // the record of one kind was forgotten
    ['elsewhere', ['198.51.100.4']],
    ['nowhere', []],
    ['unknown', null],
  ])('%s where it resolves to %j', (points, addresses) => {
    expect(pointsOf(addresses, own)).toBe(points);
  });
});

describe('the domains of an entry', () => {
  it('are those of the original registry and of a list, each once', () => {
    expect(domainsOf({ domain: 'Shop.example', domains: ['www.shop.example', 'shop.example'] }, 'apps.yml')).toEqual(['shop.example', 'www.shop.example']);
    for (const entry of [{}, { domain: null }, { domain: '' }, { domains: null }, { domains: [] }]) expect(domainsOf(entry, 'apps.yml')).toEqual([]);
  });
  it.each([{ domain: '$host' }, { domains: ['a.example; deny all'] }, { domains: [7] }, { domain: 'x.example\n' }])('are refused where one is none: %j', (entry) => {
    expect(() => domainsOf(entry, 'shop in apps.yml')).toThrow(/shop in apps.yml: domains: /);
  });
  it.each([
    [{}, ['a.b'], { domain: 'a.b' }],
    [{ domain: 'a.b' }, ['a.b', 'c.d'], { domains: ['c.d'] }],
    [{ domain: 'a.b', domains: ['c.d'] }, ['a.b'], { domains: null }],
    [{ domain: 'a.b', domains: ['c.d'] }, ['c.d'], { domain: null, domains: ['c.d'] }],
    [{ domain: 'a.b' }, [], { domain: null }],
    [{ domains: ['a.b'] }, ['a.b', 'c.d'], { domains: ['a.b', 'c.d'] }],
    [{ domains: ['a.b'] }, [], { domains: null }],
    [{ domain: null }, ['a.b'], { domain: 'a.b' }],
  ])('of %j become %j by %j', (entry, wanted, changes) => {
    expect(domainSettings(entry, wanted)).toEqual(changes);
    const after = Object.fromEntries(Object.entries({ ...entry, ...changes }).filter(([, value]) => value !== null));
    expect(domainsOf(after, '')).toEqual(wanted);
  });
});
