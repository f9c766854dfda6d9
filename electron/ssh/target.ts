/** Where and as whom to connect. Values come from the inventory, a form or ~/.ssh/config: their shape has been checked. */
export interface SshTarget {
  /** Host name or IP address, without brackets. */
  address: string;
  port: number;
  user: string;
  /** Path of a private key file that somebody named for this host: it must be there. */
  identity?: string | undefined;
  /** Whether keys of a running agent may be tried. Left out: yes, if there is an agent. */
  agent?: boolean | undefined;
  /** Key files of ~/.ssh/config, in order; those that are missing are passed over. Left out: the usual ones. */
  identities?: string[] | undefined;
  /** Keys of those files alone, also of those that the agent holds. */
  identitiesOnly?: boolean | undefined;
  /** Another agent than the usual one. */
  agentAddress?: string | undefined;
  /** The name that its host key is known by, in place of its address and port. */
  hostKeyAlias?: string | undefined;
  /** Known hosts files in place of OpenSSH's usual ones: the user's, the machine's. */
  knownHosts?: { user?: string[]; machine?: string[] } | undefined;
  /** No other key of it is learnt from a trusted connection: UpdateHostKeys of ssh. */
  fixedKeys?: boolean | undefined;
  /** An unknown host key is refused and not asked about. */
  strict?: boolean | undefined;
  /** Host key algorithms, of those that we offer; left out: all of them. */
  hostKeyAlgorithms?: string[] | undefined;
  connectMs?: number | undefined;
  keepaliveMs?: number | undefined;
  /** The host whose connection it is reached through, which may have one of its own. */
  through?: SshTarget | undefined;
  /** Set where it takes the system's ssh to reach it: how it is called there, why, and in which configurations, the first one's first. */
  system?: { alias: string; reasons: string[]; files: string[] } | undefined;
}

/** The target as a user would say it: `shop-1.example`, and the port only where it is not 22. */
export function placeOf(target: { address: string; port: number }): string {
  const address = target.address.includes(':') ? `[${target.address}]` : target.address;
  return target.port === 22 ? target.address : `${address}:${target.port}`;
}

/** Whether our own SSH would reach another server than the configuration means, or one that was not looked at as it says. */
export const needsSystem = ({ system }: SshTarget): boolean => system?.reasons.some((reason) => /^(ProxyCommand|KnownHostsCommand)$/.test(reason)) === true;

/** How known_hosts files call it: HostKeyAlias stands alone, without a port. */
export function keyPlaceOf(target: Pick<SshTarget, 'address' | 'port' | 'hostKeyAlias'>): { address: string; port: number } {
  return target.hostKeyAlias === undefined ? { address: target.address, port: target.port } : { address: target.hostKeyAlias, port: 22 };
}
