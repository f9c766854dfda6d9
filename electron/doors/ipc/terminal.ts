import { z } from 'zod';
import type { TerminalToPage } from '../../../shared/bridge.ts';
import type { Port } from '../ipc.ts';
import { isPlainAndSmall } from './limits.ts';

/** A terminal as the door needs it. */
export interface TerminalBytes {
  write(text: string): void;
  resize(columns: number, rows: number): void;
  onOutput(listener: (bytes: Buffer) => void): void;
  pause(): void;
  resume(): void;
  record(on: boolean): unknown;
  /** Told at each change, and now where there is something to tell. */
  onRecording(listener: (recording: { file: string | null; reason: string | null }) => void): void;
  readonly ended: Promise<{ code: number | null; failure?: { message: string } }>;
  close(): void;
}

const batchBytes = 256 * 1024;
const batchMs = 4;
/** Under way to the page: more than it draws while word of that travels. Ctrl-C need not wait for it, since the page throws it away. */
const high = 2048 * 1024;
const low = 1536 * 1024;
/** With more than this under way, Ctrl-C also throws away what the program had printed, as a tty does. */
const flood = 32 * 1024;
const quietMs = 25;
const discardMs = 400;
const keptBytes = 4 * 1024;

const fromPage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('keys'), text: z.string().max(1_000_000) }),
  z.object({ type: z.literal('size'), columns: z.number().int().min(2).max(1000), rows: z.number().int().min(2).max(1000) }),
  z.object({ type: z.literal('taken'), bytes: z.number().int().nonnegative() }),
  z.object({ type: z.literal('alternate'), on: z.boolean() }),
  z.object({ type: z.literal('record'), on: z.boolean() }),
  z.object({ type: z.literal('close') }),
]);

/** Carries one terminal over one port, until either ends. */
export function serveTerminal(port: Port, terminal: TerminalBytes | undefined): void {
  const post = (message: TerminalToPage): void => port.postMessage(message);
  if (terminal === undefined) {
    port.start();
    post({ type: 'ended', code: null, reason: 'This terminal is not open any more', lost: false });
    return;
  }
  const output = new Output(terminal, post);
  let alternate = false;
  port.on('message', ({ data }) => {
    const parsed = isPlainAndSmall(data) ? fromPage.safeParse(data) : undefined;
    if (parsed?.success !== true) return;
    const message = parsed.data;
    switch (message.type) {
      case 'keys':
        // A program on the alternate screen draws; what it drew must arrive.
        if (message.text.includes('\u0003') && !alternate) output.interrupt();
        return terminal.write(message.text);
      case 'size':
        return terminal.resize(message.columns, message.rows);
      case 'taken':
        return output.taken(message.bytes);
      case 'alternate':
        alternate = message.on;
        return;
      case 'record':
        return void terminal.record(message.on);
      case 'close':
        return terminal.close();
    }
  });
  port.on('close', () => terminal.close());
  terminal.onRecording((recording) => post({ type: 'recording', ...recording }));
  terminal.onOutput((bytes) => output.add(bytes));
  void terminal.ended.then(({ code, failure }) => {
    output.flush();
    post({ type: 'ended', code, reason: failure?.message ?? null, lost: failure !== undefined });
  });
  port.start();
}

/** What the terminal says on its way to the page: in batches, held back while too much is under way. */
class Output {
  #queue: Buffer[] = [];
  #queued = 0;
  #unacknowledged = 0;
  #paused = false;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #discarding: { dropped: number; quiet: NodeJS.Timeout; limit: NodeJS.Timeout } | undefined;

  constructor(
    private readonly terminal: TerminalBytes,
    private readonly post: (message: TerminalToPage) => void,
  ) {}

  add(bytes: Buffer): void {
    this.#queue.push(bytes);
    this.#queued += bytes.length;
    if (this.#discarding !== undefined) {
      this.#discarding.quiet.refresh();
      this.#dropAllButTheEnd();
      return;
    }
    if (this.#queued >= batchBytes) this.flush();
    // A single key's echo must not wait; a flood fills its batches by itself.
    else if (this.#unacknowledged === 0) this.#immediate ??= setImmediate(() => this.flush());
    else this.#timer ??= setTimeout(() => this.flush(), batchMs);
    if (!this.#paused && this.#unacknowledged + this.#queued >= high) {
      this.#paused = true;
      this.terminal.pause();
    }
  }

  flush(): void {
    clearTimeout(this.#timer);
    if (this.#immediate !== undefined) clearImmediate(this.#immediate);
    this.#timer = undefined;
    this.#immediate = undefined;
    if (this.#queued === 0) return;
    const queue = this.#queue;
    this.#queue = [];
    this.#queued = 0;
    while (queue.length > 0) {
      const part = partOf(queue, batchBytes);
      this.#unacknowledged += part.length;
      this.post({ type: 'output', bytes: part });
    }
  }

  taken(bytes: number): void {
    this.#unacknowledged = Math.max(0, this.#unacknowledged - bytes);
    if (this.#paused && this.#unacknowledged + this.#queued <= low) {
      this.#paused = false;
      this.terminal.resume();
    }
  }

  /** Ctrl-C: with much under way, what is still to come of the old output is thrown away until it falls silent; its end is told, so that the page knows what came after. */
  interrupt(): void {
    if (this.#discarding !== undefined || this.#unacknowledged + this.#queued <= flood) return;
    const end = (): void => this.#endDiscarding();
    this.#discarding = { dropped: 0, quiet: setTimeout(end, quietMs), limit: setTimeout(end, discardMs) };
    this.#dropAllButTheEnd();
    if (this.#paused) {
      this.#paused = false;
      this.terminal.resume();
    }
  }

  #dropAllButTheEnd(): void {
    if (this.#discarding === undefined || this.#queued <= 2 * keptBytes) return;
    const all = Buffer.concat(this.#queue, this.#queued);
    const end = Buffer.from(all.subarray(all.length - keptBytes));
    this.#discarding.dropped += all.length - end.length;
    this.#queue = [end];
    this.#queued = end.length;
  }

  #endDiscarding(): void {
    if (this.#discarding === undefined) return;
    const { dropped, quiet, limit } = this.#discarding;
    clearTimeout(quiet);
    clearTimeout(limit);
    this.#discarding = undefined;
    this.post({ type: 'dropped', bytes: dropped });
    this.flush();
  }
}

/** Takes at most so many bytes off a queue, in memory of their own: sending a view would send all that is behind it. */
function partOf(queue: Buffer[], most: number): Uint8Array {
  const length = Math.min(
    most,
    queue.reduce((sum, one) => sum + one.length, 0),
  );
  const part = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const first = queue[0] as Buffer;
    const piece = first.subarray(0, length - at);
    part.set(piece, at);
    at += piece.length;
    if (piece.length === first.length) queue.shift();
    else queue[0] = first.subarray(piece.length);
  }
  return part;
}
