import { formatAddress } from '../../shared/rules/address.ts';
import type { Connection } from './connection.ts';
import type { Credentials } from './credentials.ts';
import { dial } from './dial.ts';
import type { Limits } from './limits.ts';
import { placeOf, type SshTarget } from './target.ts';
import type { Wire } from './wire.ts';

/** A jump host's connection, for as long as it is used. */
export interface Hop {
  connection: Connection;
  release(): void;
}

/** How a jump host is reached, whose key is judged and who is signed in as for any other host. */
export type Via = (jump: SshTarget, signal?: AbortSignal) => Promise<Hop>;

/** Opens what carries a connection: TCP, or a channel through the host before. Cancelling leaves nothing open. */
export async function reach(target: SshTarget, limits: Limits, via: Via | undefined, signal?: AbortSignal): Promise<Wire> {
  if (target.through === undefined) return dial(target, limits, signal);
  if (via === undefined) throw new Error(`no way to the jump host of ${placeOf(target)}`);
  const hop = await via(target.through, signal);
  try {
    const wire = await hop.connection.forward(target, signal);
    wire.once('close', () => hop.release());
    return wire;
  } catch (error) {
    hop.release();
    throw error;
  }
}

/** Questions about a jump host say so: what opens the server must not be tried on it, and the other way round. */
export function hopCredentials(credentials: Credentials, jump: SshTarget): Credentials {
  const hop = formatAddress({ user: jump.user, host: jump.address, port: jump.port });
  return { ask: (question, signal) => credentials.ask({ hop, ...question }, signal) };
}
