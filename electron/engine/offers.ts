import type { Answer } from '../hostkit/actions.ts';
import type { Scan } from './scan.ts';

/** What a host lacks of a scan, and what the plan is made from. */
export interface Offered extends Answer<'releases.offer'> {
  /** Whether it was remembered rather than asked for; the host then checks whether it still holds. */
  remembered: boolean;
  /** Whether a content is known to be there. */
  has?(key: string): boolean;
}

interface Known {
  registry: Offered['registry'];
  applied: NonNullable<Offered['applied']>;
  keys: ReadonlySet<string>;
}

/** Contents whose keys are remembered of one app: some 20 MB at most. */
const mostKeys = 100_000;
const mostApps = 50;

/**
 * What each host said it has of an app, as long as this client runs: the next deployment starts from it without asking, which
 * saves a round trip. It is a guess that the host checks: what changed there since is a conflict, and it is asked then.
 */
export class Offers {
  readonly #known = new Map<string, Known>();

  /** What the host would say of a scan, or undefined where it has to be asked: also where more bytes than these are new. */
  recall(host: string, app: string, scan: Scan, most: number): Offered | undefined {
    const known = this.#known.get(nameOf(host, app));
    if (known === undefined) return undefined;
    const has = (key: string): boolean => known.keys.has(key);
    const lacking = scan.files.filter(({ key }) => !has(key));
    if (lacking.reduce((sum, { size }) => sum + size, 0) > most) return undefined;
    return { missing: [...new Set(lacking.map(({ key }) => key))], partial: {}, registry: known.registry, applied: known.applied, remembered: true, has };
  }

  /** After a deployment that left the configuration as it was offered, of all contents that it had. */
  remember(host: string, app: string, { registry, applied }: Offered, keys: Iterable<string>): void {
    const name = nameOf(host, app);
    this.#known.delete(name);
    const set = new Set(keys);
    if (applied === null || set.size > mostKeys) return;
    this.#known.set(name, { registry, applied, keys: set });
    const [oldest] = this.#known.keys();
    if (this.#known.size > mostApps && oldest !== undefined) this.#known.delete(oldest);
  }

  forget(host: string, app: string): void {
    this.#known.delete(nameOf(host, app));
  }
}

const nameOf = (host: string, app: string): string => `${host} ${app}`;
