import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../shared/errors.ts';
import { candidateFiles, detect, type Detected } from '../../shared/rules/detect.ts';
import type { Scan } from './scan.ts';

/** Finds the app in a scanned folder. @throws Failure invalid or unsupported on field folder */
export async function detectApp(scan: Scan): Promise<Detected> {
  const paths = candidateFiles(scan.files.filter(({ size }) => size < 512 * 1024).map(({ path }) => path));
  return detect(await Promise.all(paths.map(async (path) => ({ path, text: await readFile(join(scan.folder, path), 'utf8') }))));
}

/** The requirement files that its packages come from. */
export function requirementFiles(scan: Scan): string[] {
  const has = (name: string) => scan.files.some(({ path }) => path === name);
  if (has('requirements.txt')) return ['requirements.txt'];
  const other = ['pyproject.toml', 'Pipfile', 'environment.yml', 'setup.py'].find(has);
  if (other === undefined) return [];
  throw new Failure('unsupported', `The packages are named in ${other}; this version reads requirements.txt`, {
    field: 'folder',
    hint: 'Write one beside it, for example with: pip freeze > requirements.txt',
  });
}
