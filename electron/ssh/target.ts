/** Where and as whom to connect. Values come from the inventory or a form: their shape has been checked by the contract. */
export interface SshTarget {
  /** Host name or IP address, without brackets. */
  address: string;
  port: number;
  user: string;
  /** Path of a private key file. */
  identity?: string | undefined;
  /** Whether keys of a running agent may be tried. Left out: yes, if there is an agent. */
  agent?: boolean | undefined;
}

/** The target as a user would say it: `shop-1.example`, and the port only where it is not 22. */
export function placeOf(target: { address: string; port: number }): string {
  const address = target.address.includes(':') ? `[${target.address}]` : target.address;
  return target.port === 22 ? target.address : `${address}:${target.port}`;
}
