import type { Failure } from '../../../shared/errors.ts';
import type { HostKeyPolicy } from '../connect.ts';
import type { Credentials } from '../credentials.ts';
import { keyPlaceOf, type SshTarget } from '../target.ts';

/** What a host said no to, and who could be asked then. */
export interface Refused {
  failure: Failure;
  credentials: Credentials;
}

/** What was refused before and would be refused again. */
export async function stillRefused(refused: Refused | undefined, target: SshTarget, hostKeys: HostKeyPolicy, credentials: Credentials): Promise<Failure | undefined> {
  if (refused === undefined) return undefined;
  const { failure } = refused;
  if (failure.problem === 'auth-failed') return failure;
  if (failure.problem === 'needs-input') return refused.credentials === credentials ? failure : undefined;
  if (!('known' in hostKeys)) return failure;
  // It may be a jump host's key that was refused.
  for (let hop: SshTarget | undefined = target; hop !== undefined; hop = hop.through) {
    const place = keyPlaceOf(hop);
    const { known } = await hostKeys.known.of(hop).lookup(place.address, place.port);
    if (known.some((each) => each.key.fingerprint === failure.facts?.fingerprint)) return undefined;
  }
  return failure;
}
