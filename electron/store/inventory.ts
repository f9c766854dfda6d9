import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { host, type Host } from '../../shared/contract/hosts.ts';
import { Failure } from '../../shared/errors.ts';
import { readIfThere, writeAtomic } from './files.ts';

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

export function openInventory(home: string): Inventory {
  const path = join(home, 'hosts.yml');
  let last: Promise<unknown> = Promise.resolve();

  const read = async (): Promise<Host[]> => {
    const text = await readIfThere(path);
    if (text === null) return [];
    const parsed = shape.safeParse(parseOrNull(text));
    if (parsed.success) return parsed.data.hosts;
    // Kept aside, never overwritten: whatever broke it, the user's list can still be read by a person.
    const aside = `${path}.broken-${Date.now()}`;
    await rename(path, aside);
    throw new Failure('config-invalid', `The list of servers in ${path} could not be read and was set aside`, {
      hint: `Mend ${aside} and name it hosts.yml again, or add your servers anew.`,
    });
  };

  /** One change at a time, each from the newest file. */
  const change = (edit: (hosts: Host[]) => Host[]): Promise<void> => {
    const next = last.then(async () => writeAtomic(path, stringify({ format: 1, hosts: edit(await read()) })));
    last = next.catch(() => {});
    return next;
  };

  return {
    list: read,
    async get(name) {
      const known = await read();
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

function parseOrNull(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch {
    return null;
  }
}
