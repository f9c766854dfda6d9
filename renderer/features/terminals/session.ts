import { FitAddon } from '@xterm/addon-fit';
import { WebglAddon } from '@xterm/addon-webgl';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import type { TerminalToBackend, TerminalToPage } from '../../../shared/bridge.ts';
import { Failure } from '../../../shared/errors.ts';
import { visible } from '../../../shared/rules/visible.ts';
import type { Api } from '../../lib/api.ts';
import { usePastes } from '../../stores/pastes.ts';
import { hasGpu, palette } from './drawing.ts';
import { pastedText } from './paste.ts';
import { terminalPort } from './port.ts';

/** A pane without the focus takes at most so much each frame, so that a flood there does not stop the typing here. */
const slice = 16 * 1024;
const frameMs = 16;
/** With more than this not yet drawn, Ctrl-C throws away what is queued, as a terminal of the kernel does. */
const flood = 32 * 1024;

/** So much may be typed or pasted while a terminal is being opened. */
const mostEarly = 100_000;

export type SessionState = { kind: 'opening' } | { kind: 'open' } | { kind: 'ended'; words: string };

/** One shell on a server and what is drawn of it; it outlives its page. */
export class Session {
  readonly element = document.createElement('div');
  readonly #terminal: Terminal;
  readonly #fit = new FitAddon();
  #port: MessagePort | undefined;
  #queue: Uint8Array[] = [];
  #queued = 0;
  #drawing = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #focused = false;
  #closed = false;
  #round = 0;
  /** Keys typed while it is being opened, which are its first. */
  #early = '';
  state: SessionState = { kind: 'opening' };

