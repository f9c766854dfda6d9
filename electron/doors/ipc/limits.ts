import { messageLimits } from '../../../shared/bridge.ts';

/**
 * Whether a message is plain data of a sane size. It arrives already copied into this process, in any form that structured
 * clone knows: circles, maps, a million nested lists. Nothing may walk it recursively before this has.
 */
export function isPlainAndSmall(message: unknown): boolean {
  const left: { value: unknown; depth: number }[] = [{ value: message, depth: 0 }];
  let characters: number = messageLimits.characters;
  let values: number = messageLimits.values;
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { value, depth } = next;
    values -= 1;
    if (values < 0 || characters < 0 || depth > messageLimits.depth) return false;
    if (typeof value === 'string') characters -= value.length;
    else if (typeof value === 'object' && value !== null) {
      const list = Array.isArray(value);
      // Classes arrive as plain objects; what has another prototype is a Map, a Date, a buffer: never ours.
      if (!list && Object.getPrototypeOf(value) !== Object.prototype) return false;
      if (list && value.length > values) return false;
      for (const [key, inner] of Object.entries(value)) {
        characters -= key.length;
        values -= 1;
        if (values < 0) return false;
        left.push({ value: inner, depth: depth + 1 });
      }
    } else if (typeof value !== 'number' && typeof value !== 'boolean' && value !== null && value !== undefined) return false;
  }
  return characters >= 0;
}
