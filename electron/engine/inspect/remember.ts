import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { isMap, parseDocument } from 'yaml';
import { Failure } from '../../../shared/errors.ts';
import type { AppSettings } from '../../../shared/rules/app-settings.ts';
import { readIfThere, writeAtomic } from '../../store/files.ts';

/** What says how an app is served: of these the file says those that are given, and no other. */
const serving = ['type', 'entry_point', 'command', 'folder', 'root'] as const;

/** What is done with it: said where it is given. */
const besides = ['build', 'before', 'python', 'packages'] as const;

/**
 * Writes how an app runs into the forgeboard.yml at the top of its folder. Comments and other keys stay. Returns whether
 * anything had to change. @throws Failure config-invalid where the file cannot be understood; it is left as it is then
 */
export async function remember(folder: string, settings: AppSettings): Promise<boolean> {
  const file = join(folder, 'forgeboard.yml');
  const facts = await lstat(file).catch(() => null);
  if (facts !== null && !facts.isFile()) throw new Failure('config-invalid', 'forgeboard.yml is no file, so nothing was written into it', { field: 'folder' });
  const before = await readIfThere(file);
  const document = parseDocument(before ?? '', { uniqueKeys: true });
  if (document.errors.length > 0 || (document.contents !== null && !isMap(document.contents))) {
    throw new Failure('config-invalid', 'forgeboard.yml cannot be understood, so nothing was written into it', { field: 'folder', hint: 'Mend it, or take it out of the folder.' });
  }
  for (const key of serving) if (settings[key] === undefined && document.has(key)) document.delete(key);
  for (const key of serving) if (settings[key] !== undefined) document.set(key, settings[key]);
  if (settings.persist !== undefined) {
    if (settings.persist.length > 0) document.set('persist', settings.persist);
    else document.delete('persist');
  }
  for (const key of besides) if (settings[key] !== undefined) document.set(key, settings[key]);
  for (const [name, command] of Object.entries(settings.processes ?? {})) document.setIn(['processes', name], command);
  const text = document.toString({ lineWidth: 0 });
  if (text === before) return false;
  await writeAtomic(file, text, { mode: 0o644 });
  return true;
}
