import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { patternsMatch } from './glob.ts';
import { hostKeyOf, type HostKey } from './host-key.ts';

/** What one usable line of a known_hosts file says. */
export interface HostKeyEntry {
  /** The file and the line, counted from 1, for messages. */
  file: string;
  line: number;
  /** `revoked`: never accept this key. `authority`: a certificate authority, which ssh2 cannot use; listed, not trusted. */
  mark: 'key' | 'revoked' | 'authority';
  /** The first column, as written: names and patterns, or one hashed name. */
  names: string;
  key: HostKey;
}

const hashed = /^\|1\|([A-Za-z0-9+/]+={0,2})\|([A-Za-z0-9+/]+={0,2})$/;

/** How known_hosts names a server: the bare name on port 22, `[name]:port` elsewhere. */
export function knownName(address: string, port: number): string {
  const name = address.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

/** Reads a known_hosts file. Comments, empty lines and lines that are not entries are passed over, as OpenSSH does. */
export function parseKnownHosts(text: string, file: string): HostKeyEntry[] {
  return text.split('\n').flatMap((line, index) => {
    const read = readLine(line);
    return read === undefined || 'wrong' in read ? [] : [{ file, line: index + 1, ...read }];
  });
}

/** What one line says, or why it counts for nothing; undefined for a comment and an empty one. */
export function readLine(line: string): Pick<HostKeyEntry, 'mark' | 'names' | 'key'> | { wrong: string } | undefined {
  const words = line.trim().split(/[ \t]+/);
  const first = words[0] ?? '';
  if (first === '' || first.startsWith('#')) return undefined;
  let mark: HostKeyEntry['mark'] = 'key';
  if (first.startsWith('@')) {
    words.shift();
    if (first === '@revoked') mark = 'revoked';
    else if (first === '@cert-authority') mark = 'authority';
    else return { wrong: 'it begins with a mark that is neither @revoked nor @cert-authority' };
  }
  const [names, type, base64] = words;
  if (names === undefined || type === undefined || base64 === undefined) return { wrong: 'it needs names, a key type and a key' };
  const key = hostKeyOf(Buffer.from(base64, 'base64'));
  if (key === undefined) return { wrong: 'its third word is not a key' };
  // The type column and the blob must agree: a line that says one and holds another is damaged or a trick.
  if (key.type !== type) return { wrong: 'its key is of another type than it says' };
  return { mark, names, key };
}

/** Whether an entry's first column speaks of this name: hashed, plain, wildcards, and `!` that takes a name out. */
export function namesMatch(names: string, name: string): boolean {
  const hash = hashed.exec(names);
  if (hash !== null) return hashMatches(hash[1] ?? '', hash[2] ?? '', name);
  return patternsMatch(names.toLowerCase().split(','), name);
}

/** Whether a file already hides names, in which case new lines do so too. */
export const isHashed = (entry: HostKeyEntry): boolean => hashed.test(entry.names);

/** The line to append for a newly accepted key, without the line end. */
export function entryLine(name: string, key: HostKey, options: { hash: boolean; mark?: '@revoked' }): string {
  const first = options.hash ? hashName(name, randomBytes(20)) : name;
  const line = `${first} ${key.type} ${key.blob.toString('base64')}`;
  return options.mark === undefined ? line : `${options.mark} ${line}`;
}

function hashName(name: string, salt: Buffer): string {
  const digest = createHmac('sha1', salt).update(name).digest('base64');
  return `|1|${salt.toString('base64')}|${digest}`;
}

function hashMatches(salt: string, digest: string, name: string): boolean {
  const wanted = Buffer.from(digest, 'base64');
  const actual = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
  return wanted.length === actual.length && timingSafeEqual(wanted, actual);
}
