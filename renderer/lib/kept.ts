/*
 * What pages last read, over restarts: lists and facts of servers and apps only. Losing it loses nothing.
 */
const prefix = 'known:';

/** What was last read under a key, and when. */
export function kept<T>(key: readonly unknown[]): { value: T; at: number } | undefined {
  try {
    const text = localStorage.getItem(prefix + JSON.stringify(key));
    return text === null ? undefined : (JSON.parse(text) as { value: T; at: number });
  } catch {
    return undefined;
  }
}

/** Remembers an answer; a full or missing storage is no reason to fail. */
export function keep(key: readonly unknown[], value: unknown): void {
  try {
    localStorage.setItem(prefix + JSON.stringify(key), JSON.stringify({ value, at: Date.now() }));
  } catch {
    // Only a convenience.
  }
}
