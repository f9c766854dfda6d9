import { Failure } from '../../../shared/errors.ts';
import { visible } from '../../../shared/rules/visible.ts';
import type { Sftp } from '../../ssh/sftp.ts';
import { pump } from './copying.ts';

/** More is not looked at but copied. */
const most = 1024 * 1024;

export interface ReadText {
  path: string;
  size: number;
  text: string | null;
  hidden: boolean;
  why: 'binary' | 'large' | null;
}

/** The text of a file of at most 1 MB. @throws Failure not-found, denied or invalid (it is no file) on field path */
export async function readText(sftp: Sftp, path: string, host: string, signal: AbortSignal): Promise<ReadText> {
  const facts = await sftp.stat(path);
  if (facts === null) throw new Failure('not-found', `There is no ${path} on ${host}`, { field: 'path' });
  // A pipe or a device would be read for ever.
  if (facts.kind !== 'file') throw new Failure('invalid', `${path} on ${host} is no file`, { field: 'path' });
  if (facts.size > most) return { path, size: facts.size, text: null, hidden: false, why: 'large' };
  const file = await sftp.open(path, 'read');
  try {
    const bytes = Buffer.alloc(most);
    let size = 0;
    // Files of /proc and /sys say that they are empty.
    await pump(0, Math.max(facts.size, 4096), signal, async (at, length) => {
      for (let done = 0; done < length; ) {
        const got = await file.read(bytes.subarray(at + done, at + length), at + done);
        if (got === 0) break;
        done += got;
        size = Math.max(size, at + done);
      }
    });
    const text = textOf(bytes.subarray(0, size));
    return { path, size, text, hidden: text !== null && visible(text) !== text, why: text === null ? 'binary' : null };
  } finally {
    file.close().catch(() => {});
  }
}

function textOf(bytes: Buffer): string | null {
  if (bytes.includes(0)) return null;
  try {
    // Shown by its number, a carriage return at each line's end would hide the text.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replaceAll('\r\n', '\n');
  } catch {
    return null;
  }
}
