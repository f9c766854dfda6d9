import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Failure } from '../../shared/errors.ts';

/** A file of a template: where it belongs in the new folder, and what is in it. */
export interface TemplateFile {
  path: string;
  executable: boolean;
  bytes(): Promise<Uint8Array>;
}

/**
 * Makes a new folder with these files in one that is there, and gives its path. What was begun is taken away again where
 * it fails or is cancelled. @throws Failure exists on field name where something of that name is there
 */
export async function make(files: readonly TemplateFile[], into: string, name: string, signal: AbortSignal): Promise<string> {
  const top = join(into, name);
  try {
    // Not with its parents: the folder was chosen, and nothing of the name may be there, also no link.
    await mkdir(top);
  } catch (error) {
    throw refused(error, into, name);
  }
  try {
    for (const file of files) {
      signal.throwIfAborted();
      await mkdir(join(top, dirname(file.path)), { recursive: true });
      // wx: two names that are one on this computer do not overwrite each other.
      await writeFile(join(top, file.path), await file.bytes(), { flag: 'wx', mode: file.executable ? 0o755 : 0o644 });
    }
    return top;
  } catch (error) {
    await rm(top, { recursive: true, force: true });
    if (signal.aborted) throw error;
    throw refused(error, into, name);
  }
}

function refused(error: unknown, into: string, name: string): unknown {
  const { code, path } = error as NodeJS.ErrnoException;
  if (code === undefined || error instanceof Failure) return error;
  if (code === 'EEXIST') {
    const isTop = path === join(into, name);
    return new Failure('exists', isTop ? `There is a ${name} in that folder already` : `Two files of the template are one here: ${path ?? ''}`, {
      field: isTop ? 'name' : 'template',
      hint: isTop ? 'Give another name, or choose another folder. Nothing was changed.' : 'Nothing was left behind.',
    });
  }
  if (code === 'ENOENT' || code === 'ENOTDIR') return new Failure('not-found', `There is no folder ${into}`, { field: 'into' });
  return new Failure('unreadable', `${name} cannot be made in ${into} (${code})`, { field: 'into', hint: 'Nothing was left behind. Choose another folder.' });
}
