import { z } from 'zod';
import { Failure, type FailureRecord } from '../../shared/errors.ts';
import { type Action, type Answer, actions } from './actions.ts';
import { bodyHead, bodyLimit, type Frame, FrameTooLarge, jsonFrame, largeFrame, messageOf } from './frames.ts';
import type { Opened } from './handshake.ts';

/** Actions that only read: a lost connection leaves nothing in doubt, and an older app may still use them. */
export const readActions: ReadonlySet<Action> = new Set<Action>([
  'hosts.check',
  'registry.read',
  'apps.list',
  'apps.get',
  'configuration.read',
  'releases.offer',
  'releases.list',
  'releases.compare',
  'deployments.follow',
  'deployments.get',
  'variables.list',
  'variables.history',
  'variables.addresses',
  'logs.sources',
  'logs.read',
  'logs.older',
  'metrics.follow',
]);

export interface CallOptions {
  /** Bytes that follow the request. */
  body?: AsyncIterable<Buffer> | Buffer | undefined;
  /** Gets each event; while its promise is open nothing more is read from the host. */
  onEvent?: ((event: unknown) => void | Promise<void>) | undefined;
  /** Asks the kit to stop. The call then ends as the kit says: mostly `cancelled`, or done where it was too late. */
  signal?: AbortSignal | undefined;
}

const pingEvery = 10_000; // ms; the kit ends itself 30 s after the last frame
const silenceLimit = 30_000; // ms without a byte from the host after which the connection is given up
const small = 4096;
const graceAfterAbort = 30_000; // ms that the kit has to answer a cancel

/** failure: a Failure, or whatever the caller's own onEvent threw. */
type Reply = { value: unknown } | { failure: unknown };

interface Pending {
  action: Action;
  settle: (reply: Reply) => void;
  onEvent: CallOptions['onEvent'];
}

const failureRecord = z.object({
  problem: z.string(),
  message: z.string().max(65_536),
  hint: z.string().max(65_536).optional(),
  field: z.string().optional(),
  facts: z.record(z.string(), z.unknown()).optional(),
});
const message = z.union([
  z.object({ pong: z.unknown() }),
  z.object({ id: z.number(), event: z.unknown() }),
  z.object({ id: z.number(), ok: z.literal(true), value: z.unknown() }),
  z.object({ id: z.number(), ok: z.literal(false), failure: failureRecord }),
]);

/** Requests and answers over an open kit. */
export class Session {
  readonly closed: Promise<void>;
  #pending = new Map<number, Pending>();
  #last = 0;
  #heard = Date.now();
  #over = false;
  readonly #timer: NodeJS.Timeout;

  constructor(private readonly opened: Opened) {
    this.#timer = setInterval(() => this.#ping(), pingEvery);
    this.closed = this.#listen();
  }

  /** Ends the kit's process; what is in flight is rejected. */
  close(): void {
    this.opened.channel.stdin.end();
    this.opened.channel.close();
  }

