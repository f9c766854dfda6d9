import type { Readable } from 'node:stream';
import type { Entry, ZipFile } from 'yauzl';
import { Failure } from '../../../shared/errors.ts';
import { shown } from '../../../shared/rules/names.ts';
import type { Place } from './place.ts';

const kinds = { mask: 0o170000, link: 0o120000, file: 0o100000, folder: 0o040000 };

/** Unpacks a zip by its central directory. @param told hears how much of it is done, 0 to 1 */
export async function unpackZip(path: string, place: Place, told: (part: number) => void): Promise<void> {
  const { openPromise } = (await import('yauzl')) as unknown as { openPromise(path: string, options: object): Promise<ZipFile & { eachEntry(): AsyncIterable<Entry> }> };
  const zip = await openPromise(path, { autoClose: false });
  try {
    let entries = 0;
    for await (const entry of zip.eachEntry()) {
      await take(zip, entry, place);
      entries += 1;
      told(entries / zip.entryCount);
    }
    await place.settle();
  } finally {
    await place.settle();
    zip.close();
  }
}

async function take(zip: ZipFile, entry: Entry, place: Place): Promise<void> {
  const name = entry.fileName;
  // Made on Unix (3) or a Mac (19), the upper half of the attributes is what lstat says.
  const mode = [3, 19].includes(entry.versionMadeBy >> 8) ? entry.externalFileAttributes >>> 16 : 0;
  const kind = mode & kinds.mask;
  if (name.endsWith('/') || kind === kinds.folder) return place.folder(name);
  if (entry.isEncrypted()) throw new Failure('unsupported', `${shown(name)} in the archive is encrypted`, { field: 'folder', hint: 'Make the archive without a password.' });
  if (kind === kinds.link) {
    if (entry.uncompressedSize > 4096) return place.other(name);
    return place.link(name, await textOf(await contentOf(zip, entry)), false);
  }
  if (kind !== 0 && kind !== kinds.file) return place.other(name);
  return place.file({ name, executable: (mode & 0o111) !== 0, size: entry.uncompressedSize, crc: entry.crc32, content: () => contentOf(zip, entry) });
}

const contentOf = (zip: ZipFile, entry: Entry): Promise<Readable> =>
  new Promise((resolve, reject) => zip.openReadStream(entry, (error, stream) => (error === null ? resolve(stream) : reject(error))));

async function textOf(stream: Readable): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stream as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}
