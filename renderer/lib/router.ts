import { useSyncExternalStore } from 'react';

/*
 * Where the window is: the part of the address after #. The window has no other navigation, so a hash, the browser's own
 * history and a list of patterns are all that is needed.
 */
const listeners = new Set<() => void>();
const changed = () => {
  for (const listener of listeners) listener();
};
addEventListener('hashchange', changed);

const current = () => decodeURI(location.hash.slice(1)) || '/';

export function usePath(): string {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, current);
}

/** Goes to a page; with `replace` the one before is not come back to. */
export function go(path: string, options: { replace?: boolean } = {}): void {
  if (current() === path) return;
  if (options.replace) {
    history.replaceState(null, '', `#${path}`);
    changed();
  } else location.hash = path;
}

export const here = current;

/** The values of :names in a pattern, or null where the path is another. */
export function matched(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split('/');
  const parts = path.split('/');
  if (wanted.length !== parts.length) return null;
  const found: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const given = parts[index] ?? '';
    if (part.startsWith(':')) found[part.slice(1)] = given;
    else if (part !== given) return null;
  }
  return found;
}
