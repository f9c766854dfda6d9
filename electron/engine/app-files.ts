import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { Failure } from '../../shared/errors.ts';
import type { AppSettings } from '../../shared/rules/app-settings.ts';
import { procfileSettings } from '../../shared/rules/procfile.ts';
import { type Found, readSettings } from '../../shared/rules/wanted.ts';
import { type Packages, packagesOf } from './packages.ts';
import type { Scan } from './scan.ts';

const textLimit = 512 * 1024;

/** What a folder says of itself: its forgeboard.yml, else its Procfile, else what stands in its files. */
export interface FolderApp extends Found, Packages {
  /** Of the settings, those that were only found out: the first deployment writes them down in apps.yml. */
  guessed: AppSettings;
  /** The others of them. */
  own: AppSettings;
}

/**
 * Reads what a scanned folder is. given: what is said elsewhere, which counts more. find looks for the app in a folder of it
 * where nothing is said. @throws Failure config-invalid, invalid or unsupported on field folder, and what find throws
 */
export async function readFolder(scan: Scan, given: AppSettings, find: (root: string, isNamed: boolean) => Promise<AppSettings>): Promise<FolderApp> {
  const procfile = await textOf(scan, 'Procfile');
  const own = { ...(procfile === null ? {} : procfileSettings(procfile)), ...(await readOwn(scan)) };
  const said: AppSettings = { ...own, ...given };
  const isSaid = said.type !== undefined || said.entry_point !== undefined || said.command !== undefined || said.folder !== undefined;
  // Packages may be named above the folder that is looked through.
  const isNamed = !isSaid && said.root !== undefined && (await packagesOf(scan, said)).requirements.length > 0;
  const guessed = isSaid ? {} : await guess(said, (root) => find(root, isNamed));
  // Without what apps.yml says: a setting that is taken out there must not live on as one of the folder.
  return { settings: { ...guessed, ...own }, guessed, own, ...(await packagesOf(scan, { ...guessed, ...said })) };
}

async function readOwn(scan: Scan): Promise<AppSettings> {
  const text = await textOf(scan, 'forgeboard.yml');
  if (text === null) return {};
  const document = parseDocument(text, { uniqueKeys: true });
  const [broken] = document.errors;
  if (broken !== undefined) throw new Failure('config-invalid', `forgeboard.yml:${broken.linePos?.[0].line ?? 1}: ${broken.message.split('\n')[0]}`, { field: 'folder' });
  const given: unknown = document.toJS({ maxAliasCount: 50 });
  if (given !== null && (typeof given !== 'object' || Array.isArray(given)))
    throw new Failure('config-invalid', 'forgeboard.yml: settings are expected, like type: wsgi', { field: 'folder' });
  return readSettings((given ?? {}) as Record<string, unknown>, 'forgeboard.yml', 'refused');
}

/** What nobody says is looked for. Processes alone are an app too, where there is no other. */
async function guess(said: AppSettings, find: (root: string) => Promise<AppSettings>): Promise<AppSettings> {
  const hasProcesses = said.processes !== undefined || said.schedules !== undefined;
  try {
    const found = await find(said.root ?? '.');
    // Whoever names processes and nothing that serves means these, not any script that lies there.
    if (hasProcesses && (found.type === 'worker' || /^python /.test(found.command ?? ''))) return { type: 'worker' };
    return Object.fromEntries(Object.entries(found).filter(([name]) => !(name in said)));
  } catch (error) {
    if (!(error instanceof Failure) || error.field !== 'folder' || !hasProcesses) throw error;
    return { type: 'worker' };
  }
}

async function textOf(scan: Scan, name: string): Promise<string | null> {
  const file = scan.files.find(({ path }) => path === name);
  if (file === undefined) return null;
  if (file.size > textLimit) throw new Failure('limit', `${name} is larger than ${textLimit / 1024} KB`, { field: 'folder' });
  return readFile(join(scan.folder, name), 'utf8');
}
