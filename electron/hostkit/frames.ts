/**
 * The framing between a client and the kit, the same as forgekit/frames.py.
 * A frame: nonce (16 characters), type J, Z or B, length (8 hex digits), payload. J is UTF-8 JSON, Z the same compressed by
 * zlib, for what is large (the list of 100,000 files); B is a request's id (4 bytes, big-endian) and a part of its body, an
 * empty part being the end. A login shell may print what it likes before and between frames: it is skipped up to the next nonce.
 */
import { promisify } from 'node:util';
import { deflate, inflateSync } from 'node:zlib';

const nonceLength = 16;
const headerLength = nonceLength + 9;
export const jsonLimit = 8 * 1024 * 1024;
export const bodyLimit = 1024 * 1024;
/** Compressed: 150,000 files with their hashes, which hardly shrink, take 8 to 12 MiB. */
const packedLimit = 16 * 1024 * 1024;
/** JSON above this is sent compressed; unpacked it has at most `unpackedLimit` bytes. */
const plainLimit = 1024 * 1024;
const unpackedLimit = 64 * 1024 * 1024;

export interface Frame {
  type: 'J' | 'Z' | 'B';
  payload: Buffer;
}

/** The other side announced a frame larger than any may be: it is not in step any more, so the channel must be closed. */
export class FrameTooLarge extends Error {}

export function jsonFrame(nonce: string, message: unknown): Buffer {
  return frame(nonce, 'J', Buffer.from(JSON.stringify(message)));
}

/** The same for what may be large. @throws FrameTooLarge where even compressed it does not fit */
export async function largeFrame(nonce: string, message: unknown): Promise<Buffer> {
  const json = Buffer.from(JSON.stringify(message));
  if (json.length <= plainLimit) return frame(nonce, 'J', json);
  const packed = await promisify(deflate)(json, { level: 4 });
  if (packed.length > packedLimit || json.length > unpackedLimit) throw new FrameTooLarge(`a message of ${json.length} bytes`);
  return frame(nonce, 'Z', packed);
}

/** The JSON of a J or Z frame; undefined where it is none, or unpacks to more than any message has. */
export function messageOf({ type, payload }: Frame): unknown {
  try {
    return type === 'B' ? undefined : JSON.parse((type === 'Z' ? inflateSync(payload, { maxOutputLength: unpackedLimit }) : payload).toString());
  } catch {
    return undefined;
  }
}

/** A part of the body of request `id`; at most `bodyLimit` bytes. */
export const bodyFrame = (nonce: string, id: number, part: Buffer): Buffer => Buffer.concat([bodyHead(nonce, id, part.length), part]);

/** What stands before a part of so many bytes. */
export function bodyHead(nonce: string, id: number, length: number): Buffer {
  const named = Buffer.allocUnsafe(4);
  named.writeUInt32BE(id);
  return Buffer.concat([header(nonce, 'B', 4 + length), named]);
}

const frame = (nonce: string, type: Frame['type'], payload: Buffer): Buffer => Buffer.concat([header(nonce, type, payload.length), payload]);

const header = (nonce: string, type: Frame['type'], length: number): Buffer => Buffer.from(`${nonce}${type}${length.toString(16).padStart(8, '0')}`, 'latin1');

/** Takes bytes as they come and gives the frames that are complete. */
export class FrameReader {
  readonly #nonce: Buffer;
  #parts: Buffer[] = [];
  #size = 0;
  /** So many bytes are needed before anything can happen: a large frame in small parts is joined once, not once a part. */
  #needed = headerLength;

  constructor(nonce: string) {
    this.#nonce = Buffer.from(nonce, 'latin1');
  }

  feed(chunk: Buffer): Frame[] {
    this.#parts.push(chunk);
    this.#size += chunk.length;
    if (this.#size < this.#needed) return [];
    const found: Frame[] = [];
    let rest = Buffer.concat(this.#parts, this.#size);
    for (let next = this.#next(rest); ; next = this.#next(rest)) {
      rest = rest.subarray(next.used);
      if (next.frame !== undefined) found.push(next.frame);
      else if (next.used === 0) break;
    }
    this.#parts = [rest];
    this.#size = rest.length;
    return found;
  }

  /** A frame, or so many bytes of noise, or neither (used: 0) where more bytes are needed. */
  #next(buffer: Buffer): { used: number; frame?: Frame } {
    this.#needed = headerLength;
    const start = buffer.indexOf(this.#nonce);
    // The end of the noise may be the beginning of a nonce.
    if (start < 0) return { used: Math.max(0, buffer.length - nonceLength + 1) };
    if (start > 0) return { used: start };
    if (buffer.length < headerLength) return { used: 0 };
    const header = /^([JZB])([0-9a-f]{8})$/.exec(buffer.toString('latin1', nonceLength, headerLength));
    if (header === null) return { used: 1 };
    const type = header[1] as Frame['type'];
    const length = Number.parseInt(header[2] as string, 16);
    if (length > { B: bodyLimit + 4, J: jsonLimit, Z: packedLimit }[type]) throw new FrameTooLarge(`a frame of ${length} bytes`);
    this.#needed = headerLength + length;
    if (buffer.length < this.#needed) return { used: 0 };
    return { used: this.#needed, frame: { type, payload: buffer.subarray(headerLength, this.#needed) } };
  }
}
