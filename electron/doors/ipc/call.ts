import { highWater, type ToPage } from '../../../shared/bridge.ts';
import type { Question } from '../../../shared/contract/questions.ts';
import { Failure } from '../../../shared/errors.ts';
import { Secret } from '../../../shared/secret.ts';

type Answer = Secret | boolean | undefined;

/** One open call of a page: its events on their way, its questions waiting, its way to stop. */
export class Call {
  readonly controller = new AbortController();
  #sent = 0;
  #taken = 0;
  #asked = 0;
  #gone = false;
  readonly #waiting: (() => void)[] = [];
  readonly #questions = new Map<number, { question: Question; answer(value: Answer): void; leave(failure: Failure): void }>();

  constructor(
    private readonly id: number,
    private readonly post: (message: ToPage) => void,
    /** It changes something: a window that closes does not stop it. */
    private readonly lasting: boolean,
  ) {}

  /** Sends an event; the promise holds the sender back while too many are on their way. */
  emit(event: unknown): void | Promise<void> {
    if (this.#gone) return;
    this.#sent += 1;
    this.post({ type: 'event', id: this.id, event });
    if (this.#sent - this.#taken < highWater || this.controller.signal.aborted) return;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The page has taken so many events in all. More than were sent is a lie, and less than before is late news. */
  taken(events: number): void {
    if (events > this.#sent || events <= this.#taken) return;
    this.#taken = events;
    if (this.#sent - this.#taken <= highWater / 2) this.#release();
  }

  /** Asks the person at the window; undefined where they decline. @throws Failure cancelled where the window is gone */
  ask(question: Question): Promise<Answer> {
    if (this.#gone || this.controller.signal.aborted) return Promise.reject(left());
    this.#asked += 1;
    const asked = this.#asked;
    return new Promise((answer, leave) => {
      this.#questions.set(asked, { question, answer, leave });
      this.post({ type: 'ask', id: this.id, asked, question });
    });
  }

  /** What the person said: a typed text becomes a Secret before anything else sees it. One of the wrong kind is no answer. */
  answer(asked: number, value: string | boolean | null, remember: boolean): void {
    const open = this.#questions.get(asked);
    if (open === undefined) return;
    this.#questions.delete(asked);
    if (open.question.kind === 'confirm') open.answer(value === true);
    else open.answer(typeof value === 'string' ? new Secret(value, remember) : undefined);
  }

  /** Stops it: its signal aborts, nobody waits for the page any more. */
  cancel(): void {
    this.controller.abort();
    this.#letGo();
  }

  /** It has its outcome. What it began for others too (a connection they share) may still ask: there is nobody any more. */
  end(): void {
    this.#gone = true;
    this.#letGo();
  }

  /** The page is gone. A query or stream has nobody left; what changes something goes on to its end. */
  leave(): void {
    this.#gone = true;
    if (!this.lasting) this.controller.abort();
    this.#letGo();
  }

  #letGo(): void {
    this.#release();
    for (const { leave } of this.#questions.values()) leave(left());
    this.#questions.clear();
  }

  #release(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

const left = () => new Failure('cancelled', 'Nobody waits for the answer any more');
