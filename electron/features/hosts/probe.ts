import type { Context } from '../../dispatch.ts';
import type { Credentials } from '../../ssh/credentials.ts';
import { compareCommand } from '../../ssh/host-key.ts';
import { type KnownHosts, verdict } from '../../ssh/known-hosts.ts';
import { keyPlaceOf, type SshTarget } from '../../ssh/target.ts';
import { trustedHops } from './trust.ts';

/** A server's host key as it shows it now, and what is known of it here. Signs in nowhere but on its jump hosts. */
export async function probe(target: SshTarget, parts: { knownHosts: KnownHosts; credentials: Credentials; name: string }, context: Pick<Context, 'ask' | 'signal'>) {
  const { hostKeyTypes } = await import('../../ssh/algorithms.ts');
  const { probeHostKey } = await import('../../ssh/connect.ts');
  const place = keyPlaceOf(target);
  const files = parts.knownHosts.of(target);
  const known = await files.lookup(place.address, place.port);
  // Key types that are known first: a server that also has a newer key is not taken for a changed one.
  const pinned = known.known.map(({ key }) => key.type);
  const types = hostKeyTypes();
  const hops = trustedHops(parts, context);
  try {
    const key = await probeHostKey(target, {
      signal: context.signal,
      via: hops.via,
      known: parts.knownHosts,
      types: [...types.filter((type) => pinned.includes(type)), ...types.filter((type) => !pinned.includes(type))],
    });
    const found = verdict(known, key);
    const sameType = known.known.filter((entry) => entry.key.type === key.type);
    const before = found === 'revoked' ? known.revoked : found === 'changed' ? (sameType.length > 0 ? sameType : known.known) : [];
    return {
      fingerprint: key.fingerprint,
      type: key.type,
      verdict: found,
      before: [...new Set(before.map((entry) => entry.key.fingerprint))],
      file: before[0]?.file ?? files.paths.append,
      command: compareCommand(key.type),
    };
  } finally {
    hops.close();
  }
}
