import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { HostState, Sample } from '../../../shared/contract/hosts.ts';
import { useOperation, useStream } from '../../lib/query.ts';

/** The servers that this laptop knows. */
export const useHosts = () => useOperation('hosts.list', {}, { keep: true });

/** The apps of a server; with `read: false` only what is known of them. A server that is not reached is not asked again and again. */
export function useApps(host: string, { read = true, every = 5_000 } = {}) {
  const state = useStates()[host]?.state;
  const reachable = state === undefined || state === 'ready' || state === 'connecting' || state === 'closed';
  return useOperation('apps.list', { host }, { keep: true, enabled: read && reachable, every });
}

/** One app with its deployments. */
export function useApp(host: string, app: string) {
  const state = useStates()[host]?.state;
  return useOperation('apps.get', { host, app }, { keep: true, every: 5_000, enabled: state === undefined || state === 'ready' || state === 'connecting' || state === 'closed' });
}

/** The releases of an app that are kept on its server: what can be rolled back to. */
export function useReleases(host: string, app: string) {
  const state = useStates()[host]?.state;
  return useOperation('releases.list', { host, app }, { every: 15_000, enabled: state === undefined || state === 'ready' || state === 'connecting' || state === 'closed' });
}

export interface KnownState extends HostState {
  /** This laptop's clock, ISO 8601: since when it is so. */
  since: string;
}

const statesKey = ['hosts.states', {}];

/** How each server is connected, as the stream of them said last. */
export function useStates(): Record<string, KnownState> {
  return useQuery<Record<string, KnownState>>({ queryKey: statesKey, queryFn: () => ({}), enabled: false, initialData: {} }).data;
}

/** Listens to the states of all servers; once, by the window. What a server told is read again when it answers again. */
export function useStatesStream(): void {
  const client = useQueryClient();
  useStream(
    'hosts.states',
    {},
    {
      onEvent(event) {
        const before = client.getQueryData<Record<string, KnownState>>(statesKey) ?? {};
        const known = before[event.host];
        const since = known?.state === event.state ? known.since : new Date().toISOString();
        client.setQueryData(statesKey, { ...before, [event.host]: { ...event, since } });
        if (event.state === 'ready' && known !== undefined && known.state !== 'ready') {
          void client.invalidateQueries({ predicate: ({ queryKey: [, input] }) => (input as { host?: string; name?: string } | undefined)?.host === event.host });
        }
      },
    },
  );
}

const mostSamples = 120;

/** The last two minutes of a server, live while this is shown. They are kept, so that a page comes back with its lines. */
export function useSamples(host: string): Sample[] {
  const client = useQueryClient();
  const key = ['hosts.watch', { name: host }];
  const ready = useStates()[host]?.state === 'ready';
  const frame = useRef(0);
  const fresh = useRef<Sample[]>([]);
  useStream(
    'hosts.watch',
    { name: host },
    {
      onEvent(sample) {
        fresh.current.push(sample);
        if (frame.current !== 0) return;
        frame.current = requestAnimationFrame(() => {
          frame.current = 0;
          const more = fresh.current.splice(0);
          client.setQueryData<Sample[]>(key, (before = []) => [...before, ...more].slice(-mostSamples));
        });
      },
    },
    ready,
  );
  useEffect(
    () => () => {
      cancelAnimationFrame(frame.current);
      frame.current = 0;
    },
    [],
  );
  return useQuery<Sample[]>({ queryKey: key, queryFn: () => [], enabled: false, initialData: [] }).data;
}
