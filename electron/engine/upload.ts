import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { createDeflate } from 'node:zlib';
import { Failure } from '../../shared/errors.ts';
import type { Scan, ScannedFile } from './scan.ts';

/** Contents of files as the kit stores them, compressed: per file 64 hex digits, x or -, 8 bytes of size, the bytes. */
export function contentStream(scan: Scan, files: ScannedFile[], signal: AbortSignal): AsyncIterable<Buffer> {
  const compressed = createDeflate({ level: 4 });
  pipeline(Readable.from(records(scan, files), { signal }), compressed, () => {});
  return compressed;
}

async function* records(scan: Scan, files: ScannedFile[]): AsyncGenerator<Buffer> {
  for (const { path, key, size } of files) {
    const head = Buffer.alloc(73);
    head.write(`${key.slice(0, 64)}${key.endsWith('x') ? 'x' : '-'}`, 'latin1');
    head.writeBigUInt64BE(BigInt(size), 65);
    yield head;
    let sent = 0;
    for await (const chunk of createReadStream(join(scan.folder, path))) {
      sent += (chunk as Buffer).length;
      if (sent > size) break;
      yield chunk as Buffer;
    }
    if (sent !== size) throw new Failure('conflict', `${path} changed while it was being sent`, { hint: 'Deploy again when nothing writes to the folder.' });
  }
}

/** One file for each content the host lacks. */
export function filesToSend(scan: Scan, missing: readonly string[]): ScannedFile[] {
  const byKey = new Map(scan.files.map((file) => [file.key, file]));
  return missing.flatMap((key) => byKey.get(key) ?? []);
}
