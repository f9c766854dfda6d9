import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { Failure } from '../../shared/errors.ts';
import type { Secret } from '../../shared/secret.ts';
import { Complaints, type ExecChannel, type OpenChannel } from './channel.ts';
import { bodyFrame, type Frame, FrameReader } from './frames.ts';
import type { PackedKit } from './pack.ts';
import { type Access, kitCommand, passwordMarker, readyMarker } from './remote.ts';
import { needsPassword, passwordNeeded, refusal, wrongPassword } from './sudo.ts';

/** How a kit introduces itself. */
const hello = z.object({
  version: z.string().max(64),
  hash: z.string().max(64), // of the archive as it is now
  name: z.string().max(64), // the hash in the archive's file name, '' where it was not installed
  format: z.number().int(), // of what lies on the host, 0 where nothing does
  installed: z.boolean(),
  python: z.string().max(64),
  uid: z.number().int(),
});
export type Hello = z.infer<typeof hello>;

/** A kit that has said hello: nothing was asked of it yet. */
export interface Opened {
  hello: Hello;
  nonce: string;
  channel: ExecChannel;
  frames: AsyncGenerator<Frame>;
  complaints: Complaints;
  /** Why the frames ended, where the connection knows; `kept`: the channel outlives them, and what comes after is not framed. */
  end: { reason?: Failure; kept?: boolean };
}

export interface Ways {
  user: string;
  pack: PackedKit;
  /** Asks the user; undefined where they declined or nobody can be asked. */
  askSudo: (attempt: number) => Promise<Secret | undefined>;
  signal?: AbortSignal | undefined;
  log?: ((text: string) => void) | undefined;
}

const patience = 20_000; // ms until hello, not counting the time a user takes to type a password
const lastWords = 1_000; // ms for what stands in stderr when the exit code is here already

/** Starts the kit as root: directly, by `sudo -n`, or by sudo with a password. `force` passes over an installed kit. */
export async function start(open: OpenChannel, ways: Ways, force?: 'loader'): Promise<Opened> {
  if (ways.user === 'root') return attempt(open, 'root', ways, force);
  try {
    return await attempt(open, 'sudo', ways, force);
  } catch (error) {
    if (!(error instanceof Silence) || !needsPassword(error.complaint)) throw error;
  }
  return attempt(open, 'sudo-password', ways, force);
}

/** The command ended without a word of the kit, and neither its exit code nor sudo said why. */
export class Silence extends Failure {
  constructor(readonly complaint: string) {
    const line = complaint.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
    super('unsupported', `the host did not start the kit${line === '' ? '' : `: ${line}`}`, {
      hint: 'Its login shell must be able to run a command (/bin/sh -c ...), and /usr/bin/python3 must work.',
    });
  }
}

async function attempt(open: OpenChannel, access: Access, ways: Ways, force?: 'loader'): Promise<Opened> {
  if (ways.signal?.aborted) throw new Failure('cancelled', 'it was cancelled');
  const nonce = randomBytes(8).toString('hex');
  const channel = withoutRejection(await open(kitCommand(access, force)));
  const complaints = new Complaints(channel.stderr);
  channel.stdin.on('error', () => {});
  const end: Opened['end'] = {};
  const frames = read(channel, nonce, end);
  const limit = new Limit(channel, ways.signal);
  try {
    if (access === 'sudo-password') await passPassword(channel, complaints, ways, limit);
    channel.stdin.write(`FORGEKIT ${nonce}\n`);
    for (;;) {
      const next = await frames.next();
      if (limit.reached !== undefined) throw limit.reached;
      if (next.done) throw end.reason ?? (await explain(channel, complaints, ways.user));
      const message: unknown = JSON.parse(next.value.payload.toString());
      const greeting = z.object({ hello }).safeParse(message);
      if (greeting.success) return { hello: greeting.data.hello, nonce, channel, frames, complaints, end };
      if (!z.object({ want: z.literal('kit') }).safeParse(message).success) throw new Failure('kit-mismatch', 'the kit on this host greets in a way this ForgeBoard does not know');
      channel.stdin.write(bodyFrame(nonce, 0, ways.pack.bytes));
    }
  } catch (error) {
    channel.close();
    throw limit.reached ?? error;
  } finally {
    limit.end();
  }
}

/** Frames as they are asked for: whoever does not ask makes the host wait. Ends with the stream, also where it breaks. */
async function* read(channel: ExecChannel, nonce: string, end: Opened['end']): AsyncGenerator<Frame> {
  const reader = new FrameReader(nonce);
  try {
    for await (const chunk of channel.stdout.iterator({ destroyOnReturn: false })) yield* reader.feed(chunk as Buffer);
  } catch (error) {
    // Broken, or out of step: for us the same as ended. Requests in flight are settled by what did not arrive.
    if (error instanceof Failure) end.reason = error;
  } finally {
    if (end.kept !== true) channel.close();
  }
}

/**
 * Answers sudo's prompt. A password goes out only after our own marker was seen, and what follows only after the kit
 * said that it reads: otherwise the next line would be taken for a second password.
 */
function passPassword(channel: ExecChannel, complaints: Complaints, ways: Ways, limit: Limit): Promise<void> {
  return new Promise((resolve, reject) => {
    let seen = '';
    let asked = 0;
    const answer = async () => {
      asked += 1;
      if (asked > 2) throw wrongPassword(ways.user);
      limit.pause();
      const password = await ways.askSudo(asked);
      limit.resume();
      if (password === undefined) throw asked === 1 ? passwordNeeded(ways.user) : wrongPassword(ways.user);
      channel.stdin.write(`${password.reveal()}\n`);
    };
    complaints.listen((text) => {
      seen += text;
      if (seen.includes(readyMarker)) resolve();
      else if (seen.includes(passwordMarker)) {
        seen = seen.slice(seen.lastIndexOf(passwordMarker) + passwordMarker.length);
        answer().catch(reject);
      }
    });
    channel.exit.then(async () => reject(await explain(channel, complaints, ways.user)));
  });
}

/** A lost connection rejects `exit` in some implementations; here it is one more way to end. */
function withoutRejection(channel: ExecChannel): ExecChannel {
  const exit = channel.exit.catch(() => ({ code: null, signal: null }));
  return { stdin: channel.stdin, stdout: channel.stdout, stderr: channel.stderr, exit, close: () => channel.close() };
}

async function explain(channel: ExecChannel, complaints: Complaints, user: string): Promise<Failure> {
  const { code, signal } = await channel.exit;
  if (code === null && signal === null) return new Failure('unreachable', 'the connection was lost while the kit was starting');
  // Bounded, for something of a login shell in the background may hold it open.
  await Promise.race([complaints.ended, new Promise((resolve) => setTimeout(resolve, lastWords).unref())]);
  return refusal(user, code, complaints.text) ?? new Silence(complaints.text);
}

/** Ends the channel when the time is up or the caller gives up. */
class Limit {
  reached: Failure | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #abort = () => this.#end(new Failure('cancelled', 'it was cancelled'));

  constructor(
    private readonly channel: ExecChannel,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.resume();
    if (signal?.aborted) this.#abort();
    signal?.addEventListener('abort', this.#abort, { once: true });
  }

  pause(): void {
    clearTimeout(this.#timer);
  }

  resume(): void {
    this.#timer = setTimeout(() => this.#end(new Failure('timeout', `the kit did not start within ${patience / 1000} s`)), patience);
  }

  end(): void {
    this.pause();
    this.signal?.removeEventListener('abort', this.#abort);
  }

  #end(failure: Failure): void {
    this.reached ??= failure;
    this.channel.close();
  }
}
