import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { Duplex, Readable } from 'node:stream';
import { Failure } from '../../../shared/errors.ts';
import type { Channel, Exit } from '../channel.ts';
import { cancelled, onAbort } from '../waiting.ts';
import type { Wire } from '../wire.ts';

interface ChildOptions {
  host: string;
  /** Why the connection is gone, where it is: asked when ssh ends as it does then. */
  lost(): Promise<Failure | undefined>;
  released(): void;
  /** The server opened no session for it. */
  refused(): void;
  signal?: AbortSignal | undefined;
}

const stderrKept = 64 * 1024;
const ignore = (): void => {};
// What ssh itself says on a session that the server did not open; it stands on the child's standard error.
const refusal = /Session open refused|session request failed|mux_client_request_session: /;

/** A command that runs in a child process of the system's ssh, as a channel. */
export function childChannel(child: ChildProcessWithoutNullStreams, options: ChildOptions): Channel {
  let complaints = '';
  const stderr = new Readable({ highWaterMark: stderrKept, read: ignore });
  for (const each of [child.stdin, child.stdout, child.stderr, stderr]) each.on('error', ignore);
  child.stderr.on('data', (chunk: Buffer) => {
    if (complaints.length < 2_000) complaints += chunk.toString('latin1');
    // Whoever reads late finds the first 64 KB; the rest is dropped.
    const room = stderrKept - stderr.readableLength;
    if (room > 0) stderr.push(chunk.subarray(0, room));
  });
  const exit = new Promise<Exit>((resolve, reject) => {
    const off = onAbort(options.signal, () => {
      reject(cancelled());
      child.kill();
    });
    child.once('error', (error) => reject(new Failure('unsupported', `ssh could not be started: ${error.message}`)));
    child.once('close', async (code, signal) => {
      off();
      stderr.push(null);
      const lost = code === 255 ? await options.lost() : undefined;
      options.released();
      if (lost !== undefined) return reject(lost);
      if (code === 255 && refusal.test(complaints)) {
        options.refused();
        return reject(new Failure('limit', `${options.host} does not open another session`, { hint: 'Its sshd limits them (MaxSessions).' }));
      }
      resolve({ code, signal });
    });
  });
  exit.catch(ignore);
  return { stdin: child.stdin, stdout: child.stdout, stderr, exit, close: () => void child.kill() };
}

/** A child process whose standard input and output are a connection. */
export function childWire(child: ChildProcessWithoutNullStreams): Wire {
  const counts = { read: 0, written: 0 };
  for (const each of [child.stdin, child.stdout, child.stderr]) each.on('error', ignore);
  child.stderr.resume();
  child.once('error', ignore);
  const wire = new Duplex({
    read: () => void child.stdout.resume(),
    write: (chunk: Buffer, _encoding, done) => {
      counts.written += chunk.length;
      child.stdin.write(chunk, done);
    },
    final: (done) => void child.stdin.end(done),
    destroy: (error, done) => {
      child.kill();
      done(error);
    },
  });
  wire.on('error', ignore);
  child.stdout.on('data', (chunk: Buffer) => {
    counts.read += chunk.length;
    if (!wire.push(chunk)) child.stdout.pause();
  });
  child.stdout.once('end', () => wire.push(null));
  child.once('close', () => wire.destroy());
  Object.defineProperties(wire, { bytesRead: { get: () => counts.read }, bytesWritten: { get: () => counts.written } });
  return wire as unknown as Wire;
}
