import { Failure } from '../errors.ts';
import { appSpec } from './spec.ts';

interface Kept {
  release: number;
  state: 'live' | 'previous' | 'kept';
}

/** Which release a rollback goes to: the one asked for, else the one that was live before. @throws Failure not-found, invalid */
export function rollbackTarget<R extends Kept>(app: string, releases: readonly R[], wanted: number | undefined): R {
  const others = releases.filter(({ state }) => state !== 'live').map(({ release }) => release);
  const hint = others.length === 0 ? 'There is no other release of it.' : `There are: ${others.join(', ')}`;
  const found = releases.find(({ release, state }) => (wanted === undefined ? state === 'previous' : release === wanted));
  if (found === undefined) {
    throw new Failure('not-found', wanted === undefined ? `No release of ${app} was live before this one` : `${app} has no release ${wanted} any more`, { field: 'release', hint });
  }
  if (found.state === 'live') throw new Failure('invalid', `Release ${found.release} of ${app} is live already`, { field: 'release', hint });
  return found;
}

/**
 * The releases whose `before` commands ran between the target and the live one: migrations of a database are not taken back
 * by a rollback. Newest first.
 */
export function migratedSince(releases: readonly { release: number; spec: unknown }[], target: number): number[] {
  return releases
    .filter(({ release, spec }) => {
      const known = appSpec.safeParse(spec);
      return release > target && known.success && known.data.before.length > 0;
    })
    .map(({ release }) => release);
}
