import type { Host } from '../../../shared/contract/hosts.ts';
import { Failure } from '../../../shared/errors.ts';
import { visible } from '../../../shared/rules/visible.ts';
import type { Context } from '../../dispatch.ts';
import type { HostCredentials } from '../../hostkit/credentials.ts';
import type { Connection } from '../../ssh/connection.ts';
import type { Credentials } from '../../ssh/credentials.ts';
import type { Via } from '../../ssh/jump.ts';
import type { KnownHosts } from '../../ssh/known-hosts.ts';
import { keyPlaceOf, placeOf, type SshTarget } from '../../ssh/target.ts';

type Asking = Pick<Context, 'ask' | 'signal'>;

/** The way through a target's jump hosts while it is looked at. */
export interface Hops {
  via: Via;
  close(): void;
}

/**
 * Opens jump hosts when they are first needed and keeps them until closed. One whose key is not known yet is shown and
 * asked about, as the server itself is; nothing is sent to it before.
 */
export function trustedHops({ knownHosts, credentials, name }: { knownHosts: KnownHosts; credentials: Credentials; name: string }, context: Asking): Hops {
  const opened = new Map<SshTarget, Promise<Connection>>();
  const open = async (jump: SshTarget): Promise<Connection> => {
    const { connect, findHostKey } = await import('../../ssh/connect.ts');
    const { hopCredentials } = await import('../../ssh/jump.ts');
    for (;;) {
      try {
        return await connect(jump, { hostKeys: { known: knownHosts }, credentials: hopCredentials(credentials, jump), via, signal: context.signal });
      } catch (error) {
        const fingerprint = await confirmed(`${placeOf(jump)}, through which ${name} is reached,`, error, context);
        const key = await findHostKey(jump, fingerprint, { signal: context.signal, via });
        const place = keyPlaceOf(jump);
        await knownHosts.of(jump).accept(place.address, place.port, key);
      }
    }
  };
  const via: Via = async (jump) => {
    const opening = opened.get(jump) ?? open(jump);
    opened.set(jump, opening);
    return { connection: await opening, release: () => {} };
  };
  return {
    via,
    close() {
      for (const opening of opened.values())
        opening.then(
          (connection) => connection.close(),
          () => {},
        );
    },
  };
}

/** Makes sure that it is the right server and that it lets us in. Returns the fingerprint that is trusted from now on. */
export async function trust(
  host: Host,
  target: SshTarget,
  given: string | undefined,
  { knownHosts, credentials }: { knownHosts: KnownHosts; credentials: HostCredentials },
  context: Asking,
): Promise<string> {
  const { connect, findHostKey } = await import('../../ssh/connect.ts');
  const { readIdentity } = await import('../../ssh/identity.ts');
  if (host.identity !== null) await readIdentity(host.identity);
  const hops = trustedHops({ knownHosts, credentials, name: host.name }, context);
  const options = { credentials, name: host.name, via: hops.via, signal: context.signal };
  try {
    let fingerprint = given;
    if (fingerprint === undefined) {
      try {
        const known = await connect(target, { ...options, hostKeys: { known: knownHosts } });
        known.close();
        await credentials.accepted();
        return known.handshake.hostKey.fingerprint;
      } catch (error) {
        fingerprint = await confirmed(`${host.name} (${placeOf(target)})`, error, context, '--fingerprint');
      }
    }
    const key = await findHostKey(target, fingerprint, { signal: context.signal, via: hops.via, known: knownHosts });
    // Pinned: the server that logs us in is the one whose key was compared, or nothing is sent to it.
    const pinned = await connect(target, { ...options, hostKeys: { pinned: key.fingerprint, type: key.type, key, jumps: knownHosts } });
    pinned.close();
    const place = keyPlaceOf(target);
    const known = knownHosts.of(target);
    // A fingerprint from elsewhere is the one thing that may overrule a key that was known before.
    if (given === undefined) await known.accept(place.address, place.port, key);
    else await known.replace(place.address, place.port, key);
    await credentials.accepted();
    return key.fingerprint;
  } finally {
    hops.close();
  }
}

/** Asks whether an unknown key is the right one; every other failure, and nobody to ask, is thrown on. */
async function confirmed(subject: string, error: unknown, context: Asking, option?: string): Promise<string> {
  const facts = error instanceof Failure && error.problem === 'host-key-unknown' ? error.facts : undefined;
  const fingerprint = facts?.fingerprint;
  if (!(error instanceof Failure) || typeof fingerprint !== 'string' || facts?.strict === true) throw error;
  const answer = await context.ask({
    kind: 'confirm',
    text: `${visible(subject)} is new here. Its host key is ${fingerprint}`,
    lines: [error.hint ?? '', 'Nothing has been sent to it yet.'],
    verb: 'Trust this key',
  });
  if (answer === true) return fingerprint;
  if (answer === false) throw new Failure('cancelled', `${visible(subject)} was not trusted`);
  throw new Failure('host-key-unknown', error.message, {
    ...error,
    hint: `${error.hint} Then ${option === undefined ? 'connect to it once with ssh.' : `give it: ${option} ${fingerprint}`}`,
  });
}
