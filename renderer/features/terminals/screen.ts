import { FitAddon } from '@xterm/addon-fit';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { WebglAddon } from '@xterm/addon-webgl';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import { visible } from '../../../shared/rules/visible.ts';
import { useLook } from '../../stores/look.ts';
import { hasGpu, palette } from './drawing.ts';
import { sizeOf, useZoom } from './finding.ts';
import { ligatures } from './ligatures.ts';
import { isWebAddress, longestAddress } from './links.ts';

/** Ends an unfinished sequence. */
const cancel = '\u0018';
/** The mouse, bracketed paste, margins, colours, a hidden cursor: what a program may leave behind. */
const usualModes = '\u001b[?1000l\u001b[?1002l\u001b[?1003l\u001b[?1004l\u001b[?1006l\u001b[?2004l\u001b[!p\u001b[0m\u001b[?25h';
const leaveAlternate = '\u001b[?1049l';

/** What xterm draws, with everything of it that a server could use against this computer shut. */
export class Screen {
  readonly terminal: Terminal;
  readonly #fit = new FitAddon();
  #joiner: number | undefined;
  readonly #note = document.createElement('div');

  constructor(private readonly element: HTMLElement) {
    const open = (event: MouseEvent, address: string) => void ((event.ctrlKey || event.metaKey) && isWebAddress(address) && window.board.openExternal(address));
    const hover = (_event: MouseEvent, address: string) => this.#say(address);
    const leave = () => this.#say('');
    this.terminal = new Terminal({
      ...worn(),
      lineHeight: 1.15,
      cursorBlink: false,
      cursorInactiveStyle: 'outline',
      // Marks of what is found, and of prompts.
      allowProposedApi: true,
      screenReaderMode: false,
      // What a server sends is none of the console's business: garbage would fill it.
      logLevel: 'off',
      macOptionIsMeta: false,
      // A link's words may lie; its address is shown, and only the web is opened, only on a click with Ctrl.
      linkHandler: { activate: open, hover, leave, allowNonHttpProtocols: false },
    });
    this.terminal.loadAddon(this.#fit);
    this.terminal.loadAddon(new WebLinksAddon(open, { hover, leave }));
    // A program on the server neither reads nor writes this computer's clipboard.
    this.terminal.parser.registerOscHandler(52, () => true);
    this.#note.className = 'link-note xterm-hover';
  }

  /** Puts it into the page. @returns whether it was the first time */
  show(into: HTMLElement): boolean {
    into.replaceChildren(this.element);
    const first = this.terminal.element === undefined;
    if (first) {
      this.terminal.open(this.element);
      if (hasGpu()) this.#draw3d();
    }
    this.dress();
    return first;
  }

  /** As the settings say now. */
  dress(): void {
    Object.assign(this.terminal.options, worn(), { theme: palette(this.element) });
    this.#ligatures(useLook.getState().look.terminal.ligatures);
    this.fit();
  }

  fit(): void {
    if (this.element.clientWidth > 40 && this.element.clientHeight > 20) this.#fit.fit();
  }

  /** A line of our own, after what a program left behind when its shell went is put away. What was printed stays. */
  note(words: string): void {
    this.terminal.write(cancel, () => {
      // Elsewhere it would take the cursor to where it was saved last, over what is printed there.
      const leave = this.terminal.buffer.active.type === 'alternate' ? leaveAlternate : '';
      const line = this.terminal.buffer.active.cursorX === 0 && leave === '' ? '' : '\r\n';
      this.terminal.write(`${leave}${usualModes}${line}\u001b[2m── ${visible(words)} ──\u001b[0m\r\n`);
    });
  }

  close(): void {
    this.terminal.dispose();
    this.element.remove();
  }

  /** On real hardware only: WebGL in software is several times slower than the DOM. */
  #draw3d(): void {
    const webgl = new WebglAddon();
    webgl.onContextLoss(() => webgl.dispose());
    this.terminal.loadAddon(webgl);
  }

  #ligatures(on: boolean): void {
    this.element.classList.toggle('ligatures', on);
    if (on === (this.#joiner !== undefined)) return;
    if (this.#joiner === undefined) this.#joiner = this.terminal.registerCharacterJoiner(ligatures);
    else this.terminal.deregisterCharacterJoiner(this.#joiner);
    if (!on) this.#joiner = undefined;
  }

  #say(address: string): void {
    this.#note.remove();
    if (address === '') return;
    const key = window.board.platform === 'darwin' ? '⌘' : 'Ctrl';
    this.#note.textContent = isWebAddress(address)
      ? `${visible(address)} · ${key} and click opens it`
      : `${visible(address.slice(0, longestAddress))} is not opened: it is no address of the web`;
    this.element.append(this.#note);
  }
}

/** What the settings say of every terminal. */
function worn(): { fontFamily: string; fontSize: number; scrollback: number } {
  const { font, size, scrollback } = useLook.getState().look.terminal;
  // It goes into a style: no more than a name.
  const own = font.replace(/[^\p{L}\p{N} _.-]/gu, '').trim();
  return { fontFamily: `${own === '' ? '' : `'${own}', `}'JetBrains Mono', monospace`, fontSize: sizeOf(size, useZoom.getState().steps), scrollback };
}
