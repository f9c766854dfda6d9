import type { QueryClient } from '@tanstack/react-query';
import { Failure } from '../../../shared/errors.ts';
import type { Api } from '../../lib/api.ts';
import { type Transfer, useTransfers } from '../../stores/transfers.ts';
import { joined } from './places.ts';

const running = new Map<number, AbortController>();
/** The last copy of each server and way: the next one waits for it, so that each goes at full speed. */
const last = new Map<string, Promise<void>>();
let count = 0;

/** Begins a copy, after those of the same server that were begun before. It goes on when the page is left. */
export function transfer(deps: { api: Api; client: QueryClient }, wanted: Pick<Transfer, 'host' | 'way' | 'name' | 'folder' | 'local' | 'isRoot'>): void {
  count += 1;
  useTransfers.getState().add({ ...wanted, id: count, overwrite: false, state: 'waits', progress: null, done: null, failure: null });
  queue(deps, count, wanted);
}

/** Begins a failed one again; with `overwrite` in place of what is there. */
export function again(deps: { api: Api; client: QueryClient }, one: Transfer, overwrite: boolean): void {
  const { id } = one;
  useTransfers.getState().change(id, { state: 'waits', failure: null, progress: null, overwrite });
  queue(deps, id, one);
}

/** Ends one that runs or waits, or forgets one that is over. */
export function end({ id, state }: Transfer): void {
  running.get(id)?.abort();
  if (state !== 'runs') useTransfers.getState().forget(id);
}

function queue(deps: { api: Api; client: QueryClient }, id: number, { host, way }: Pick<Transfer, 'host' | 'way'>): void {
  const line = `${host} ${way}`;
  last.set(
    line,
    (last.get(line) ?? Promise.resolve()).then(() => run(deps, id)),
  );
}

async function run({ api, client }: { api: Api; client: QueryClient }, id: number): Promise<void> {
  const { of, change } = useTransfers.getState();
  const one = of.find((found) => found.id === id);
  if (one === undefined) return;
  const { host, way, name, folder, local, overwrite, isRoot } = one;
  const how = { overwrite, ...(isRoot && { sudo: true }) };
  const abort = new AbortController();
  running.set(id, abort);
  change(id, { state: 'runs' });
  const options = {
    signal: abort.signal,
    onEvent: (event: { type: string; files?: number; ofFiles?: number; bytes?: number; ofBytes?: number }) => {
      if (event.type !== 'copied') return;
      const { files = 0, ofFiles = 0, bytes = 0, ofBytes = 0 } = event;
      change(id, { progress: { files, ofFiles, bytes, ofBytes } });
    },
  };
  try {
    const done =
      way === 'down'
        ? await api.call('files.get', { host, path: joined(folder, name), into: local, ...how }, options)
        : await api.call('files.put', { host, from: local, path: folder, ...how }, options);
    change(id, { state: 'done', done });
  } catch (error) {
    change(id, { state: 'failed', failure: error instanceof Failure ? error : new Failure('bug', String(error)) });
  }
  running.delete(id);
  if (way === 'up') void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === 'files.list' });
}
