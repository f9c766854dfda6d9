import { Readable, Writable } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import type { Failure } from '../../shared/errors.ts';
import { cancelled, onAbort } from './waiting.ts';

/** How a remote command ended: a code, or the signal that killed it, or neither when the server did not say. */
export interface Exit {
  code: number | null;
  signal: string | null;
}

/** A running remote command. */
export interface Channel {
  readonly stdin: Writable;
  /** To be read or resumed: unread output stops the command at 2 MB, as a pipe would. Fails when the connection is lost. */
  readonly stdout: Readable;
  /** May be left alone: the first 64 KB are kept for whoever reads later, the rest is dropped. */
  readonly stderr: Readable;
  /** Settles when the command ended; rejects when the connection was lost or the signal aborted. May be left alone. */
  readonly exit: Promise<Exit>;
  /** Ends it from this side. The command sees its input and output closed; most end then, none is killed. */
  close(): void;
}

const stderrKept = 64 * 1024;
const ignore = (): void => {};

/**
 * Wraps an ssh2 channel, whose own streams have two faults for us: a lost connection looks like a normal end of output,
 * and writes to an ended command never call back. Must be called in the same tick in which ssh2 hands the channel over.
 */
export function openChannel(stream: ClientChannel, options: { lost: () => Failure | undefined; released: () => void; signal?: AbortSignal | undefined }): Channel {
  let closing = false;
  const stdin = new Writable({
    highWaterMark: 64 * 1024,
    write: (chunk: Buffer, _encoding, done) => void stream.write(chunk, done),
    final: (done) => {
      stream.end();
      done();
    },
  });
  const stdout = new Readable({ highWaterMark: 64 * 1024, read: () => void stream.resume() });
  const stderr = new Readable({ highWaterMark: stderrKept, read: () => void stream.stderr.resume() });
  // Errors are for those who read; with nobody reading they must not end the process.
  for (const each of [stdin, stdout, stderr, stream, stream.stderr]) each.on('error', ignore);

  stream.on('data', (chunk: Buffer) => {
    if (!closing && !stdout.push(chunk)) stream.pause();
  });
  stream.stderr.on('data', (chunk: Buffer) => {
    if (closing) return;
    if (isRead(stderr)) {
      if (!stderr.push(chunk)) stream.stderr.pause();
    } else {
      const room = stderrKept - stderr.readableLength;
      if (room > 0) stderr.push(chunk.subarray(0, room));
    }
  });
  const ended = (readable: Readable) => () => {
    const failure = options.lost();
    if (failure === undefined) readable.push(null);
    else readable.destroy(failure);
  };
  stream.once('end', ended(stdout));
  stream.stderr.once('end', ended(stderr));

  const close = (failure?: Failure): void => {
    if (closing) return;
    closing = true;
    stream.close();
    // What still arrives is read away: ssh2 reports the close, which frees the slot, only after the last byte was taken.
    stream.resume();
    stream.stderr.resume();
    for (const each of [stdin, stdout, stderr]) each.destroy(failure);
  };

  const exit = new Promise<Exit>((resolve, reject) => {
    const off = onAbort(options.signal, () => {
      reject(cancelled());
      close(cancelled());
    });
    stream.once('exit', (code: number | null, signal?: string) => resolve({ code: code ?? null, signal: signal ?? null }));
    stream.once('close', () => {
      off();
      const failure = options.lost();
      if (failure === undefined) resolve({ code: null, signal: null });
      else reject(failure);
      stdin.destroy(stdin.writableLength > 0 ? (failure ?? endedEarly()) : undefined);
      options.released();
    });
  });
  exit.catch(ignore);
  return { stdin, stdout, stderr, exit, close: () => close() };
}

/** Whether anybody has begun to read: a flow was started or stopped, or `readable` is listened to (iterators do). */
const isRead = (readable: Readable): boolean => readable.readableFlowing !== null || readable.listenerCount('readable') > 0;

/** As EPIPE for a local command: it ended without reading all of its input. Its exit code says whether that is a fault. */
function endedEarly(): Error {
  return Object.assign(new Error('the remote command ended without reading all its input'), { code: 'EPIPE' });
}
