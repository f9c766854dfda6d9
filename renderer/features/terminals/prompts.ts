import type { IDecoration, IMarker, Terminal } from '@xterm/xterm';

/** A shell may mark as many prompts as it likes; jumps need the last ones. */
const most = 1_000;
const topRow = 2;

/**
 * Prompts as the shell marks them (OSC 133: A, a prompt begins; D, the last command ended, and how). What a program prints can mark
 * anything, so a mark is a dot in the gutter and a place to jump to, and nothing else.
 */
export class Prompts {
  #marks: { marker: IMarker; shown: IDecoration | undefined }[] = [];

  constructor(private readonly terminal: Terminal) {
    terminal.parser.registerOscHandler(133, (said) => {
      const [kind, status = ''] = said.split(';', 2);
      if (kind === 'A') this.#begin();
      if (kind === 'D' && /^\d{1,3}$/.test(status)) this.#end(Number(status));
      return true;
    });
  }

  /** Scrolls to the prompt above the top row, or below it. */
  jump(above: boolean): void {
    const { viewportY } = this.terminal.buffer.active;
    const lines = this.#marks.map(({ marker }) => marker.line).filter((line) => line >= 0);
    // A prompt that was jumped to lies a little below the top.
    const line = above ? lines.filter((line) => line < viewportY + topRow).at(-1) : lines.find((line) => line > viewportY + topRow);
    if (line !== undefined) this.terminal.scrollToLine(Math.max(0, line - topRow));
    else if (!above) this.terminal.scrollToBottom();
  }

  #begin(): void {
    // Programs on the alternate screen have no lines that stay.
    if (this.terminal.buffer.active.type === 'alternate') return;
    const marker = this.terminal.registerMarker(0);
    const one = { marker, shown: undefined };
    this.#marks.push(one);
    marker.onDispose(() => {
      this.#marks = this.#marks.filter((other) => other !== one);
    });
    if (this.#marks.length > most) this.#marks[0]?.marker.dispose();
  }

  #end(status: number): void {
    const last = this.#marks.at(-1);
    if (last === undefined || last.shown !== undefined || last.marker.isDisposed) return;
    last.shown = this.terminal.registerDecoration({ marker: last.marker, x: 0, width: 1 });
    last.shown?.onRender((element) => {
      element.className = `xterm-decoration prompt-mark ${status === 0 ? 'right' : 'wrong'}`;
      element.title = status === 0 ? 'Ended well' : `Ended with ${status}`;
    });
  }
}
