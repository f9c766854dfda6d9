import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Failure } from '../../../shared/errors.ts';
import type { Shell, ShellOptions } from '../shell.ts';

const before = '\u0001tty ';
const after = '\u0002';
const mostBefore = 8_192;

/**
 * A terminal's command. There is no terminal on this side that ssh could take the size from, so the size is set on the
 * server, and the name of its terminal comes first in the output, for later sizes. `command` is a constant of ours.
 */
export function terminalCommand({ columns, rows, command }: Pick<ShellOptions, 'columns' | 'rows' | 'command'>): string {
  const start = command === undefined ? 'exec "$SHELL" -l' : 'eval "$1"';
  const inside = String.raw`stty cols ${Math.trunc(columns)} rows ${Math.trunc(rows)} 2>/dev/null; printf "\001tty %s\002" "$(tty)"; ${start}`;
  return `/bin/sh -c '${inside}' sh${command === undefined ? '' : ` '${command.replaceAll("'", "'\\''")}'`}`;
}

/** The terminal over a child process of ssh. `resized` is told the terminal's name on the server. */
export function childShell(
  child: ChildProcessWithoutNullStreams,
  lost: () => Promise<Failure | undefined>,
  resized: (terminal: string, columns: number, rows: number) => void,
): Shell {
  let terminal: string | undefined;
  let heard: Buffer | undefined = Buffer.alloc(0);
  let listener: ((bytes: Buffer) => void) | undefined;
  let kept: Buffer[] = [];
  for (const each of [child.stdin, child.stdout, child.stderr]) each.on('error', () => {});
  child.stderr.resume();
  const tell = (bytes: Buffer): void => {
    if (bytes.length === 0) return;
    if (listener === undefined) kept.push(bytes);
    else listener(bytes);
  };
  child.stdout.on('data', (chunk: Buffer) => {
    if (heard === undefined) return tell(chunk);
    heard = Buffer.concat([heard, chunk]);
    const start = heard.indexOf(before);
    const end = start === -1 ? -1 : heard.indexOf(after, start);
    if (end === -1 && heard.length < mostBefore) return;
    const all = heard;
    heard = undefined;
    if (end === -1) return tell(all);
    const named = all.subarray(start + before.length, end).toString('latin1');
    if (/^\/dev\/pts\/\d{1,6}$/.test(named)) terminal = named;
    tell(Buffer.concat([all.subarray(0, start), all.subarray(end + 1)]));
  });
  const ended = new Promise<{ code: number | null; failure?: Failure }>((resolve) => {
    child.once('error', () => resolve({ code: null }));
    child.once('close', async (code) => {
      if (heard !== undefined) tell(heard);
      const failure = code === 255 ? await lost() : undefined;
      resolve(failure === undefined ? { code } : { code: null, failure });
    });
  });
  return {
    ended,
    write: (text) => void (child.stdin.writable && child.stdin.write(text)),
    resize: (columns, rows) => void (terminal !== undefined && resized(terminal, columns, rows)),
    onOutput(next) {
      listener = next;
      for (const bytes of kept) next(bytes);
      kept = [];
    },
    pause: () => void child.stdout.pause(),
    resume: () => void child.stdout.resume(),
    close: () => void child.kill(),
  };
}
