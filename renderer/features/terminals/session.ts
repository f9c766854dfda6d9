import type { TerminalToBackend, TerminalToPage } from '../../../shared/bridge.ts';
import { Failure } from '../../../shared/errors.ts';
import { visible } from '../../../shared/rules/visible.ts';
import type { Api } from '../../lib/api.ts';
import { clockOfDay } from '../../lib/format.ts';
import type { Way } from '../../lib/layout.ts';
import { useLook } from '../../stores/look.ts';
import { usePastes } from '../../stores/pastes.ts';
import type { ShellStatus } from '../../stores/shells.ts';
import type { Pane } from '../../stores/tabs.ts';
import { useToasts } from '../../stores/toasts.ts';
import { Flow } from './flow.ts';
import { actOf } from './keys.ts';
import { pastedText } from './paste.ts';
import { terminalPort } from './port.ts';
import { Prompts } from './prompts.ts';
import { Screen } from './screen.ts';
import { Search } from './search.ts';

/** So much may be typed or pasted while a terminal is being opened. */
const mostEarly = 100_000;
const longestTitle = 100;
/** A program may change its title all the time; people read it once in a while. */
const titleMs = 200;
/** Half of a pane is beside the other where it keeps so many columns, else below it. */
const fairColumns = 80;
const fairRows = 10;

const now = (): string => clockOfDay(new Date().toISOString());

/** One shell on a server and what is drawn of it; it outlives its page. */
export class Session {
  readonly element = document.createElement('div');
  readonly #screen = new Screen(this.element);
  readonly #terminal = this.#screen.terminal;
  readonly #prompts = new Prompts(this.#terminal);
  readonly #search = new Search(this.#terminal);
  readonly #flow = new Flow(this.#terminal, (bytes) => this.#post({ type: 'taken', bytes }));
  #port: MessagePort | undefined;
  #closed = false;
  #opening = new AbortController();
  /** Stops listening to whether the backend runs. */
  readonly #deaf: () => void;
  #state: ShellStatus['state'] = 'opening';
  #shown = false;
  #fresh = false;
  #titleTimer: ReturnType<typeof setTimeout> | undefined;
  #title = '';
  /** The file that it is recorded in; a shell that takes the place of one that was recorded is so too. */
  #recording: string | null = null;
  #records = useLook.getState().look.terminal.record;
  /** Keys typed while it is being opened, which are its first. */
  #early = '';
  /** Typed, and to be sent after what runs now: a flood of answers to a program's questions goes as one. */
  #typed = '';

