import type { State } from '../../ui/Status.tsx';
import type { KnownState } from './facts.ts';

/** A server's connection as a shape and, where it is not simply there, a word. */
export function hostWords(state: KnownState | undefined): { dot: State; word: string | null; long: string } {
  switch (state?.state) {
    case 'ready':
      return { dot: 'live', word: null, long: 'Connected' };
    case 'connecting':
      return { dot: 'deploying', word: 'connecting', long: 'Connecting' };
    case 'waiting':
    case 'lost':
      return { dot: 'stopped', word: 'no answer', long: 'No answer' };
    case 'refused':
      return state.problem?.startsWith('host-key')
        ? { dot: 'failed', word: 'other key', long: 'Not signed in' }
        : { dot: 'warning', word: 'waiting for you', long: 'Not signed in' };
    default:
      return { dot: 'stopped', word: null, long: 'Not connected' };
  }
}
