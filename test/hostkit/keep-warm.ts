import type { z } from 'zod';
import { warmth } from '../../electron/hostkit/actions.ts';
import type { Kit } from '../../electron/hostkit/hostkit.ts';

export type Warmth = z.infer<typeof warmth>;

/** Asks for an app's idle slot to be warm, as its open page does. */
export function keepWarm(kit: Kit, app: string) {
  const abort = new AbortController();
  const told: Warmth[] = [];
  const looks = new Set<() => void>();
  const onEvent = (event: unknown) => {
    told.push(warmth.parse(event));
    for (const look of looks) look();
  };
  const ended = kit.call('apps.warm', { app }, { signal: abort.signal, onEvent }).catch((error: unknown) => error);
  return {
    told,
    /** Resolves when this is how it stands; `after`: only what was told after so many words counts. */
    until: (state: Warmth['state'], after = 0) =>
      new Promise<Warmth>((resolve) => {
        const look = () => {
          const last = told.at(-1);
          if (told.length <= after || last?.state !== state) return;
          looks.delete(look);
          resolve(last);
        };
        looks.add(look);
        look();
      }),
    stop: () => {
      abort.abort();
      return ended;
    },
  };
}
