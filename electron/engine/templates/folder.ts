import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { scan } from '../scan.ts';
import type { TemplateFile } from '../templates.ts';

/** Every file is read when it is copied; nothing of it is believed from before. */
const nothingKnown = { get: () => undefined, set: () => {}, save: async () => {} };

/** The files of a folder as a template: what would travel to a server, so no junk, no secrets, no links out of it. */
export async function folderTemplate(folder: string, signal: AbortSignal): Promise<TemplateFile[]> {
  const found = await scan(folder, nothingKnown, signal);
  return found.files.map(({ path, key }) => ({ path, executable: key.endsWith('x'), bytes: () => readFile(join(found.folder, path)) }));
}
