import { Failure } from '../../shared/errors.ts';

/** The failure of everything that stops because its signal was aborted. */
export function cancelled(): Failure {
  return new Failure('cancelled', 'cancelled');
}

/** Runs `stop` when the signal aborts, or right after this tick if it has already; the returned function takes the listener off again. */
export function onAbort(signal: AbortSignal | undefined, stop: () => void): () => void {
  if (signal === undefined) return () => {};
  if (signal.aborted) {
    queueMicrotask(stop);
    return () => {};
  }
  signal.addEventListener('abort', stop, { once: true });
  return () => signal.removeEventListener('abort', stop);
}

/** The promise's outcome, or `cancelled` as soon as the signal aborts; the promise itself goes on and is not left unhandled. */
export function orAbort<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const off = onAbort(signal, () => reject(cancelled()));
    promise.then(resolve, reject).finally(off);
  });
}

/** Waits; rejects with `cancelled` when the signal aborts first. What is handed out ends the waiting early. */
export function pause(ms: number, signal?: AbortSignal, handOut: (hurry: () => void) => void = () => {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      off();
      resolve();
    };
    const timer = setTimeout(end, ms);
    const off = onAbort(signal, () => {
      clearTimeout(timer);
      reject(cancelled());
    });
    handOut(end);
  });
}

/** A timer that can be set again and stopped, for waits made of several answers. */
export class Deadline {
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly expired: (stage: string) => void) {}

  set(ms: number, stage: string): void {
    this.clear();
    this.#timer = setTimeout(() => this.expired(stage), ms);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
