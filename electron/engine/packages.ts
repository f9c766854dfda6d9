import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../shared/errors.ts';
import type { AppSettings } from '../../shared/rules/app-settings.ts';
import { dependenciesOf, packageFiles } from '../../shared/rules/inspect/dependencies.ts';
import { installable, madeRequirements, requirementsOf } from '../../shared/rules/packages/installable.ts';
import { isLockFile, type Papers } from '../../shared/rules/packages/papers.ts';
import { includedFiles } from '../../shared/rules/packages/requirements-file.ts';
import { documentOf } from './inspect/documents.ts';
import { decoded } from './inspect/folder.ts';
import type { Scan, ScannedFile } from './scan.ts';

const limits = { text: 512 * 1024, lock: 4 * 1024 * 1024 };

/** What pip installs from, as seen from the app's folder, and the file among it that is made here. */
export interface Packages {
  requirements: string[];
  made: ScannedFile | null;
}

/**
 * Says from which files of a scanned folder its packages come. What pip cannot read (lock files, pyproject.toml, Pipfile,
 * conda, setuptools) is made a file of requirements, which travels with the others. @throws Failure config-invalid or
 * unsupported on field folder, where the file that counts cannot be understood
 */
export async function packagesOf(scan: Scan, settings: AppSettings): Promise<Packages> {
  const { root = '.', entry_point } = settings;
  const isIdle = !['build', 'before', 'after', 'processes', 'schedules'].some((name) => settings[name as keyof AppSettings] !== undefined);
  if (settings.type !== undefined && /^(static|html|site)$/i.test(settings.type) && isIdle) return { requirements: [], made: null };
  const papers = await papersOf(scan);
  const module = entry_point?.split(':')[0]?.replaceAll('.', '/');
  const prefix = root === '.' ? '' : `${root}/`;
  const entry = module === undefined ? null : (scan.files.find(({ path }) => path === `${prefix}${module}.py` || path === `${prefix}${module}/__init__.py`)?.path ?? null);
  const { source, file } = dependenciesOf(papers, root, entry);
  const broken = papers.paths.find(
    (path) =>
      papers.texts.has(path) && /^(pyproject\.toml|Pipfile|Pipfile\.lock|(poetry|uv|pdm)\.lock)$/.test(path.slice(prefix.length)) && papers.documents.get(path) === undefined,
  );
  if (broken !== undefined && (source === 'none' || file === broken))
    throw new Failure('config-invalid', `${broken} cannot be understood, so its packages are not known`, { field: 'folder' });
  if (file === null) return { requirements: [], made: null };
  const found = installable(papers, source, file, root);
  const text = requirementsOf(found);
  if (text === null) return { requirements: [seenFrom(root, file)], made: null };
  const [wrong] = found.locked === null ? found.declared.wrong : [];
  if (wrong !== undefined) throw new Failure('config-invalid', `${wrong.file}:${wrong.line}: ${wrong.why}`, { field: 'folder' });
  if (found.declared.isDynamic) {
    throw new Failure('unsupported', `What ${file} asks for is only known when it is run`, {
      field: 'folder',
      hint: 'Write a requirements.txt beside it, for example with: pip freeze > requirements.txt',
    });
  }
  const size = Buffer.byteLength(text);
  return { requirements: [seenFrom(root, madeRequirements)], made: { path: madeRequirements, key: createHash('sha256').update(text).digest('hex'), size, text } };
}

async function papersOf(scan: Scan): Promise<Papers> {
  const sizes = new Map(scan.files.map(({ path, size }) => [path, size]));
  const wanted = new Set(packageFiles([...sizes.keys()]));
  const texts = new Map<string, string>();
  const documents = new Map<string, unknown>();
  for (const path of wanted) {
    if ((sizes.get(path) ?? 0) > (isLockFile(path) ? limits.lock : limits.text)) continue;
    const text = await readFile(join(scan.folder, path)).then(decoded, () => null);
    if (text === null) continue;
    texts.set(path, text);
    if (/\.(toml|ya?ml|lock)$|(^|\/)Pipfile$/.test(path)) documents.set(path, documentOf(path, text));
    else for (const other of includedFiles(path, text)) if (sizes.has(other) && wanted.size < 200) wanted.add(other);
  }
  return { paths: [...sizes.keys()], texts, documents };
}

/** A path of the folder as seen from a folder in it. */
function seenFrom(root: string, path: string): string {
  if (root === '.') return path;
  const [above, below] = [root.split('/'), path.split('/')];
  while (above.length > 0 && above[0] === below[0]) {
    above.shift();
    below.shift();
  }
  return [...above.map(() => '..'), ...below].join('/');
}
