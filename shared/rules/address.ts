import type { Rule } from './refine.ts';

/** Where a host is and who signs in there. `host` is a name or an IP address without brackets. */
export interface Address {
  user: string;
  host: string;
  port: number;
}

const forms = 'Accepted: root@203.0.113.7, deploy@example.org:2222, root@[2001:db8::1]:22';

/** RFC 1123 labels; an all-digit last label would be a number, not a name, so it must be a whole IPv4 address. */
function wrongHost(host: string): string | null {
  if (host === '') return `The host is missing. ${forms}`;
  if (host.includes(':')) return isIpv6(host) ? null : `"${host}" is not an IPv6 address. ${forms}`;
  const strange = [...host].find((character) => !/[A-Za-z0-9.-]/.test(character));
  if (strange !== undefined) return `The character "${strange}" is not allowed in a host: a name or an IP address only. ${forms}`;
  if (host.length > 253) return 'A host name has at most 253 characters';
  const labels = host.split('.');
  if (labels.some((label) => label === '' || label.length > 63 || label.startsWith('-') || label.endsWith('-'))) {
    return `"${host}" is not a host name: its parts are 1 to 63 letters, digits and hyphens, not at an end. ${forms}`;
  }
  if (/^\d+$/.test(labels[labels.length - 1] ?? '')) {
    const whole = labels.length === 4 && labels.every((label) => /^(0|[1-9]\d{0,2})$/.test(label) && Number(label) < 256);
    if (!whole) return `"${host}" is not a complete IPv4 address: four numbers from 0 to 255, for example 203.0.113.7`;
  }
  return null;
}

/** Full and shortened IPv6, with an optional zone (fe80::1%eth0). */
function isIpv6(text: string): boolean {
  const [address = '', zone, ...more] = text.split('%');
  if (more.length > 0 || (zone !== undefined && !/^[A-Za-z0-9._-]{1,15}$/.test(zone))) return false;
  const halves = address.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return false;
  return halves.length === 2 ? groups.length < 8 : groups.length === 8;
}

/** Debian's useradd rule, which other Linux systems share: 1 to 32 of a-z, 0-9, _ and -, not starting with a digit or hyphen. */
function wrongUser(user: string): string | null {
  if (user === '') return `The user is missing. ${forms}`;
  return /^[a-z_][a-z0-9_-]{0,31}$/.test(user) ? null : `"${user}" is not a Linux user name: up to 32 of a-z, 0-9, _ and -, starting with a letter or _`;
}

function wrongPort(port: string): string | null {
  return /^[1-9]\d{0,4}$/.test(port) && Number(port) <= 65535 ? null : `The port "${port}" is not a whole number from 1 to 65535`;
}

/** Splits USER@ADDRESS[:PORT]; says what is wrong instead where a part breaks its rule. */
export function parseAddress(text: string): Address | { wrong: string } {
  const at = text.indexOf('@');
  if (at < 0) return { wrong: `Say who signs in: USER@ADDRESS. ${forms}` };
  const user = text.slice(0, at);
  const rest = text.slice(at + 1);
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/s.exec(rest);
  const bareIpv6 = rest.split(':').length > 2;
  const plain = bareIpv6 ? [rest, rest] : /^([^:]*)(?::(.*))?$/s.exec(rest);
  const [, host = '', port] = bracketed ?? plain ?? [];
  const wrong = wrongUser(user) ?? wrongHost(host) ?? (port === undefined ? null : wrongPort(port));
  return wrong === null ? { user, host, port: port === undefined ? 22 : Number(port) } : { wrong };
}

export const addressRule: Rule = (text) => {
  const parsed = parseAddress(text);
  return 'wrong' in parsed ? parsed.wrong : null;
};

/** A name in ~/.ssh/config, which has no @ in it. ssh must be able to take it for nothing else. */
export const isAlias = (text: string): boolean => /^[\p{L}\p{N}_][\p{L}\p{N}._+-]{0,252}$/u.test(text);

/** USER@ADDRESS[:PORT] or a name in ~/.ssh/config. */
export const placeRule: Rule = (text) => (isAlias(text) ? null : addressRule(text));

/** The form that parseAddress reads; the port is left out where it is 22. */
export function formatAddress({ user, host, port }: Address): string {
  const bracketed = host.includes(':') ? `[${host}]` : host;
  return port === 22 ? `${user}@${bracketed}` : `${user}@${bracketed}:${port}`;
}

/** What people call a host on this laptop. */
export const hostNameRule: Rule = (name) =>
  /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/.test(name) ? null : `"${name}" is not a server name: 1 to 32 of a-z, 0-9 and hyphens, for example fra-1`;
