import ssh2 from 'ssh2';
import type { Secret } from '../../shared/secret.ts';

/** A key that ssh2 wrote and could not read again: seen once in some hundred. */
const mostTries = 20;

const leastCharacters = 5;

/** What is wrong with a new passphrase that was typed twice; null where nothing is. ssh-keygen asks for as many characters. */
export function passphraseProblem(first: Secret, again: Secret): string | null {
  if (first.reveal().length < leastCharacters) return `A passphrase has ${leastCharacters} characters at least: no key was made`;
  return first.reveal() === again.reveal() ? null : 'The two passphrases differ: no key was made';
}

/**
 * Makes an ed25519 key in OpenSSH's own format, encrypted (aes256-ctr, bcrypt with 16 rounds, as ssh-keygen does) where a
 * passphrase is given. It has been read again and its two halves compared.
 * @returns the text of the private file, and the line of the public one
 */
export function newKey(comment: string, passphrase: Secret | undefined): { secret: string; line: string } {
  const how = passphrase === undefined ? { comment } : { comment, passphrase: passphrase.reveal(), cipher: 'aes256-ctr' as const, rounds: 16 };
  for (let left = mostTries; left > 0; left -= 1) {
    const { private: secret, public: line } = ssh2.utils.generateKeyPairSync('ed25519', how);
    const read = ssh2.utils.parseKey(secret, passphrase?.reveal());
    const blob = line.split(' ')[1];
    if (!(read instanceof Error) && read.getPublicSSH().toString('base64') === blob) return { secret, line };
  }
  throw new Error('no key that can be read again was made');
}
