import { parseAddress } from '../../../shared/rules/address.ts';
import { Failure } from '../../../shared/errors.ts';
import { compareCommand } from '../../ssh/host-key.ts';
import { type KnownHosts, verdict } from '../../ssh/known-hosts.ts';

/** A server's host key as it shows it now, and what is known of it here. Signs in nowhere. */
export async function probe(knownHosts: KnownHosts, address: string, signal: AbortSignal) {
  const place = parseAddress(address);
  if ('wrong' in place) throw new Failure('invalid', place.wrong, { field: 'address' });
  const { hostKeyTypes } = await import('../../ssh/algorithms.ts');
  const { probeHostKey } = await import('../../ssh/connect.ts');
  const known = await knownHosts.lookup(place.host, place.port);
  // Key types that are known first: a server that also has a newer key is not taken for a changed one.
  const pinned = known.known.map(({ key }) => key.type);
  const types = hostKeyTypes();
  const key = await probeHostKey(
    { address: place.host, port: place.port, user: place.user },
    { signal, types: [...types.filter((type) => pinned.includes(type)), ...types.filter((type) => !pinned.includes(type))] },
  );
  const found = verdict(known, key);
  const before = found === 'revoked' ? known.revoked : found === 'changed' ? known.known.filter((entry) => entry.key.type === key.type) : [];
  return { fingerprint: key.fingerprint, type: key.type, verdict: found, before: [...new Set(before.map((entry) => entry.key.fingerprint))], command: compareCommand(key.type) };
}
