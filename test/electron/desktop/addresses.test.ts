import { describe, expect, it } from 'vitest';
import { fileOf, isOurs, isWebAddress } from '../../../electron/desktop/addresses.ts';

describe('an address of our scheme', () => {
  it.each([
    ['app://board/', '/out/renderer/index.html'],
    ['app://board/index.html', '/out/renderer/index.html'],
    ['app://board/assets/index-B4_x.js?x=1#y', '/out/renderer/assets/index-B4_x.js'],
    ['app://board/../main.cjs', '/out/renderer/main.cjs'],
  ])('%s is a file of the page’s folder', (address, file) => expect(fileOf('/out/renderer', address)).toBe(file));

  it.each([
    'app://board/..%2fmain.cjs',
    'app://board/%2e%2e%2fmain.cjs',
    'app://board/..%5cmain.cjs',
    'app://board/assets/..%2f..%2fmain.cjs',
    'app://board//etc/passwd',
    'app://board/%00',
    'app://board/.git/config',
    'app://board/a%2',
    'app://other/index.html',
    'file:///etc/passwd',
    'http://board/index.html',
    'nonsense',
  ])('%s is none', (address) => expect(fileOf('/out/renderer', address)).toBeUndefined());

  it('is told from those that only look like it', () => {
    expect(isOurs('app://board/index.html')).toBe(true);
    for (const url of ['app://board', 'app://board.evil/', 'app://boarding/', 'https://app://board/', '', 'about:blank']) expect(isOurs(url), url).toBe(false);
  });
});

describe('an address for the user’s browser', () => {
  it('is http or https, without a password in it', () => {
    for (const url of ['http://10.0.0.2:8000/', 'https://shop.example/a?b#c']) expect(isWebAddress(url), url).toBe(true);
    for (const url of [
      'file:///etc/passwd',
      'javascript:alert(1)',
      'ssh://host',
      'smb://host/share',
      'https://a:b@host/',
      '//host',
      '',
      7,
      null,
      `https://x/${'y'.repeat(3000)}`,
    ]) {
      expect(isWebAddress(url), String(url)).toBe(false);
    }
  });
});
