import type { Terminal } from '@xterm/xterm';

/** A pane without the focus takes at most so much each frame, so that a flood there does not stop the typing here. */
const slice = 16 * 1024;
const frameMs = 16;
/** With more than this not yet drawn, Ctrl-C throws away what is queued, as a terminal of the kernel does. */
const flood = 32 * 1024;

/** Output on its way to the screen: the pane that has the keys takes it at once, others in slices; told when it was drawn. */
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
  ) {}

  add(bytes: Uint8Array): void {
    this.#queue.push(bytes);
    this.#queued += bytes.length;
    if (this.#focused) this.drawAll();
    else this.#timer ??= setTimeout(() => this.#drawSlice(), frameMs);
  }

  focus(focused: boolean): void {
    this.#focused = focused;
    if (focused) this.drawAll();
  }

  drawAll(): void {
    this.stop();
    for (const bytes of this.#queue.splice(0)) this.#write(bytes);
    this.#queued = 0;
  }

  /** Ctrl-C before a flood: what is queued is never drawn. */
  interrupt(): void {
    if (this.#queued + this.#drawing <= flood) return;
    const dropped = this.#queued;
    this.#queue = [];
    this.#queued = 0;
    if (dropped > 0) this.taken(dropped);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #drawSlice(): void {
    this.#timer = undefined;
    let left = slice;
    while (left > 0) {
      const first = this.#queue[0];
      if (first === undefined) break;
      const part = first.subarray(0, left);
      if (part.length === first.length) this.#queue.shift();
      else this.#queue[0] = first.subarray(left);
      left -= part.length;
      this.#queued -= part.length;
      this.#write(part);
    }
    if (this.#queue.length > 0) this.#timer = setTimeout(() => this.#drawSlice(), frameMs);
  }

  #write(bytes: Uint8Array): void {
    this.#drawing += bytes.length;
    this.terminal.write(this.#decoder.decode(bytes, { stream: true }), () => {
      this.#drawing -= bytes.length;
      this.taken(bytes.length);
    });
  }
}
