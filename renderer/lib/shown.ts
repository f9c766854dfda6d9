import { visible } from '../../shared/rules/visible.ts';

/**
 * Everything that arrives from the backend, with each string made safe to show: applied once at the door, so that no
 * component can forget it. What the page sends back (names, addresses, handles) never holds such characters.
 */
export function shown<T>(value: T): T {
  if (typeof value === 'string') return visible(value) as T;
  if (Array.isArray(value)) return value.map(shown) as T;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shown(inner)])) as T;
}
