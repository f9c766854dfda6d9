import { describe, expect, it } from 'vitest';
import { requestOf } from '../../../electron/engine/socks.ts';

const bytes = (...parts: (number | string)[]): Buffer => Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : Buffer.from(part, 'latin1'))));

describe('a SOCKS5 request', () => {
  it('names an address or a name, and a port', () => {
    expect(requestOf(bytes(5, 1, 0, 1, 10, 0, 0, 7, 0, 80))).toEqual({ host: '10.0.0.7', port: 80 });
    expect(requestOf(bytes(5, 1, 0, 3, 2, 'db', 21, 56))).toEqual({ host: 'db', port: 5432 });
    expect(requestOf(bytes(5, 1, 0, 4, `${'\0'.repeat(15)}\u0001`, 0, 22))).toEqual({ host: '0:0:0:0:0:0:0:1', port: 22 });
  });

  it('is waited for while bytes are missing, and refused where it is another', () => {
    const whole = bytes(5, 1, 0, 3, 2, 'db', 21, 56);
    for (let length = 0; length < whole.length; length++) expect(requestOf(whole.subarray(0, length))).toBe('more');
    expect(requestOf(bytes(5, 2, 0, 1, 10, 0, 0, 7, 0, 80))).toBe('refused');
    expect(requestOf(bytes(4, 1, 0, 80, 10, 0, 0, 7))).toBe('refused');
    expect(requestOf(bytes(5, 1, 0, 9, 1, 1, 1, 1))).toBe('refused');
    expect(requestOf(bytes(5, 1, 0, 3, 3, 'a\nb', 0, 80))).toBe('refused');
  });
});
