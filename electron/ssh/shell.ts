import type { Client, ClientChannel } from 'ssh2';
import { Failure } from '../../shared/errors.ts';
import { cancelled, onAbort } from './waiting.ts';

export interface ShellOptions {
  columns: number;
  rows: number;
  /** Run in place of the login shell: a constant, or the whole of what a person typed to be run. Never made of parts. */
  command?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** A login shell on a terminal of the server's. Bytes as they are, both ways. */
export interface Shell {
  write(text: string): void;
  resize(columns: number, rows: number): void;
  /** One listener, for the bytes from now on; what came before was kept. */
  onOutput(listener: (bytes: Buffer) => void): void;
  /** Stops reading: the server's side fills up to 2 MB and then the program waits. */
  pause(): void;
  resume(): void;
  /** Settles when it is over: with the exit code where the server said one, with the failure where the connection was lost. */
  readonly ended: Promise<{ code: number | null; failure?: Failure }>;
  close(): void;
}

export interface ShellContext {
  host: string;
  openMs: number;
  lost(): Failure | undefined;
  explain(error: Error): unknown;
}

/** Opens a terminal on the connection. Cancelling closes it. */
export function startShell(client: Client, options: ShellOptions, context: ShellContext): Promise<Shell> {
  const { columns, rows, command, signal } = options;
  return new Promise((resolve, reject) => {
    let waiting = true;
    const settle = (): void => {
      waiting = false;
      clearTimeout(timer);
      off();
    };
    const fail = (error: unknown): void => {
      if (!waiting) return;
      settle();
      reject(error);
    };
    const timer = setTimeout(() => fail(new Failure('timeout', `${context.host} did not open a terminal within ${context.openMs / 1000} s`)), context.openMs);
    const off = onAbort(signal, () => fail(cancelled()));
    if (signal?.aborted === true) return;
    const opened = (error: Error | undefined, stream: ClientChannel): void => {
      if (error !== undefined && error !== null) fail(context.explain(error));
      else if (!waiting) stream.close();
      else {
        settle();
        resolve(shellOver(stream, context));
      }
    };
    const size = { term: 'xterm-256color', cols: columns, rows, width: 0, height: 0 };
    try {
      if (command === undefined) client.shell(size, opened);
      else client.exec(command, { pty: size }, opened);
    } catch (error) {
      fail(context.lost() ?? error);
    }
  });
}

/** Typed and not yet taken by the server: more than the longest paste is a program's questions, answered for nobody. */
const mostUnread = 8_000_000;

function shellOver(stream: ClientChannel, context: ShellContext): Shell {
  let code: number | null = null;
  // ssh2 reports errors of a channel that is already gone; the end is told by `close`.
  stream.on('error', () => {});
  stream.stderr.on('error', () => {}).resume();
  stream.once('exit', (exit: number | null) => {
    code = exit ?? null;
  });
  const ended = new Promise<{ code: number | null; failure?: Failure }>((resolve) => {
    stream.once('close', () => {
      const failure = context.lost();
      resolve(failure === undefined ? { code } : { code, failure });
    });
  });
  return {
    ended,
    write: (text) => void (stream.writable && stream.writableLength < mostUnread && stream.write(text)),
    resize: (columns, rows) => stream.setWindow(rows, columns, 0, 0),
    onOutput: (listener) => void stream.on('data', listener),
    pause: () => void stream.pause(),
    resume: () => void stream.resume(),
    close() {
      stream.close();
      // ssh2 tells the close only after the last byte was read.
      stream.resume();
    },
  };
}