  async call<A extends Action>(action: A, args: object, { body, onEvent, signal }: CallOptions = {}): Promise<Answer<A>> {
    if (signal?.aborted) throw new Failure('cancelled', 'it was cancelled');
    if (this.#over) throw new Failure('unreachable', 'the connection to the host is closed');
    this.#last += 1;
    const id = this.#last;
    // Ends the sending of the body: nobody waits for the rest of it after an answer or a cancel.
    const enough = new AbortController();
    const reply = new Promise<Reply>((settle) => {
      this.#pending.set(id, { action, settle, onEvent });
    }).finally(() => enough.abort());
    let grace: NodeJS.Timeout | undefined;
    const cancel = () => {
      enough.abort();
      this.#send({ cancel: id });
      grace = setTimeout(() => this.#settle(id, { failure: lost(action) }), graceAfterAbort);
    };
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      const request = await largeFrame(this.opened.nonce, { id, action, arguments: args, ...(body !== undefined && { body: true }) });
      if (signal?.aborted) throw new Failure('cancelled', 'it was cancelled');
      if (!this.#over) this.opened.channel.stdin.write(request);
      if (body !== undefined) await this.#sendBody(id, body, enough.signal);
      const outcome = await reply;
      if ('failure' in outcome) throw outcome.failure;
      const parsed = actions[action].safeParse(outcome.value);
      if (!parsed.success)
        throw new Failure('kit-mismatch', `the kit answered ${action} in a form this ForgeBoard does not know`, {
          facts: { issues: z.prettifyError(parsed.error).slice(0, 2000) },
        });
      return parsed.data as Answer<A>;
    } catch (error) {
      if (!(error instanceof FrameTooLarge)) throw error;
      throw new Failure('limit', `${action} would take ${error.message}, which is more than a host takes at once`);
    } finally {
      this.#pending.delete(id);
      clearTimeout(grace);
      signal?.removeEventListener('abort', cancel);
    }
  }

  async #sendBody(id: number, body: AsyncIterable<Buffer> | Buffer, stop: AbortSignal): Promise<void> {
    try {
      for await (const part of Buffer.isBuffer(body) ? [body] : body) {
        for (let start = 0; start < part.length && !stop.aborted; start += bodyLimit) {
          const piece = part.subarray(start, start + bodyLimit);
          await this.#write(bodyHead(this.opened.nonce, id, piece.length), piece, stop);
        }
        if (stop.aborted) return;
      }
    } catch (error) {
      // The source broke (a local file cannot be read): the kit must not wait for the rest.
      this.#send({ cancel: id });
      throw error;
    }
    await this.#write(bodyHead(this.opened.nonce, id, 0), Buffer.alloc(0), stop);
  }

  /** Resolves when the channel can take more. */
  async #write(head: Buffer, piece: Buffer, stop: AbortSignal): Promise<void> {
    const { stdin } = this.opened.channel;
    if (this.#over || stop.aborted) return;
    // Together with what they head where that is small; a large piece is not copied.
    const joined = piece.length <= small;
    if (!joined) stdin.write(head);
    if (stdin.write(joined ? Buffer.concat([head, piece]) : piece)) return;
    await new Promise<void>((resolve) => {
      const go = () => {
        stdin.off('drain', go);
        stop.removeEventListener('abort', go);
        resolve();
      };
      stdin.on('drain', go);
      stop.addEventListener('abort', go);
    });
  }

  #send(message: object): void {
    if (!this.#over) this.opened.channel.stdin.write(jsonFrame(this.opened.nonce, message));
  }

  #ping(): void {
    if (Date.now() - this.#heard > silenceLimit) this.opened.channel.close();
    else this.#send({ ping: 0 });
  }

  async #listen(): Promise<void> {
    for await (const frame of this.opened.frames) {
      this.#heard = Date.now();
      await this.#take(frame);
    }
    this.#over = true;
    clearInterval(this.#timer);
    for (const [id, { action }] of this.#pending) this.#settle(id, { failure: lost(action, this.opened.end.reason) });
  }

  async #take(frame: Frame): Promise<void> {
    const parsed = message.safeParse(messageOf(frame));
    if (!parsed.success || 'pong' in parsed.data) return;
    const { data } = parsed;
    if ('event' in data) await this.#deliver(data.id, data.event);
    else this.#settle(data.id, data.ok ? { value: data.value } : { failure: Failure.from(data.failure as FailureRecord) });
  }

  async #deliver(id: number, event: unknown): Promise<void> {
    try {
      await this.#pending.get(id)?.onEvent?.(event);
    } catch (error) {
      // The receiver broke: its own call ends with that, the others on this kit go on.
      this.#settle(id, { failure: error });
      this.#send({ cancel: id });
    }
  }

  #settle(id: number, reply: Reply): void {
    this.#pending.get(id)?.settle(reply);
    this.#pending.delete(id);
  }
}

/** What is known of a request whose answer will not come. */
function lost(action: Action, reason?: Failure): Failure {
  return readActions.has(action)
    ? (reason ?? new Failure('unreachable', 'the connection to the host was lost'))
    : new Failure('unknown-outcome', `the connection was lost during ${action}`, { hint: 'Connect again: the host knows what it did.' });
}
