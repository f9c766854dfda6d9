import { describe, expect, it } from 'vitest';
import { endText, type ForwardKind, forwardRule, parseForward } from '../../../shared/rules/forward.ts';

const read = (text: string, kind: ForwardKind = 'local'): string => {
  const found = parseForward(text, kind);
  return 'wrong' in found ? `wrong: ${found.wrong}` : `${endText(found.listen)} ${found.to === null ? '*' : endText(found.to)}`;
};

describe('a forward', () => {
  it.each<[string, string, ForwardKind?]>([
    ['5433:5432', '127.0.0.1:5433 127.0.0.1:5432'],
    ['0:5432', '127.0.0.1:0 127.0.0.1:5432'],
    ['5433:db.internal:5432', '127.0.0.1:5433 db.internal:5432'],
    ['10.0.0.1:5433:db:5432', '10.0.0.1:5433 db:5432'],
    ['*:80:web:80', '0.0.0.0:80 web:80'],
    ['[::1]:5433:[2001:db8::1]:5432', '[::1]:5433 [2001:db8::1]:5432'],
    ['8080:3000', '127.0.0.1:8080 127.0.0.1:3000', 'remote'],
    ['1080', '127.0.0.1:1080 *', 'dynamic'],
    ['[::1]:1080', '[::1]:1080 *', 'dynamic'],
  ])('%s leads from and to %s', (text, ends, kind) => {
    expect(read(text, kind)).toBe(ends);
    expect(forwardRule(text)).toBeNull();
  });

  it.each<[string, ForwardKind?]>([
    [''],
    ['5432'],
    ['a:b'],
    ['70000:1'],
    ['1:0'],
    ['1:2:3:4:5'],
    ['1:db;rm:2'],
    ['1:-o:2'],
    ['::1:80:80'],
    ['x'.repeat(700)],
    ['1:2:3', 'dynamic'],
    ['[1:2', 'dynamic'],
  ])('that is none says what is right: %s', (text, kind) => {
    expect(read(text, kind)).toMatch(/^wrong: .*(Accepted|nowhere)/);
  });
});
