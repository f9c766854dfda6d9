import type { Asked } from './read.ts';
import { expand, type Tokens } from './tokens.ts';

/**
 * The hosts of a ProxyJump in the order in which they are passed: `ana@a:2222,b`, or as ssh:// addresses. Empty for `none`;
 * undefined where ssh would not understand it.
 */
export function jumpsOf(text: string, tokens: Tokens): Asked[] | undefined {
  if (text.toLowerCase() === 'none') return [];
  const jumps = text.split(',').map((each) => jumpOf(each.trim(), tokens));
  return jumps.every((jump) => jump !== undefined) ? jumps : undefined;
}

function jumpOf(text: string, tokens: Tokens): Asked | undefined {
  const plain = text.replace(/^ssh:\/\//i, '').replace(/\/$/, '');
  const at = plain.lastIndexOf('@');
  const user = at === -1 ? undefined : expand(plain.slice(0, at), tokens);
  const place = plain.slice(at + 1);
  const [, bracketed, named, port] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(place) ?? [];
  // An IPv6 address may stand without brackets where no port follows.
  const written = bracketed ?? named ?? (/^[0-9a-fA-F:.%]+$/.test(place) && place.split(':').length > 2 ? place : undefined);
  const host = written === undefined ? undefined : expand(written, tokens);
  const number = port === undefined ? undefined : Number(port);
  if (host === undefined || !/^[^\s\p{C}-][^\s\p{C}]*$/u.test(host) || (at !== -1 && (user === undefined || !/^[^\s\p{C}-][^\s\p{C}]*$/u.test(user)))) return undefined;
  if (number !== undefined && (number < 1 || number > 65_535)) return undefined;
  return { host, user, port: number };
}
