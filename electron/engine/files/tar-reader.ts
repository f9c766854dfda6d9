/** A whole file of a tar. */
export interface TarFile {
  name: string;
  bytes: Buffer;
}

const block = 512;
/** No file that is asked for as a stream is larger; what is, is passed over. */
const mostHeld = 1024 * 1024;
/** A name or a pax record. */
const mostWords = 64 * 1024;

/**
 * Reads a tar as it comes, of which only regular files are wanted, each whole (POSIX ustar and pax, and GNU's long names).
 * tar-stream makes streams of each entry, which for a small file takes four times as long as writing it.
 */
export class TarReader {
  #rest: Buffer = Buffer.alloc(0);
  /** Bytes of an entry that is passed over. */
  #skip = 0;
  #longName: string | undefined;
  #longSize: number | undefined;
  /** Whether the end has come, two empty blocks. */
  ended = false;

  /** The files that are whole with these bytes. @throws Error where it is no tar */
  *read(chunk: Buffer): Generator<TarFile> {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (!this.ended) {
      const passed = Math.min(this.#skip, bytes.length - at);
      this.#skip -= passed;
      at += passed;
      if (this.#skip > 0 || bytes.length - at < block) break;
      const header = bytes.subarray(at, at + block);
      if (header[0] === 0) {
        this.ended = true;
        break;
      }
      const type = String.fromCharCode(header[156] ?? 0);
      const size = this.#longSize !== undefined && !isWords(type) ? this.#longSize : sizeOf(header);
      const whole = block + Math.ceil(size / block) * block;
      const isHeld = isWords(type) ? size <= mostWords : (type === '0' || type === '\0') && size <= mostHeld;
      if (!isHeld) {
        if (isWords(type)) throw new Error('a name in the tar is longer than any');
        this.#skip = whole;
        this.#forget();
        continue;
      }
      if (bytes.length - at < whole) break;
      const content = bytes.subarray(at + block, at + block + size);
      at += whole;
      if (isWords(type)) this.#words(type, content);
      else {
        yield { name: this.#longName ?? nameOf(header), bytes: content };
        this.#forget();
      }
    }
    bytes = this.ended ? Buffer.alloc(0) : bytes.subarray(at);
    this.#rest = bytes;
  }

  #forget(): void {
    this.#longName = this.#longSize = undefined;
  }

  /** GNU's long name, or pax records: "length key=value\n" each, lengths in bytes. */
  #words(type: string, content: Buffer): void {
    if (type === 'L') this.#longName = text(content);
    if (type !== 'x') return;
    for (let at = 0; at < content.length; ) {
      const space = content.indexOf(0x20, at);
      const length = Number(content.toString('latin1', at, space));
      if (space < 0 || !Number.isSafeInteger(length) || length <= 0) throw new Error('a record in the tar cannot be read');
      const [, key, value = ''] = /^([^=]*)=(.*)\n$/s.exec(content.toString('utf8', space + 1, at + length)) ?? [];
      if (key === 'path') this.#longName = value;
      if (key === 'size') this.#longSize = Number(value);
      at += length;
    }
  }
}

/** What says something of the entry after it; K is a long name of a link. */
const isWords = (type: string): boolean => type === 'L' || type === 'x' || type === 'K';

function text(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}

function nameOf(header: Buffer): string {
  const name = text(header.subarray(0, 100));
  // GNU's own form has times where ustar has the begin of a long name.
  const prefix = header.toString('latin1', 257, 263) === 'ustar\0' ? text(header.subarray(345, 500)) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** Octal digits, or from the eighth bit on a number of 11 bytes (GNU). */
function sizeOf(header: Buffer): number {
  const field = header.subarray(124, 136);
  const size = (field[0] ?? 0) & 0x80 ? Number(field.readBigUInt64BE(4)) : Number.parseInt(text(field).trim(), 8);
  if (!Number.isSafeInteger(size) || size < 0) throw new Error('a size in the tar cannot be read');
  return size;
}
