/** What of a folder is read to know its packages: names of files, and the few that name packages as text and, where they are TOML, JSON or YAML, as values. */
export interface Papers {
  paths: readonly string[];
  texts: ReadonlyMap<string, string>;
  /** undefined where one is broken. */
  documents: ReadonlyMap<string, unknown>;
}

export const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
export const textsOf = (value: unknown): string[] => listOf(value).filter((one) => typeof one === 'string');

/** The line of a text that names a package first, counted from 1. */
export function lineNaming(text: string, name: string): number | null {
  const pattern = new RegExp(`(^|["'\\s])${name.replace(/[-_.]+/g, '[-_.]+').replace(/[^\w[\]+.-]/g, '')}(?=[\\s"'<>=!~;,[@:]|$)`, 'im');
  const found = pattern.exec(text);
  return found === null ? null : text.slice(0, found.index + (found[1] ?? '').length).split('\n').length;
}

export const isLockFile = (path: string): boolean => /(^|\/)(uv\.lock|poetry\.lock|pdm\.lock|Pipfile\.lock)$/.test(path);
