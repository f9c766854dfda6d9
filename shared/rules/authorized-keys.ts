/** A line of an authorized_keys file that lets a key in (sshd(8), AUTHORIZED_KEYS FILE FORMAT). */
export interface AuthorizedKey {
  /** Counted from 1. */
  line: number;
  type: string;
  /** The key itself, base64. */
  blob: string;
  comment: string;
  /** What it is restricted to: `command="..."`, `from="..."`; empty where it may do all. */
  options: string;
}

const key =
  /^(ssh-ed25519|ssh-rsa|ssh-dss|ecdsa-sha2-nistp(?:256|384|521)|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com)[ \t]+([A-Za-z0-9+/]{16,}={0,2})(?:[ \t]+(.*))?$/;

/** The keys of a file; what is no key (remarks, empty and damaged lines) is passed over, as sshd does. */
export function authorizedKeys(text: string): AuthorizedKey[] {
  return text.split('\n').flatMap((raw, index): AuthorizedKey[] => {
    const line = raw.replace(/\r$/, '').trimStart();
    if (line === '' || line.startsWith('#')) return [];
    const options = key.test(line) ? '' : (/^(?:"(?:\\.|[^"\\])*"|[^\s"])+(?=[ \t])/.exec(line)?.[0] ?? null);
    if (options === null) return [];
    const [, type, blob, comment = ''] = key.exec(line.slice(options.length).trimStart()) ?? [];
    return type === undefined || blob === undefined ? [] : [{ line: index + 1, type, blob, comment: comment.trim(), options }];
  });
}

/** The text with one more key at its end, and a line break before it where that lacked. No other character changes. */
export const withKey = (text: string, publicLine: string): string => `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${publicLine}\n`;

/** The text without some of its lines (counted from 1). No other character changes. */
export const withoutLines = (text: string, lines: readonly number[]): string =>
  text
    .split(/(?<=\n)/)
    .filter((_line, index) => !lines.includes(index + 1))
    .join('');
