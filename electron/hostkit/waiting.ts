import type { Question } from '../../shared/contract/questions.ts';
import { Failure } from '../../shared/errors.ts';
import type { Secret } from '../../shared/secret.ts';

/** Who can be asked while a host is reached, and how to give up. */
export interface Asker {
  /** Undefined where they decline or nobody can be asked; rejects with the problem `cancelled` where they are gone. */
  ask(question: Question): Promise<Secret | boolean | undefined>;
  signal: AbortSignal;
}

/**
 * Those who wait for one host. What they wait for is shared, so a question goes to whoever has waited longest, and to the
 * next where that one leaves before answering: the first page to look at a server must not decline for all others.
 */
export class Waiting {
  readonly #people = new Set<Asker>();

  /** Does the work with this person among those who can be asked. */
  async with<T>(person: Asker, work: () => Promise<T>): Promise<T> {
    // A person of its own for each time: the same one may wait for two things.
    const waiting: Asker = { ask: (question) => person.ask(question), signal: person.signal };
    this.#people.add(waiting);
    try {
      return await work();
    } finally {
      this.#people.delete(waiting);
    }
  }

  /** @throws Failure cancelled where nobody is left */
  async ask(question: Question): Promise<Secret | boolean | undefined> {
    const gone = new Set<Asker>();
    for (;;) {
      const next = [...this.#people].find((person) => !gone.has(person) && !person.signal.aborted);
      if (next === undefined) throw new Failure('cancelled', 'Nobody waits for it any more');
      try {
        return await next.ask(question);
      } catch (error) {
        if (!(error instanceof Failure) || error.problem !== 'cancelled') throw error;
        gone.add(next);
      }
    }
  }
}
