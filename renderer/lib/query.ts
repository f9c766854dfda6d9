import { QueryClient, type UseQueryResult, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { Failure } from '../../shared/errors.ts';
import type { Event, Input, OperationName, Output } from './api.ts';
import { useApi } from './context.ts';
import { kept, keep } from './kept.ts';

/** How long an answer counts as new, in milliseconds. */
const freshFor = 2_000;

/** Server facts live here and nowhere else. A failure is shown, not tried again behind the user's back. */
export const createQueryClient = () =>
  new QueryClient({
    defaultOptions: { queries: { retry: false, staleTime: freshFor, gcTime: Number.POSITIVE_INFINITY, networkMode: 'always' }, mutations: { networkMode: 'always' } },
  });

interface QueryOptions {
  enabled?: boolean;
  /** Read again while somebody looks, in milliseconds. A hidden window reads nothing. */
  every?: number;
  /** Remember the last answer over restarts, so that the page draws at once with its age. Never for secrets or logs. */
  keep?: boolean;
}

/** A query operation: what is known at once, then what is true now. */
export function useOperation<Name extends OperationName>(name: Name, input: Input<Name>, options: QueryOptions = {}): UseQueryResult<Output<Name>, Failure> {
  const api = useApi();
  const key = [name, input];
  const before = options.keep ? kept<Output<Name>>(key) : undefined;
  return useQuery<Output<Name>, Failure>({
    queryKey: key,
    queryFn: async ({ signal }) => {
      const value = await api.call(name, input, { signal });
      if (options.keep) keep(key, value);
      return value;
    },
    enabled: options.enabled ?? true,
    // What a person has to mend (a wrong key, a declined password) is not asked for again and again.
    refetchInterval: ({ state }) =>
      state.error === null ? (options.every ?? false) : ['unreachable', 'unknown-outcome', 'timeout', 'busy'].includes(state.error.problem) && options.every ? 15_000 : false,
    // Of an earlier page, so never new, however short ago: it is drawn at once and read again.
    ...(before !== undefined && { initialData: before.value as never, initialDataUpdatedAt: Math.min(before.at, Date.now() - freshFor - 1) }),
  });
}

/** A command: `run` it, and what it may have changed is read again. */
export function useCommand<Name extends OperationName>(name: Name, options: { onEvent?: (event: Event<Name>) => void; touches?: string[] } = {}) {
  const api = useApi();
  const client = useQueryClient();
  return useMutation<Output<Name>, Failure, Input<Name>>({
    mutationKey: [name],
    mutationFn: (input) => api.call(name, input, { onEvent: options.onEvent }),
    onSettled: () => Promise.all((options.touches ?? []).map((noun) => client.invalidateQueries({ predicate: ({ queryKey }) => String(queryKey[0]).startsWith(noun) }))),
  });
}

/** Whether the window can be seen: a hidden one reads nothing. */
export function useSeen(): boolean {
  const [seen, setSeen] = useState(!document.hidden);
  useEffect(() => {
    const change = () => setSeen(!document.hidden);
    document.addEventListener('visibilitychange', change);
    return () => document.removeEventListener('visibilitychange', change);
  }, []);
  return seen;
}

/**
 * A stream, open while this component is shown and the window can be seen; `onStart` is told before its first event, so
 * that what a second opening repeats does not stand twice.
 */
export function useStream<Name extends OperationName>(
  name: Name,
  input: Input<Name>,
  handlers: { onStart?: () => void; onEvent: (event: Event<Name>) => void; onEnd?: (failure: Failure | null) => void },
  enabled = true,
): { failure: Failure | null; again: () => void } {
  const api = useApi();
  const seen = useSeen();
  const [failure, setFailure] = useState<Failure | null>(null);
  const [round, setRound] = useState(0);
  const latest = useRef(handlers);
  latest.current = handlers;
  const key = JSON.stringify(input);
  useEffect(() => {
    if (!enabled || !seen) return;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    setFailure(null);
    latest.current.onStart?.();
    api
      .call(name, JSON.parse(key) as Input<Name>, { signal: abort.signal, onEvent: (event) => latest.current.onEvent(event) })
      .then(() => latest.current.onEnd?.(null))
      .catch((error: unknown) => {
        if (abort.signal.aborted) return;
        const failed = error instanceof Failure ? error : new Failure('bug', String(error));
        setFailure(failed);
        latest.current.onEnd?.(failed);
        timer = setTimeout(() => setRound(round + 1), 5_000);
      });
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [api, name, key, enabled, seen, round]);
  return { failure, again: () => setRound((before) => before + 1) };
}
