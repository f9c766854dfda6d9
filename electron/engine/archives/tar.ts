import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Entry } from 'tar-stream';
import type { Place } from './place.ts';

/** Unpacks a tar as it comes. @param told hears how much of it is done, 0 to 1 */
export async function unpackTar(path: string, isGzip: boolean, bytes: number, place: Place, told: (part: number) => void, signal: AbortSignal): Promise<void> {
  const { extract } = await import('tar-stream');
  const source = createReadStream(path, { highWaterMark: 256 * 1024 });
  const tar = extract();
  const flow = isGzip ? pipeline(source, createGunzip(), tar, { signal }) : pipeline(source, tar, { signal });
  const read = async (): Promise<void> => {
    for await (const entry of tar as AsyncIterable<Entry>) {
      await take(entry, place);
      entry.resume();
      told(source.bytesRead / bytes);
    }
  };
  try {
    await Promise.all([flow, read()]);
  } catch (error) {
    source.destroy();
    tar.destroy();
    await flow.catch(() => {});
    throw error;
  } finally {
    await place.settle();
  }
}

async function take(entry: Entry, place: Place): Promise<void> {
  const { name, type, linkname, mode = 0, size = 0 } = entry.header;
  switch (type) {
    case 'file':
    case 'contiguous-file':
      return place.file({ name, executable: (mode & 0o111) !== 0, size, crc: null, content: async () => entry as unknown as Readable }, true);
    case 'directory':
      return place.folder(name);
    case 'symlink':
    case 'link':
      return place.link(name, linkname ?? '', type === 'link');
    default:
      return place.other(name);
  }
}
