import type { LogEvent } from '../../shared/contract/logs.ts';
import { Failure } from '../../shared/errors.ts';
import { sizeText } from '../../shared/rules/size.ts';
import { visible } from '../../shared/rules/visible.ts';
import type { Shell } from '../ssh/shell.ts';
import type { LogContext } from './log-reading.ts';

const colours = { error: 31, warning: 33, info: 0, debug: 2 } as const;
const dim = (text: string) => `\u001b[2m${text}\u001b[0m`;

/** An event as a line of a terminal; nothing that a program printed acts on the terminal. */
export function terminalLine(event: LogEvent): string {
  if (event.type === 'place') return '';
  if (event.type === 'note') return `${dim(`[${visible(event.text)}]`)}\r\n`;
  if (event.type === 'left-out') {
    const size = event.bytes > 0 ? `, ${sizeText(event.bytes)}` : '';
    return `\u001b[33m[${event.lines.toLocaleString('en-GB')} lines were left out here${size}]\u001b[0m\r\n`;
  }
  const source = event.process === 'web' ? '' : ` ${visible(event.process)}`;
  return `${dim(`${event.at.slice(11, 23)}${source}`)} \u001b[${colours[event.level]}m${visible(event.text).replaceAll('\n', '\r\n')}\u001b[0m\r\n`;
}

/**
 * A log as what a terminal shows, until Ctrl-C or until its pane is closed. A terminal that does not take more holds the
 * log back on its host.
 * @param read tells the log to the context that it is given
 */
export function logShell(read: (context: LogContext) => Promise<unknown>): Shell {
  const stop = new AbortController();
  const early: Buffer[] = [];
  let listener: ((bytes: Buffer) => void) | undefined;
  let held: Promise<void> | undefined;
  let release = (): void => {};
  const context: LogContext = {
    // Who opened it has signed in already; nobody sits in front of a question of this.
    ask: async () => undefined,
    signal: stop.signal,
    async emit(event) {
      const bytes = Buffer.from(terminalLine(event));
      if (bytes.length === 0) return;
      if (listener === undefined) early.push(bytes);
      else listener(bytes);
      await held;
    },
  };
  const ended = read(context).then(
    () => ({ code: 0 }),
    (error: unknown) => (stop.signal.aborted ? { code: 0 } : { code: null, failure: error instanceof Failure ? error : new Failure('bug', String(error)) }),
  );
  const resume = (): void => {
    held = undefined;
    release();
  };
  const close = (): void => {
    stop.abort();
    resume();
  };
  return {
    write: (text) => void (text.includes('\u0003') && close()),
    resize() {},
    onOutput(given) {
      listener = given;
      for (const bytes of early.splice(0)) given(bytes);
    },
    pause() {
      held ??= new Promise((resolve) => (release = resolve));
    },
    resume,
    ended,
    close,
  };
}
