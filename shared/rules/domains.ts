import { Failure } from '../errors.ts';
import { shown } from './names.ts';
import type { Rule } from './refine.ts';

/*
 * Domains of an app: names that nginx gives to it, as they stand in its site. Checked again on the host by forgekit/names.py
 * with the same messages; test/cases/domains.json is run by both.
 */

/** here: all of its addresses are the server's; partly: only some are, so that visitors land elsewhere by chance. */
export type Points = 'here' | 'partly' | 'elsewhere' | 'nowhere' | 'unknown';

/** Where a name leads. addresses: what it resolves to, none where there is no such name, null where nobody answered in time. */
export function pointsOf(addresses: readonly string[] | null, own: Iterable<string>): Points {
  if (addresses === null) return 'unknown';
  if (addresses.length === 0) return 'nowhere';
  const mine = new Set([...own].map(plainAddress));
  const ours = addresses.filter((address) => mine.has(plainAddress(address))).length;
  return ours === 0 ? 'elsewhere' : ours === addresses.length ? 'here' : 'partly';
}

/** One spelling: small letters, and an IPv4 address that is written as IPv6 as what it is. */
const plainAddress = (address: string) => address.toLowerCase().replace(/^::ffff:(?=[\d.]+$)/, '');

const most = 253;
const mostLabel = 63;
const example = 'a domain is like shop.example.com';

const code = (character: string) => `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

/** Of a domain in the form in which it is kept: ASCII, a to z of either case, international ones as xn--. */
export const domainRule: Rule = (value) => {
  if (value === '') return `the domain is empty; ${example}`;
  if (/^[\d.]+$/.test(value) || /^[[\]0-9a-fA-F:.]*:[[\]0-9a-fA-F:.]*$/.test(value))
    return `"${shown(value)}" is an IP address; an app without a domain answers there on its own port already`;
  if (/^\*(\.|$)/.test(value)) return `"${shown(value)}" is a wildcard; wildcards need DNS validation, so name each domain`;
  const wrong = [...value].find((character) => !/^[A-Za-z0-9.-]$/.test(character));
  if (wrong !== undefined) {
    const name = /^[!-~ ]$|^\p{L}$/u.test(wrong) ? `"${wrong}"` : code(wrong);
    return `the domain "${shown(value)}" contains ${name}; ${example}`;
  }
  if (value.length > most) return `the domain has ${value.length} characters; ${most} are the most`;
  const labels = value.toLowerCase().split('.');
  for (const label of labels) {
    if (label === '') return `the domain "${shown(value)}" has an empty part; ${example}`;
    if (label.length > mostLabel) return `the part "${shown(label)}" of the domain has ${label.length} characters; ${mostLabel} are the most`;
    if (label.startsWith('-') || label.endsWith('-')) return `the part "${label}" begins or ends with a hyphen; ${example}`;
  }
  if (labels.at(-1) === 'localhost') return `"${value}" means each machine itself; ${example}`;
  if (labels.length === 1) return `the domain "${value}" has no dot; ${example}`;
  return null;
};

/**
 * What somebody typed or pasted without what does not belong to a domain: the address around it is left away, and `dropped`
 * says which parts. Not checked: domainRule does.
 */
export function tidyDomain(typed: string): { domain: string; dropped: string[] } {
  const text = typed.replace(/^[ \t]+|[ \t]+$/g, '');
  const [, scheme = '', user = '', name = '', port = '', rest = ''] = /^([a-z][a-z0-9+.-]*:\/\/)?([^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)(:\d+)?([/?#].*)?$/is.exec(text) ?? [];
  if (name === '') return { domain: text, dropped: [] };
  const domain = name.length > 1 && name.endsWith('.') && !name.endsWith('..') ? name.slice(0, -1) : name;
  return { domain: domain.toLowerCase(), dropped: [scheme, user, port, rest === '/' && scheme === '' ? '/' : rest].filter((part) => part !== '') };
}

/** The domains that an entry of apps.yml names, each once, in order. @throws Failure config-invalid on field domains */
export function domainsOf(entry: Record<string, unknown>, where: string): string[] {
  const listed = entry.domains ?? [];
  const all: unknown[] = [...(entry.domain === undefined || entry.domain === null || entry.domain === '' ? [] : [entry.domain]), ...(Array.isArray(listed) ? listed : [listed])];
  const names = all.map((name) => {
    const wrong = typeof name === 'string' ? domainRule(name) : 'a text is expected';
    if (wrong !== null) throw new Failure('config-invalid', `${where}: domains: ${wrong}`, { field: 'domains', hint: 'Mend that key; nothing was changed.' });
    return (name as string).toLowerCase();
  });
  return [...new Set(names)];
}

/** The keys of an entry that say just these domains, in the form that the entry has: `domain` for one, `domains` for more. */
export function domainSettings(entry: Record<string, unknown>, wanted: readonly string[]): Record<string, unknown> {
  const [first] = wanted;
  const one = typeof entry.domain === 'string' && entry.domain !== '' ? entry.domain : undefined;
  const isListed = Array.isArray(entry.domains);
  if (first === undefined) return { ...(one === undefined ? {} : { domain: null }), ...(entry.domains === undefined ? {} : { domains: null }) };
  // `domain` of the original registry stays the first one for as long as it is among them.
  if (one !== undefined && wanted.includes(one.toLowerCase())) {
    const others = wanted.filter((name) => name !== one.toLowerCase());
    return { domains: others.length === 0 ? null : others };
  }
  if (wanted.length === 1 && !isListed) return { domain: first };
  return { ...(one === undefined ? {} : { domain: null }), domains: [...wanted] };
}
