import { homedir } from 'node:os';
import type { Host } from '../../shared/contract/hosts.ts';
import { resolveHost, type Resolved } from './ssh-config.ts';

/**
 * Where a host that this laptop remembers is reached now: for one of ~/.ssh/config what that says today.
 * Fails as resolveHost does.
 */
export async function hostTarget(host: Pick<Host, 'address' | 'port' | 'user' | 'identity' | 'alias' | 'agreement'>, signal?: AbortSignal): Promise<Resolved> {
  const { address, port, user, alias } = host;
  const identity = host.identity ?? undefined;
  if (alias === undefined) return { target: { address, port, user, identity }, notes: [], agreement: undefined };
  const resolved = await resolveHost(alias, { home: homedir(), agreed: host.agreement, signal });
  return { ...resolved, target: { ...resolved.target, identity } };
}