  constructor(
    private readonly api: Api,
    private readonly pane: Pane,
    private readonly tell: (status: Partial<ShellStatus>) => void,
  ) {
    const { element } = this;
    element.className = 'session';
    // Its port says nothing when the process behind it ends.
    this.#deaf = api.onState((state) => {
      if (state !== 'up' && this.#state === 'open') this.#lose("ForgeBoard's background process ended");
    });
    this.#terminal.attachCustomKeyEventHandler((event) => actOf(event, window.board.platform === 'darwin', true) === null);
    this.#terminal.onData((text) => this.#type(text));
    this.#terminal.onResize(({ cols, rows }) => this.#post({ type: 'size', columns: cols, rows }));
    this.#terminal.onTitleChange((title) => this.#name(title));
    this.#terminal.buffer.onBufferChange(({ type }) => this.#post({ type: 'alternate', on: type === 'alternate' }));
    element.addEventListener('focusin', () => this.#flow.focus(true));
    element.addEventListener('focusout', () => this.#flow.focus(false));
    element.addEventListener('mouseup', () => {
      if (useLook.getState().look.terminal.copyOnSelect) this.copy();
    });
    // However it comes: by the keys of the system, by its menu, by the middle button.
    element.addEventListener(
      'paste',
      (event) => {
        event.preventDefault();
        event.stopPropagation();
        void this.paste(event.clipboardData?.getData('text/plain') ?? '');
      },
      true,
    );
  }

  /** A network that came back, or a person who asks: not at the end of the pause. */
  hurry(): void {
    if (this.#state === 'lost') void this.api.call('hosts.connect', { name: this.pane.host }).catch(() => {});
  }

  /** Puts it into the page; the first time it is opened on the server too. */
  show(into: HTMLElement): void {
    if (this.#screen.show(into)) void this.#open();
    this.#shown = true;
    this.#fresh = false;
    this.tell({ fresh: false });
  }

  /** It is not seen any more, and goes on. */
  hide(): void {
    this.#shown = false;
  }

  fit(): void {
    this.#screen.fit();
  }

  focus(): void {
    this.#terminal.focus();
  }

  /** Draws it as the settings say now. */
  dress(): void {
    this.#screen.dress();
  }

  /** Marks every match in what is kept, and shows the next one. */
  find(text: string, exact: boolean, where: 'here' | 'above' | 'below'): void {
    this.#search.find(text, exact, where);
  }

  jump(above: boolean): void {
    this.#prompts.jump(above);
  }

  endSearch(): void {
    this.#search.end();
  }

  /** How its place is halved best. */
  get way(): Way {
    return this.#terminal.cols >= 2 * fairColumns || this.#terminal.rows < 2 * fairRows ? 'beside' : 'below';
  }

  selectAll(): void {
    this.#terminal.selectAll();
  }

  copy(): void {
    if (this.#terminal.hasSelection()) void window.board.copyText(this.#terminal.getSelection());
  }

  /** What would run something, or is not what it looks like, is shown first. */
  async paste(clipboard: string): Promise<void> {
    const held = this.#terminal.modes.bracketedPasteMode;
    const { text, asks } = pastedText(clipboard, held);
    if (asks && !(await usePastes.getState().ask({ to: this.pane.app ?? this.pane.host, text: clipboard, held }))) return;
    if (!this.#closed) this.#terminal.paste(text);
  }

  /** Begins or ends a record of what it prints, in a file. */
  record(): void {
    this.#records = this.#recording === null;
    this.#post({ type: 'record', on: this.#records });
  }

  /** Types what the user keeps; `runs` with Enter after it, and then nothing is asked: running it was the wish. */
  async insert(text: string, runs: boolean): Promise<void> {
    if (!runs) return this.paste(text.trimEnd());
    this.#terminal.paste(text.trimEnd());
    this.#terminal.input('\r');
  }

  close(): void {
    this.#closed = true;
    this.#opening.abort();
    this.#deaf();
    clearTimeout(this.#titleTimer);
    this.#flow.stop();
    this.#post({ type: 'close' });
    this.#port?.close();
    this.#screen.close();
  }

  async #open(wait = false): Promise<void> {
    this.#early = '';
    this.#opening = new AbortController();
    const { signal } = this.#opening;
    if (!wait) this.#become('opening');
    const { host, app, environment, log } = this.pane;
    const { cols: columns, rows } = this.#terminal;
    const of = { host, ...(app !== null && { app }) };
    try {
      const { ticket } =
        log !== undefined
          ? await this.api.call('logs.open', { ...log, ...of }, { signal })
          : await this.api.call(
              'terminals.open',
              {
                ...of,
                ...(app !== null && environment && { environment }),
                columns: Math.max(2, columns),
                rows: Math.max(2, rows),
                ...(wait && { wait }),
                ...(this.#records && { record: true }),
              },
              { signal },
            );
      const port = await terminalPort(ticket);
      if (signal.aborted) return port.close();
      this.#port = port;
      port.onmessage = ({ data }: MessageEvent<TerminalToPage>) => this.#receive(data);
      this.#post({ type: 'size', columns: this.#terminal.cols, rows: this.#terminal.rows });
      if (wait) this.#screen.note(`back ${now()}, in a new shell`);
      this.#become('open');
      this.#send(this.#early);
      this.#early = '';
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Failure && error.problem === 'unknown-outcome') return this.#lose('');
      this.#end(error instanceof Failure ? `${error.message}${error.hint === undefined ? '' : `. ${error.hint}`}` : String(error));
    }
  }

  #receive(message: TerminalToPage): void {
    if (message.type === 'ended' && message.lost) {
      this.#lose(message.reason ?? '');
      return;
    }
    if (message.type === 'ended') {
      this.#end(message.reason ?? (message.code === null ? 'The session ended' : `exited ${message.code}`));
      return;
    }
    if (message.type === 'recording') {
      this.#recorded(message);
      return;
    }
    if (message.type === 'dropped') {
      const bytes = message.bytes + this.#flow.resume();
      if (bytes > 0) this.#terminal.write(`\u0018\u001b[0m\r\n[${bytes} bytes not shown after Ctrl-C]\r\n`);
      return;
    }
    this.#flow.add(message.bytes);
    if (this.#shown || this.#fresh) return;
    this.#fresh = true;
    this.tell({ fresh: true });
  }

  #recorded({ file, reason }: { file: string | null; reason: string | null }): void {
    const before = this.#recording;
    this.tell({ recording: file });
    // It ended with its shell, which says so next.
    if (file === null && reason === null && this.#records) return;
    this.#recording = file;
    if (reason !== null) {
      this.#records = false;
      useToasts.getState().say({ tone: 'failed', title: `The terminal of ${this.pane.app ?? this.pane.host} is not recorded`, text: reason });
    } else if (before !== null && file === null) {
      const act = { label: 'Show in folder', run: () => void window.board.showSessionLog(before) };
      useToasts.getState().say({ tone: 'done', title: `Recorded the terminal of ${this.pane.app ?? this.pane.host}`, text: before, act });
    }
  }

  #type(text: string): void {
    if (this.#state === 'ended' && text === '\r') void this.#open();
    // What is typed now was meant for the shell that is gone.
    if (this.#state === 'lost' && text === '\r') this.hurry();
    if (this.#state === 'ended' || this.#state === 'lost') return;
    if (this.#state === 'opening') {
      this.#early = (this.#early + text).slice(0, mostEarly);
      return;
    }
    if (this.#typed === '') queueMicrotask(() => this.#send(this.#typed));
    this.#typed += text;
  }

  #send(text: string): void {
    this.#typed = '';
    for (let from = 0; from < text.length; from += 500_000) this.#post({ type: 'keys', text: text.slice(from, from + 500_000) });
    // After the key: what is thrown away here is still under way for the other side.
    if (text.includes('\u0003') && this.#terminal.buffer.active.type === 'normal') this.#flow.interrupt();
  }

  /** What the shell calls itself: words of the server's, beside the name and never in its place. */
  #name(title: string): void {
    this.#title = title;
    this.#titleTimer ??= setTimeout(() => {
      this.#titleTimer = undefined;
      this.tell({ title: visible(this.#title.slice(0, longestTitle)).trim() });
    }, titleMs);
  }

  #end(words: string): void {
    if (this.#closed) return;
    this.#flow.drawAll();
    this.#port?.close();
    this.#port = undefined;
    this.#screen.note(`${words}${this.#recording === null ? '' : `, recorded in ${this.#recording}`}. Enter starts again`);
    this.#recording = null;
    this.#become('ended', words);
  }

  /** Its connection is gone, and the shell with it; what it printed stays, and another one is opened as soon as that is possible. */
  #lose(reason: string): void {
    if (this.#closed) return;
    this.#flow.drawAll();
    this.#port?.close();
    this.#port = undefined;
    this.#recording = null;
    this.tell({ recording: null });
    if (this.#state !== 'lost') this.#screen.note(`connection lost ${now()}`);
    this.#become('lost', reason);
    void this.#open(true);
  }

  #become(state: ShellStatus['state'], words = ''): void {
    this.#state = state;
    this.tell({ state, words: visible(words) });
  }

  #post(message: TerminalToBackend): void {
    this.#port?.postMessage(message);
  }
}
