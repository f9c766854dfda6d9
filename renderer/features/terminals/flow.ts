import type { Terminal } from '@xterm/xterm';

/** A pane without the focus takes at most so much each frame, so that a flood there does not stop the typing here. */
const slice = 16 * 1024;
const frameMs = 16;
/**
 * The pane that has the keys gives xterm as much at once as is drawn in this time: a key waits no longer, and between two pieces
 * the page draws a frame, which in a flood costs as much as the text in it.
 */
const pieceMs = 40;
const leastPiece = 16 * 1024;
const mostPiece = 1024 * 1024;
/** With more than this not yet drawn, Ctrl-C throws away what is queued, as a terminal of the kernel does. */
const flood = 32 * 1024;

/** Output on its way to the screen, one piece after the other; what waits for its turn can still be thrown away. */
export class Flow {
  #queue: Uint8Array[] = [];
  #queued = 0;
  #drawing = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #focused = false;
  #last = { at: Number.NEGATIVE_INFINITY, bytes: 0 };
  /** Bytes that are drawn in a millisecond, as the last pieces were. */
  #rate = leastPiece / pieceMs;
  /** Thrown away since Ctrl-C; null where nothing is. */
  #dropped: number | null = null;
  /** xterm's own leaves out what is no UTF-8; this one shows a mark for it. */
  readonly #decoder = new TextDecoder();
  /** A letter may have been cut in two: the decoder has its beginning. */
  #cut = false;
  /** Where a piece is put together: xterm is done with it when it was drawn. */
  #room = new Uint8Array(0);

  /** @param taken told of bytes that were drawn, or never will be */
  constructor(
    private readonly terminal: Pick<Terminal, 'write'>,
    private readonly taken: (bytes: number) => void,
  ) {}

  add(bytes: Uint8Array): void {
    if (this.#dropped !== null) {
      this.#drop(bytes.length);
      return;
    }
    this.#queue.push(bytes);
    this.#queued += bytes.length;
    this.#next();
  }

  focus(focused: boolean): void {
    this.#focused = focused;
    this.stop();
    this.#next();
  }

  drawAll(): void {
    this.stop();
    this.#dropped = null;
    this.#draw(this.#queued);
  }

  /** Ctrl-C before a flood: what is queued is never drawn, nor what still comes of it until `resume`. */
  interrupt(): void {
    if (this.#queued + this.#drawing <= flood) return;
    this.#drop(this.#queued);
    this.#queue = [];
    this.#queued = 0;
  }

  /** What comes now came after Ctrl-C. @returns how many bytes of before were thrown away here */
  resume(): number {
    const dropped = this.#dropped ?? 0;
    this.#dropped = null;
    return dropped;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #drop(bytes: number): void {
    this.#dropped = (this.#dropped ?? 0) + bytes;
    this.taken(bytes);
  }

  /** Draws the next piece, or waits for its time; then what was drawn calls it again. */
  #next(): void {
    if (this.#queued === 0 || this.#drawing > 0 || this.#timer !== undefined) return;
    const most = this.#focused ? Math.floor(Math.min(mostPiece, Math.max(leastPiece, this.#rate * pieceMs))) : slice;
    // In a flood the pane that has the keys waits for enough of a piece, so that there is not a frame for each message.
    const pause = !this.#focused ? frameMs : this.#last.bytes > flood && this.#queued < most / 2 ? pieceMs : 0;
    const wait = this.#last.at + pause - performance.now();
    if (wait <= 0) this.#draw(most);
    else
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.#next();
      }, wait);
  }

  #draw(most: number): void {
    const bytes = Math.min(most, this.#queued);
    if (bytes === 0) return;
    const piece = this.#take(bytes);
    const at = performance.now();
    this.#last = { at, bytes };
    this.#drawing += bytes;
    // After a key it is drawn before this returns.
    this.terminal.write(piece, () => {
      this.#drawing -= bytes;
      if (bytes >= leastPiece) this.#rate = bytes / Math.max(1, performance.now() - at);
      this.taken(bytes);
      this.#next();
    });
  }

  /** So many bytes off the queue, as xterm is to have them: bytes where that is the same, since it need not make text of them. */
  #take(bytes: number): string | Uint8Array {
    const piece = this.#roomFor(bytes);
    let at = 0;
    while (at < bytes) {
      const first = this.#queue[0];
      if (first === undefined) break;
      const part = first.subarray(0, bytes - at);
      if (part.length === first.length) this.#queue.shift();
      else this.#queue[0] = first.subarray(part.length);
      piece.set(part, at);
      at += part.length;
    }
    this.#queued -= bytes;
    if (!this.#cut && isAscii(piece)) return piece;
    this.#cut = (piece.at(-1) ?? 0) > 127;
    return this.#decoder.decode(piece, { stream: true });
  }

  #roomFor(bytes: number): Uint8Array {
    if (this.#drawing > 0 || bytes > mostPiece) return new Uint8Array(bytes);
    if (this.#room.length < bytes) this.#room = new Uint8Array(Math.min(mostPiece, 2 * bytes));
    return this.#room.subarray(0, bytes);
  }
}

function isAscii(bytes: Uint8Array): boolean {
  let all = 0;
  for (let at = 0; at < bytes.length; at += 1) all |= bytes[at] as number;
  return all < 128;
}
