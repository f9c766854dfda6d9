/** One package that is asked for, as PEP 508 writes it. */
export interface Requirement {
  /** In its normal form: lower case, one hyphen between words. */
  name: string;
  /** As it was written. */
  written: string;
  extras: string[];
  /** ">=2,<3"; empty for any. */
  versions: string;
  marker: string | null;
  /** Where it is taken from instead of an index. */
  url: string | null;
}

/** The one form of a package's name: My_Pkg, my.pkg and my-pkg are the same. */
export const normalName = (name: string): string => name.toLowerCase().replace(/[-_.]+/g, '-');

const form = /^([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?:\[([\w\s,.-]*)\])?\s*(.*)$/s;
const clause = /^(===?|~=|!=|<=?|>=?)\s*[\w.*+!-]+$/;

/** Reads a requirement like `uvicorn[standard]>=0.30; python_version < "3.13"`; null where it is none. */
export function readRequirement(text: string): Requirement | null {
  const [, written, extras = '', rest = ''] = form.exec(text.trim()) ?? [];
  if (written === undefined) return null;
  const common = { name: normalName(written), written, extras: words(extras) };
  if (rest.startsWith('@')) {
    const [, url = '', marker] = /^@\s*(\S+?)(?:\s*;\s+(.*)|\s+;\s*(.*))?$/s.exec(rest.trim()) ?? [];
    return url === '' ? null : { ...common, versions: '', url, marker: marker ?? null };
  }
  const at = rest.indexOf(';');
  const versions = (at < 0 ? rest : rest.slice(0, at)).trim().replace(/^\((.*)\)$/s, '$1');
  const marker = at < 0 ? null : rest.slice(at + 1).trim() || null;
  const clauses = words(versions);
  return clauses.every((one) => clause.test(one)) ? { ...common, versions: clauses.map((one) => one.replace(/\s+/g, '')).join(','), url: null, marker } : null;
}

const words = (text: string): string[] =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');

/** Whether it is the same package at each installation: one version, or a file of it. */
export const isPinned = ({ versions, url }: Pick<Requirement, 'versions' | 'url'>): boolean => url !== null || /(^|,)={2,3}[^*,]+$/.test(versions);

/** The version that is asked for; null where several do. */
export const pinnedVersion = ({ versions }: Pick<Requirement, 'versions'>): string | null => /^={2,3}([^*,]+)$/.exec(versions)?.[1] ?? null;

/** A requirement as a line for pip. */
export function requirementText({ written, extras, versions, marker, url }: Omit<Requirement, 'name'>): string {
  const what = `${written}${extras.length === 0 ? '' : `[${extras.join(',')}]`}`;
  return `${url === null ? what + versions : `${what} @ ${url}`}${marker === null ? '' : ` ; ${marker}`}`;
}
