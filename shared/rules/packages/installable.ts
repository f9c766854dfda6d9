import type { DependencySource } from '../../contract/imports.ts';
import { type DeclaredPackages, declaredPackages, groupsUsed } from './declared.ts';
import { type LockedPackage, lockedPackages } from './locked.ts';
import { isLockFile, type Papers } from './papers.ts';
import { normalName, requirementText } from './requirement.ts';

/** Where in a release the requirements lie that are made from files which pip does not read itself. */
export const madeRequirements = '.forgeboard/requirements.txt';

/** Packages of an app as they are known before anything is sent. */
export interface Installable {
  source: DependencySource;
  file: string | null;
  declared: DeclaredPackages;
  /** Of a lock file; null where there is none, or it cannot be read. */
  locked: LockedPackage[] | null;
}

/** Reads the packages from the chosen file: those that are fixed by a lock file, and those that the project asks for itself. */
export function installable(papers: Papers, source: DependencySource, file: string | null, root: string): Installable {
  const declared = declaredPackages(papers, source, file);
  if (file === null || !isLockFile(file)) return { source, file, declared, locked: null };
  const folder = file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : '.';
  const member = folder === '.' ? root : root.startsWith(`${folder}/`) ? root.slice(folder.length + 1) : '.';
  const served = ['prod', 'production', 'deploy', 'deployment', 'server', 'web', 'wsgi', 'asgi', 'runtime', 'gunicorn', 'hosting'];
  const groups = new Set([...served, ...groupsUsed(papers, file)]);
  return { source, file, declared, locked: lockedPackages(source, papers.documents.get(file), { groups, asked: declared.packages, member }) };
}

/**
 * The requirements that pip installs such packages from: a lock file's with one version each and, where each has them,
 * the hashes of its files; else what the project asks for. Null where pip reads the project's own file.
 */
export function requirementsOf({ source, file, declared, locked }: Installable): string | null {
  if (file === null || source === 'requirements.txt') return null;
  const head = `# Made by ForgeBoard from ${file}\n`;
  if (locked === null) return head + declared.packages.map((one) => `${requirementText(one)}\n`).join('');
  const packages = locked.filter(({ isLocal }) => !isLocal);
  // pip takes hashes of all or of none.
  const hashed = packages.every(({ hashes, url }) => hashes.length > 0 && url === null);
  const lines = packages.map((one) => {
    const text = requirementText({
      written: one.name,
      extras: [],
      versions: one.url === null ? `==${one.version}` : '',
      marker: typeof one.marker === 'string' ? one.marker : null,
      url: one.url,
    });
    return `${[text, ...(hashed ? one.hashes.map((hash) => `--hash=${hash}`) : [])].join(' \\\n    ')}\n`;
  });
  return head + lines.join('');
}

/** Names of all that will be there: what is locked, or what is asked for, with what that is known to bring. */
export function installedNames({ declared, locked }: Installable): Set<string> {
  if (locked !== null) return new Set(locked.map(({ name }) => normalName(name)));
  // Extras are mostly named after what they bring: channels[daphne], celery[redis].
  const extras = declared.packages.flatMap(({ name, extras }) => [...extras, ...(name === 'fastapi' && extras.length > 0 ? standard : [])]);
  return new Set([...declared.packages.map(({ name }) => name), ...extras.map(normalName)]);
}

const standard = ['uvicorn', 'httpx', 'jinja2', 'python-multipart', 'email-validator'];

/** What the lock file lacks of what the project asks for: it is older than that. */
export function lackedByLock({ declared, locked }: Installable): string[] {
  if (locked === null) return [];
  const known = new Set(locked.map(({ name }) => normalName(name)));
  return declared.packages.filter(({ name, marker, url }) => !known.has(name) && marker === null && url === null).map(({ written }) => written);
}
