import { describe, expect, it } from 'vitest';
import { authorizedKeys, withKey, withoutLines } from '../../../shared/rules/authorized-keys.ts';
import { keyNameRule } from '../../../shared/rules/key-name.ts';

const one = 'AAAAC3NzaC1lZDI1NTE5AAAAIC6QF/AfiuLwt8NSBP+r0ixCXogazKo4r/KvoQodbDh1';
const two = 'AAAAC3NzaC1lZDI1NTE5AAAAII1kFKTiR1BP0G99V6J5Ovl0ieuM8+ZJPcK2nSi6AEl5';
const file = [
  '# those who may',
  '',
  `ssh-ed25519 ${one} ana@laptop`,
  `  from="10.0.0.0/8,::1",command="echo \\"ssh-rsa ${two}\\" x" ssh-ed25519 ${two} a key of two words\r`,
  `#ssh-ed25519 ${two} off`,
  'ssh-ed25519 !!!! damaged',
  `no-pty ssh-ed25519 ${one}`,
].join('\n');

describe('authorized_keys', () => {
  it('is read as sshd reads it, with options that hold spaces, quotes and other keys', () => {
    expect(authorizedKeys(file)).toEqual([
      { line: 3, type: 'ssh-ed25519', blob: one, comment: 'ana@laptop', options: '' },
      { line: 4, type: 'ssh-ed25519', blob: two, comment: 'a key of two words', options: `from="10.0.0.0/8,::1",command="echo \\"ssh-rsa ${two}\\" x"` },
      { line: 7, type: 'ssh-ed25519', blob: one, comment: '', options: 'no-pty' },
    ]);
  });

  it('gets and loses lines, and no other character', () => {
    expect(withKey(file, 'ssh-ed25519 X')).toBe(`${file}\nssh-ed25519 X\n`);
    expect(withKey('', 'ssh-ed25519 X')).toBe('ssh-ed25519 X\n');
    expect(withoutLines(withKey(file, 'ssh-ed25519 X'), [8])).toBe(`${file}\n`);
    expect(withoutLines(file, [3, 7])).toBe(
      file
        .split('\n')
        .filter((_line, index) => index !== 2 && index !== 6)
        .join('\n') + '\n',
    );
    expect(withoutLines(file, [])).toBe(file);
  });
});

it('names a key so that it is a file of its own in ~/.ssh', () => {
  expect(['id_ed25519', 'fra-1', 'a.b', '_x'].map(keyNameRule)).toEqual([null, null, null, null]);
  for (const name of ['', '-f', '.hidden', 'a/b', 'a\\b', '..', 'a b', 'id.pub', 'known_hosts', 'config', 'authorized_keys2', 'é', 'x'.repeat(65)])
    expect(keyNameRule(name)).toBeTypeOf('string');
});
