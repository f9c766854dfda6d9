import { Failure } from '../../shared/errors.ts';
import { compareCommand, type HostKey } from './host-key.ts';
import type { HostKeyEntry } from './known-hosts-lines.ts';
import { placeOf } from './target.ts';

interface Place {
  address: string;
  port: number;
  /** The configuration wants an unknown key refused. */
  strict?: boolean | undefined;
}

/** First contact. Facts are what a dialog needs. */
export function unknownKey(place: Place, key: HostKey, authorities: readonly HostKeyEntry[] = []): Failure {
  const message = `the host key of ${placeOf(place)} is not known yet: ${key.fingerprint}`;
  if (place.strict === true)
    return new Failure('host-key-unknown', message, {
      hint: `StrictHostKeyChecking is yes for it in the ssh configuration: put the key into known_hosts yourself, after comparing it with ${compareCommand(key.type)} on the server's own console.`,
      facts: { ...factsOf(place, key), strict: true },
    });
  return new Failure('host-key-unknown', message, {
    // A certificate authority in known_hosts does not help: ssh2 knows no host certificates.
    hint: `${authorities.length > 0 ? 'The certificate authority that is listed for it cannot be used here. ' : ''}Compare the key with what this prints on the server's own console: ${compareCommand(key.type)}`,
    facts: factsOf(place, key),
  });
}

/** The server shows another key than the one accepted before. Nothing but the key exchange has taken place. */
export function changedKey(place: Place, key: HostKey, known: readonly HostKeyEntry[]): Failure {
  const sameType = known.filter((entry) => entry.key.type === key.type);
  const same = sameType.length > 0 ? sameType : known;
  const fingerprints = same.map((entry) => entry.key.fingerprint).join(' or ');
  return new Failure(
    'host-key-changed',
    sameType.length > 0
      ? `the host key of ${placeOf(place)} has changed: ${key.fingerprint} instead of ${fingerprints}`
      : `${placeOf(place)} did not show the host key that is known (${fingerprints}) but one of another type: ${key.fingerprint}`,
    {
      hint: `Somebody may be intercepting the connection, or the server was rebuilt. Ask on the server's own console: ${compareCommand(key.type)}`,
      facts: { ...factsOf(place, key), known: same.map(describeEntry) },
    },
  );
}

/** The server shows a key that somebody marked as never to be trusted again. */
export function revokedKey(place: Place, key: HostKey, revoked: readonly HostKeyEntry[]): Failure {
  const by = revoked.filter((entry) => entry.key.blob.equals(key.blob));
  return new Failure('host-key-revoked', `the host key of ${placeOf(place)} has been revoked: ${key.fingerprint}`, {
    hint: `It was marked as not to be trusted in ${by.map((entry) => `${entry.file}, line ${entry.line}`).join(' and ')}.`,
    facts: { ...factsOf(place, key), known: by.map(describeEntry) },
  });
}

/** The server shows none of the keys that the user, who knows the fingerprint by another way, expects. */
export function unexpectedKey(place: Place, expected: string, shown: readonly HostKey[]): Failure {
  return new Failure(
    'host-key-changed',
    `${placeOf(place)} does not have the expected host key: it shows ${shown.map((key) => key.fingerprint).join(' and ')} instead of ${expected}`,
    {
      hint: 'Check that the address is right and that the fingerprint is of this server. Nothing was sent to it.',
      facts: { address: place.address, port: place.port, expected, shown: shown.map((key) => ({ type: key.type, fingerprint: key.fingerprint })) },
    },
  );
}

const factsOf = (place: Place, key: HostKey): Record<string, unknown> => ({ fingerprint: key.fingerprint, type: key.type, address: place.address, port: place.port });

const describeEntry = (entry: HostKeyEntry): Record<string, unknown> => ({ type: entry.key.type, fingerprint: entry.key.fingerprint, file: entry.file, line: entry.line });
