/** The page of a folder of a server. The path is encoded twice: the window's address is decoded once as a whole. */
export const filesPlace = (host: string, path?: string): string => `/hosts/${host}/files${path === undefined ? '' : `/${encodeURIComponent(encodeURIComponent(path))}`}`;

/** The path that an address of this page names; undefined for the home of the account. */
export function pathOf(part: string | undefined): string | undefined {
  if (part === undefined) return undefined;
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

export const joined = (folder: string, name: string): string => (folder === '/' ? `/${name}` : `${folder}/${name}`);

/** The folder around a path; null of the root. */
export const parentOf = (path: string): string | null => (path === '/' ? null : path.slice(0, path.lastIndexOf('/')) || '/');

export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Each folder on the way to a path, from the root on. */
export function crumbsOf(path: string): { name: string; path: string }[] {
  const parts = path.split('/').filter((part) => part !== '');
  return [{ name: '/', path: '/' }, ...parts.map((name, index) => ({ name, path: `/${parts.slice(0, index + 1).join('/')}` }))];
}

/** A name on one line, whatever is in it. */
export const oneLine = (name: string): string => name.replaceAll('\n', '\\n').replaceAll('\t', '\\t');
