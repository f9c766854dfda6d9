import type { Readable } from 'node:stream';
import { cancelled, onAbort } from './waiting.ts';

export interface LinesOptions {
  /** Bytes of a line that are kept; what is longer is cut and ends in the mark. 64 KB if left out. */
  most?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** Stands at the end of a line that was cut. */
export const cutMark = ' …[cut]';

/**
 * The lines of a stream, without their ends (`\n` or `\r\n`), as they come. Not asking for the next one stops the
 * reading, and so in the end the sender; leaving the loop destroys the stream. Bytes that are not UTF-8 become U+FFFD.
 * Memory is bounded by `most`, whatever arrives.
 */
export async function* lines(source: Readable, options: LinesOptions = {}): AsyncGenerator<string, void, void> {
  const most = options.most ?? 64 * 1024;
  let parts: Buffer[] = [];
  let held = 0;
  let cut = false;
  const keep = (bytes: Buffer): void => {
    const room = most - held;
    if (bytes.length > room) cut = true;
    if (room <= 0 || bytes.length === 0) return;
    // Copied where little is kept of a large chunk that would otherwise stay in memory with it.
    parts.push(Buffer.from(bytes.subarray(0, room)));
    held += Math.min(room, bytes.length);
  };
  const take = (): string => {
    const whole = Buffer.concat(parts, held);
    const end = !cut && whole[whole.length - 1] === 13 ? whole.length - 1 : whole.length;
    const text = whole.toString('utf8', 0, end) + (cut ? cutMark : '');
    parts = [];
    held = 0;
    cut = false;
    return text;
  };

  const off = onAbort(options.signal, () => source.destroy(cancelled()));
  try {
    for await (const chunk of source as AsyncIterable<Buffer | string>) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      let from = 0;
      for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, from)) {
        keep(bytes.subarray(from, at));
        yield take();
        from = at + 1;
      }
      keep(bytes.subarray(from));
    }
    if (held > 0 || cut) yield take();
  } finally {
    off();
  }
}
