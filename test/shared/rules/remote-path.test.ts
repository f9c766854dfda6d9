import { describe, expect, it } from 'vitest';
import { isPlainName, remotePathRule } from '../../../shared/rules/remote-path.ts';

describe('a path on a server', () => {
  it.each([['/srv/a b'], ['.'], ['é'.repeat(2000)]])('may be %j', (path) => expect(remotePathRule(path)).toBeNull());
  it.each([[''], ['a\0b'], ['é'.repeat(2048)]])('is not %j', (path) => expect(remotePathRule(path)).not.toBeNull());
});

describe('a name that a server gives', () => {
  it.each(['a', '.profile', '..a', 'a b', 'naïve', '-rf', 'a\nb'])('%j is kept', (name) => expect(isPlainName(name, 'linux')).toBe(true));
  it.each(['', '.', '..', 'a/b', '../a', 'a\0', 'a\ufffd'])('%j is not', (name) => expect(isPlainName(name, 'linux')).toBe(false));
  it.each(['a\\b', 'c:', 'nul', 'COM1.txt', 'a.', 'a\nb'])('%j is none on Windows', (name) => expect(isPlainName(name, 'win32')).toBe(false));
});
