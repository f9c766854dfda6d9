import { endText, parseForward } from '../../../shared/rules/forward.ts';
import type { Forward, WantedForward } from '../../stores/forwards.ts';
import type { State } from '../../ui/Status.tsx';

/** How a forward is, as shape and word. */
export const stateOf: Record<Forward['state'], readonly [shape: State, word: string]> = {
  opening: ['deploying', 'Opening'],
  open: ['live', 'Open'],
  lost: ['warning', 'Connecting again'],
  closed: ['stopped', 'Closed'],
  failed: ['failed', 'Did not open'],
};

/** Its two ends: what is true where it is open, else what is wanted of it. */
export function endsOf({ kind, forward, at, to }: WantedForward & Pick<Forward, 'at' | 'to'>): { at: string; to: string } {
  const wanted = parseForward(forward, kind);
  if ('wrong' in wanted) return { at: forward, to: '' };
  const listen = wanted.listen.port === 0 ? 'any free port' : endText(wanted.listen);
  return { at: at ?? listen, to: kind === 'dynamic' ? 'wherever each connection says (SOCKS5)' : (to ?? (wanted.to === null ? '' : endText(wanted.to))) };
}

/** What a program on this computer is given to reach it; null of one that leads here. */
export function addressFor({ kind, at, url }: Pick<Forward, 'kind' | 'at' | 'url'>): string | null {
  if (at === null || kind === 'remote') return null;
  const here = at.replace(/^0\.0\.0\.0:|^\[::\]:/, '127.0.0.1:');
  return kind === 'dynamic' ? `socks5://${here}` : url === null ? here : `${url[0]}${here}${url[1]}`;
}
