import type { Host } from '../../shared/contract/hosts.ts';
import type { AppSpec } from '../../shared/rules/spec.ts';

/**
 * Where an app answers: its first domain, else the host's address as it was given and the app's own port. null for one
 * without a site.
 */
export function urlOf(host: Pick<Host, 'address'>, { type, domains, port, keptSite }: Pick<AppSpec, 'type' | 'domains' | 'port' | 'keptSite'>): string | null {
  if (type === 'worker') return null;
  if (keptSite !== null) return keptSite.url;
  const [domain] = domains;
  return domain === undefined ? portUrl(host, port) : `http://${domain}/`;
}

export function portUrl(host: Pick<Host, 'address'>, port: number): string {
  const address = host.address.includes(':') ? `[${host.address.split('%')[0]}]` : host.address;
  return `http://${address}:${port}/`;
}
