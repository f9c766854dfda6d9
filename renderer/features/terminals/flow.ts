import type { Terminal } from '@xterm/xterm';

/** A pane without the focus takes at most so much each frame, so that a flood there does not stop the typing here. */
const slice = 16 * 1024;
const frameMs = 16;
/** What xterm gets at once: a key waits for it. */
const piece = 64 * 1024;
/** So much is with xterm at most, so that it never waits; what it has cannot be thrown away any more. */
const ahead = 256 * 1024;
/** With more than this not yet drawn, Ctrl-C throws away what is queued, as a terminal of the kernel does. */
const flood = 32 * 1024;

/** Output on its way to the screen: the pane that has the keys gets it as fast as it draws, others in slices; told when it was drawn. */
export class Flow {
  #queue: Uint8Array[] = [];
  #queued = 0;
  #drawing = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #focused = false;
  /** xterm's own leaves out what is no UTF-8; this one shows a mark for it. */
  readonly #decoder = new TextDecoder();

  constructor(
    private readonly terminal: Pick<Terminal, 'write'>,
    private readonly taken: (bytes: number) => void,
    private readonly thrown: (bytes: number) => void,
  ) {}

  add(bytes: Uint8Array): void {
    this.#queue.push(bytes);
    this.#queued += bytes.length;
    this.#go();
  }

  focus(focused: boolean): void {
    this.#focused = focused;
    this.#go();
  }

  drawAll(): void {
    this.stop();
    this.#draw(Number.POSITIVE_INFINITY);
  }

  /** Ctrl-C before a flood: what is queued is never drawn. */
  interrupt(): void {
    if (this.#queued + this.#drawing <= flood) return;
    const dropped = this.#queued;
    this.#queue = [];
    this.#queued = 0;
    if (dropped > 0) this.thrown(dropped);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #go(): void {
    if (this.#queued === 0) return;
    if (!this.#focused) {
      this.#timer ??= setTimeout(() => this.#drawSlice(), frameMs);
      return;
    }
    this.stop();
    while (this.#queued > 0 && this.#drawing < ahead) this.#draw(piece);
  }

  #drawSlice(): void {
    this.#timer = undefined;
    this.#draw(slice);
    this.#go();
  }

  /** At most so many bytes, as one text. */
  #draw(most: number): void {
    let text = '';
    let bytes = 0;
    while (bytes < most) {
      const first = this.#queue[0];
      if (first === undefined) break;
      const part = first.subarray(0, most - bytes);
      if (part.length === first.length) this.#queue.shift();
      else this.#queue[0] = first.subarray(part.length);
      bytes += part.length;
      text += this.#decoder.decode(part, { stream: true });
    }
    if (bytes === 0) return;
    this.#queued -= bytes;
    this.#drawing += bytes;
    this.terminal.write(text, () => {
      this.#drawing -= bytes;
      this.taken(bytes);
      if (this.#focused) this.#go();
    });
  }
}
