import { join } from 'node:path';
import { z } from 'zod';
import { host, type Host } from '../../shared/contract/hosts.ts';
import { Failure } from '../../shared/errors.ts';
import { openDocument } from './document.ts';

const shape = z.object({ format: z.literal(1), hosts: z.array(host) });

/** The hosts this laptop knows, in hosts.yml. No secrets: those are in the keychain or asked for. */
export interface Inventory {
  list(): Promise<Host[]>;
  /** @throws Failure not-found */
  get(name: string): Promise<Host>;
  /** @throws Failure exists */
  add(host: Host): Promise<void>;
  /** @throws Failure not-found */
  remove(name: string): Promise<void>;
}

/** @param recovered told when a broken file was set aside */
export function openInventory(home: string, recovered?: (text: string) => void): Inventory {
  const file = openDocument({ path: join(home, 'hosts.yml'), schema: shape, empty: { format: 1, hosts: [] }, what: 'The list of servers', recovered });
  const change = (edit: (hosts: Host[]) => Host[]): Promise<void> => file.change(({ hosts }) => ({ format: 1, hosts: edit(hosts) }));

  return {
    list: async () => (await file.read()).hosts,
    async get(name) {
      const { hosts: known } = await file.read();
      const found = known.find((candidate) => candidate.name === name);
      if (found !== undefined) return found;
      const names = known.map((candidate) => candidate.name).join(', ');
      throw new Failure('not-found', `No server is called ${name}`, {
        field: 'host',
        hint: names === '' ? 'Add one first: forgeboard hosts add NAME USER@ADDRESS' : `Known: ${names}`,
      });
    },
    add: (added) =>
      change((hosts) => {
        if (hosts.some((known) => known.name === added.name)) throw new Failure('exists', `A server called ${added.name} is known already`, { field: 'name' });
        return [...hosts, added];
      }),
    remove: (name) =>
      change((hosts) => {
        if (!hosts.some((known) => known.name === name)) throw new Failure('not-found', `No server is called ${name}`, { field: 'name' });
        return hosts.filter((known) => known.name !== name);
      }),
  };
}
