import { describe, expect, it } from 'vitest';
import { formatAddress, hostNameRule, parseAddress } from '../../../shared/rules/address.ts';
import cases from '../../cases/addresses.json' with { type: 'json' };

describe('where a host is', () => {
  it.each(cases.accept)('reads $value', ({ value, ...parts }) => {
    expect(parseAddress(value)).toEqual(parts);
    expect(parseAddress(formatAddress(parts))).toEqual(parts);
  });
  it.each(cases.refuse)('refuses $value', ({ value, says }) => {
    expect(parseAddress(value)).toEqual({ wrong: expect.stringContaining(says) });
  });
});

describe('what a host is called', () => {
  it.each(['fra-1', 'a', '9lives'])('accepts %s', (name) => expect(hostNameRule(name)).toBeNull());
  it.each(['', '-a', 'a-', 'A', 'a.b', 'a b', 'x'.repeat(33)])('refuses %j', (name) => expect(hostNameRule(name)).toContain('not a server name'));
});
