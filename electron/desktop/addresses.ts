import { join, sep } from 'node:path';
import { origin } from './messages.ts';

/** The file under `folder` that an address means, or undefined where it means none: another host, a way out, a strange name. */
export function fileOf(folder: string, address: string): string | undefined {
  let path: string;
  try {
    const url = new URL(address);
    if (url.protocol !== 'app:' || url.host !== 'board') return undefined;
    path = decodeURIComponent(url.pathname);
  } catch {
    return undefined;
  }
  if (path === '/') path = '/index.html';
  // Our own files are named so; whatever else is asked for is not there.
  if (!/^(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$/.test(path)) return undefined;
  const file = join(folder, path);
  return file.startsWith(folder + sep) ? file : undefined;
}

/** Whether a page's address is ours. Not by `origin`, which Node gives as "null" for our scheme. */
export const isOurs = (url: string): boolean => url.startsWith(`${origin}/`);

/** An address that may be handed to the user's browser. */
export function isWebAddress(text: unknown): text is string {
  if (typeof text !== 'string' || text.length > 2048) return false;
  try {
    const { protocol, username, password } = new URL(text);
    return (protocol === 'http:' || protocol === 'https:') && username === '' && password === '';
  } catch {
    return false;
  }
}