  constructor(
    private readonly api: Api,
    private readonly host: string,
    private readonly app: string | null,
    private readonly changed: () => void,
  ) {
    this.element.className = 'pane';
    this.#terminal = new Terminal({
      fontFamily: "'JetBrains Mono', monospace",
      fontSize: 12.5,
      lineHeight: 1.2,
      cursorBlink: false,
      scrollback: 5_000,
      allowProposedApi: false,
      theme: palette(),
      screenReaderMode: false,
      macOptionIsMeta: false,
    });
    this.#terminal.loadAddon(this.#fit);
    // Only web addresses, only on a click with Ctrl, and the whole of it is what the browser gets.
    this.#terminal.loadAddon(new WebLinksAddon((event, address) => void ((event.ctrlKey || event.metaKey) && /^https?:\/\//.test(address) && window.board.openExternal(address))));
    // A program on the server neither reads nor writes this computer's clipboard.
    this.#terminal.parser.registerOscHandler(52, () => true);
    this.#terminal.attachCustomKeyEventHandler((event) => this.#key(event));
    this.#terminal.onData((text) => this.#type(text));
    this.#terminal.onResize(({ cols, rows }) => this.#post({ type: 'size', columns: cols, rows }));
    this.#terminal.buffer.onBufferChange(({ type }) => this.#post({ type: 'alternate', on: type === 'alternate' }));
    this.element.addEventListener('focusin', () => {
      this.#focused = true;
      this.#draw();
    });
    // However it comes: by the keys of the system, by its menu, by the middle button.
    this.element.addEventListener(
      'paste',
      (event) => {
        event.preventDefault();
        event.stopPropagation();
        void this.#paste(event.clipboardData?.getData('text/plain') ?? '');
      },
      true,
    );
    this.element.addEventListener('focusout', () => {
      this.#focused = false;
    });
  }

  /** Puts it into the page; the first time it is opened on the server too. */
  show(into: HTMLElement): void {
    into.replaceChildren(this.element);
    if (this.#terminal.element === undefined) {
      this.#terminal.open(this.element);
      if (hasGpu()) this.#draw3d();
      this.fit();
      void this.#open();
    }
    this.fit();
    this.#terminal.options.theme = palette();
    this.#terminal.focus();
  }

  /** On real hardware only: WebGL in software is several times slower than the DOM. */
  #draw3d(): void {
    const webgl = new WebglAddon();
    webgl.onContextLoss(() => webgl.dispose());
    this.#terminal.loadAddon(webgl);
  }

  fit(): void {
    if (this.element.clientWidth > 40 && this.element.clientHeight > 20) this.#fit.fit();
  }

  focus(): void {
    this.#terminal.focus();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#post({ type: 'close' });
    this.#port?.close();
    this.#terminal.dispose();
    this.element.remove();
  }

  async #open(): Promise<void> {
    this.#early = '';
    this.#round += 1;
    const round = this.#round;
    this.#become({ kind: 'opening' });
    try {
      const { ticket } = await this.api.call('terminals.open', {
        host: this.host,
        ...(this.app !== null && { app: this.app }),
        columns: Math.max(2, this.#terminal.cols),
        rows: Math.max(2, this.#terminal.rows),
      });
      if (this.#closed || round !== this.#round) return;
      const port = await terminalPort(ticket);
      this.#port = port;
      port.onmessage = ({ data }: MessageEvent<TerminalToPage>) => this.#receive(data);
      this.#post({ type: 'size', columns: this.#terminal.cols, rows: this.#terminal.rows });
      this.#become({ kind: 'open' });
      this.#send(this.#early);
      this.#early = '';
    } catch (error) {
      this.#end(error instanceof Failure ? `${error.message}${error.hint === undefined ? '' : `. ${error.hint}`}` : String(error));
    }
  }

  #receive(message: TerminalToPage): void {
    if (message.type === 'ended') {
      this.#end(message.reason ?? (message.code === null ? 'The session ended' : `exited ${message.code}`));
      return;
    }
    if (message.type === 'dropped') {
      this.#terminal.write(`\u0018\u001b[0m\r\n[${message.bytes} bytes not shown after Ctrl-C]\r\n`);
      return;
    }
    this.#queue.push(message.bytes);
    this.#queued += message.bytes.length;
    if (this.#focused) this.#draw();
    else this.#timer ??= setTimeout(() => this.#drawSlice(), frameMs);
  }

  /** The pane with the focus draws at once. */
  #draw(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const bytes of this.#queue.splice(0)) this.#write(bytes);
    this.#queued = 0;
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
    this.#terminal.write(bytes, () => {
      this.#drawing -= bytes.length;
      this.#post({ type: 'taken', bytes: bytes.length });
    });
  }

  #type(text: string): void {
    if (this.state.kind === 'ended') {
      if (text === '\r') void this.#open();
      return;
    }
    if (text.includes('\u0003') && this.#queued + this.#drawing > flood && this.#terminal.buffer.active.type === 'normal') {
      const dropped = this.#queued;
      this.#queue = [];
      this.#queued = 0;
      if (dropped > 0) this.#post({ type: 'taken', bytes: dropped });
    }
    if (this.state.kind === 'opening') this.#early = (this.#early + text).slice(0, mostEarly);
    else this.#send(text);
  }

  #send(text: string): void {
    for (let from = 0; from < text.length; from += 500_000) this.#post({ type: 'keys', text: text.slice(from, from + 500_000) });
  }

  /** Ctrl Shift C and V are copy and paste; Ctrl Tab and the rest of ours go to the window. */
  #key(event: KeyboardEvent): boolean {
    const ours = event.ctrlKey && event.shiftKey;
    if (event.key === 'Tab' && event.ctrlKey) return false;
    if (!ours) return true;
    const key = event.key.toLowerCase();
    if (event.type === 'keydown' && key === 'c') {
      event.preventDefault();
      void window.board.copyText(this.#terminal.getSelection());
    }
    if (event.type === 'keydown' && key === 'v') {
      event.preventDefault();
      void window.board.readClipboardText().then((text) => this.#paste(text));
    }
    return false;
  }

  /** What would run something, or is not what it looks like, is shown first. */
  async #paste(clipboard: string): Promise<void> {
    const held = this.#terminal.modes.bracketedPasteMode;
    const { text, asks } = pastedText(clipboard, held);
    if (asks && !(await usePastes.getState().ask({ to: this.app ?? this.host, text: clipboard, held }))) return;
    if (!this.#closed) this.#terminal.paste(text);
  }

  #end(words: string): void {
    if (this.#closed) return;
    this.#draw();
    this.#port?.close();
    this.#port = undefined;
    this.#terminal.write(`\r\n\u001b[0m\u001b[2m── ${visible(words)}. Enter starts again ──\u001b[0m\r\n`);
    this.#become({ kind: 'ended', words });
  }

  #become(state: SessionState): void {
    this.state = state;
    this.changed();
  }

  #post(message: TerminalToBackend): void {
    this.#port?.postMessage(message);
  }
}
