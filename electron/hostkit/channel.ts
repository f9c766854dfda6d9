import type { Readable, Writable } from 'node:stream';

/** A command that runs on a host, as electron/ssh gives it. The kit depends on this shape only. */
export interface ExecChannel {
  stdin: Writable;
  stdout: Readable;
  stderr: Readable;
  /** Both null, or a rejection, where the connection was lost before the host said how the command ended. */
  exit: Promise<{ code: number | null; signal: string | null }>;
  close(): void;
}

export type OpenChannel = (command: string) => Promise<ExecChannel>;

const kept = 8192;

/** What a command writes to stderr: always read (an unread stream stops the channel), the last of it kept. */
export class Complaints {
  text = '';
  /** Settles when no more will come: the exit code may arrive before the last words do. */
  readonly ended: Promise<void>;
  #notify: (text: string) => void = () => {};

  constructor(stderr: Readable) {
    stderr.setEncoding('utf8');
    stderr.on('error', () => {});
    stderr.on('data', (chunk: string) => {
      this.text = (this.text + chunk).slice(-kept);
      this.#notify(chunk);
    });
    this.ended = new Promise((resolve) => stderr.once('close', () => resolve()));
  }

  /** Calls back for every part from now on, one listener at a time. */
  listen(notify: (text: string) => void): void {
    this.#notify = notify;
  }
}
