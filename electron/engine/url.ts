import type { Host } from '../../shared/contract/hosts.ts';

/** Where an app without a domain answers: the host's address as it was given, and the app's own port. */
export function urlOf(host: Pick<Host, 'address'>, port: number): string {
  const address = host.address.includes(':') ? `[${host.address.split('%')[0]}]` : host.address;
  return `http://${address}:${port}/`;
}
