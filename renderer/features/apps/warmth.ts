import { useState } from 'react';
import type { Warmth } from '../../../shared/contract/apps.ts';
import { bytes } from '../../lib/format.ts';
import { useStream } from '../../lib/query.ts';

/** Keeps an app's idle slot warm while its page is open and seen; how that stands, null where nothing is known. */
export function useWarmth(host: string, app: string, enabled: boolean): Warmth | null {
  const [told, setTold] = useState<Warmth | null>(null);
  useStream('apps.warm', { host, app }, { onStart: () => setTold(null), onEvent: setTold, onEnd: () => setTold(null) }, enabled);
  return enabled ? told : null;
}

/** What is said of a slot that waits: that it does, and what that costs. */
export function warmWords(warmth: Warmth | null): string | null {
  if (warmth?.state !== 'warm') return null;
  return `Warm for the next release${warmth.memory === null ? '' : `, ${bytes(warmth.memory)}`}`;
}
