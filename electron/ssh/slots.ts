import type { Failure } from '../../shared/errors.ts';
import { cancelled, onAbort } from './waiting.ts';

interface Waiting {
  order: number;
  grant: () => void;
  refuse: (failure: Failure) => void;
}

/** Gives back a slot; calling it again does nothing. */
export type Release = () => void;

/** A number of places, given in the order asked for. Lower orders come first, so an asker can keep its turn. */
export class Slots {
  #used = 0;
  #next = 0;
  #queue: Waiting[] = [];
  #ended: Failure | undefined;
  #cap = Number.POSITIVE_INFINITY;

  constructor(private limit: number) {}

  get used(): number {
    return this.#used;
  }

  get size(): number {
    return this.limit;
  }

  /** A turn in the queue: `ahead` goes before everybody who has none. */
  turn(ahead = false): number {
    this.#next++;
    return ahead ? this.#next - Number.MAX_SAFE_INTEGER : this.#next;
  }

  /** Waits for a place. Cancelling leaves the queue. */
  take(order: number, signal?: AbortSignal): Promise<Release> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    if (signal?.aborted === true) return Promise.reject(cancelled());
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        order,
        grant: () => {
          off();
          resolve(this.#release());
        },
        refuse: (failure) => {
          off();
          reject(failure);
        },
      };
      const off = onAbort(signal, () => {
        this.#queue = this.#queue.filter((each) => each !== waiting);
        reject(cancelled());
      });
      const at = this.#queue.findIndex((each) => each.order > order);
      this.#queue.splice(at === -1 ? this.#queue.length : at, 0, waiting);
      this.#grant();
    });
  }

  /** Fewer places from now on, never less than one. */
  lower(limit: number): void {
    this.limit = Math.max(1, Math.min(this.limit, limit));
  }

  /** As many places as this, whatever `lower` did. */
  raise(limit: number): void {
    this.limit = limit;
    this.#grant();
  }

  /** No more than this for as long as it is said, never less than one: others hold the rest. Who has a place keeps it. */
  cap(most: number): void {
    this.#cap = Math.max(1, most);
    this.#grant();
  }

  /** Refuses all who wait, and all who will ask. */
  end(failure: Failure): void {
    this.#ended = failure;
    for (const waiting of this.#queue.splice(0)) waiting.refuse(failure);
  }

  #grant(): void {
    while (this.#used < Math.min(this.limit, this.#cap)) {
      const first = this.#queue.shift();
      if (first === undefined) return;
      this.#used++;
      first.grant();
    }
  }

  #release(): Release {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#used--;
      this.#grant();
    };
  }
}
