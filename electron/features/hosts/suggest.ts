import { homedir } from 'node:os';
import { addressRule, formatAddress } from '../../../shared/rules/address.ts';
import { keyFiles } from '../../ssh/key-files.ts';
import { configuredServers } from '../../ssh/ssh-config.ts';

/** What ~/.ssh offers to choose from. A server whose address breaks our rules is left out: it could not be added. */
export async function suggest(home = homedir()) {
  const [servers, keys] = await Promise.all([configuredServers(home), keyFiles(home)]);
  return {
    servers: servers.flatMap(({ name, user, address: host, port, identity, jumps }) => {
      const address = formatAddress({ user, host, port });
      return addressRule(address) === null ? [{ name, address, identity, jumps }] : [];
    }),
    keys,
  };
}
