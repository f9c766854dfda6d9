import { onAbort } from '../waiting.ts';

/** Something under way that begins anew when it is told to, for as long as that loses nothing. */
export class Renewing {
  #again: (() => void) | undefined;

  /** The machine woke up or has another address: what was sent before may never be answered. */
  renew(): void {
    this.#again?.();
  }

  /** Does the work, from the beginning at each `renew` until it calls `settle`; then somebody may have been asked. */
  async run<T>(signal: AbortSignal, work: (signal: AbortSignal, settle: () => void) => Promise<T>): Promise<T> {
    for (;;) {
      const one = new AbortController();
      const off = onAbort(signal, () => one.abort());
      this.#again = () => one.abort();
      try {
        return await work(one.signal, () => (this.#again = undefined));
      } catch (error) {
        if (!one.signal.aborted || signal.aborted) throw error;
      } finally {
        off();
        this.#again = undefined;
      }
    }
  }
}
