import { useCallback, useEffect, useRef, useState } from 'react';
import { Failure } from '../../../shared/errors.ts';
import type { Input } from '../../lib/api.ts';
import { useApi } from '../../lib/context.ts';
import { useSeen } from '../../lib/query.ts';
import { createLines, type Entry } from './lines.ts';

const page = 500;
const atFirst = 1_000;
const pauseMs = 2_000;

/** What of a log is wanted; all of it is decided on the server. */
export type Filters = Omit<Input<'logs.tail'>, 'app' | 'host' | 'lines' | 'follow' | 'after'>;

export interface Reading {
  entries: Entry[];
  /** New ones that are not among the entries yet. */
  waiting: number;
  failure: Failure | null;
  again(): void;
  /** The first answer is here. */
  read: boolean;
  older: { state: 'idle' | 'loading' | 'begun'; reached: string | null; failure: Failure | null };
  loadOlder(): void;
}

/**
 * A log while it is shown: its last lines, what comes, and on demand what was before. A window that was hidden, and a stream
 * that broke, goes on from where it was. `still`: somebody reads, so nothing that is held goes away.
 */
export function useLog(host: string, app: string | null, filters: Filters, still: boolean): Reading {
  const api = useApi();
  const seen = useSeen();
  const store = useRef(createLines());
  const frame = useRef(0);
  const answered = useRef(false);
  const reads = useRef(still);
  reads.current = still;
  const [entries, setEntries] = useState<Entry[]>([]);
  const [waiting, setWaiting] = useState(0);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [round, setRound] = useState(0);
  const [read, setRead] = useState(false);
  const [older, setOlder] = useState<Reading['older']>({ state: 'idle', reached: null, failure: null });
  const places = useRef<{ older: string | null; newer: string | null }>({ older: null, newer: null });
  const loading = useRef<AbortController | null>(null);
  const key = JSON.stringify([host, app, filters]);

  const paint = useCallback(() => {
    if (frame.current !== 0) return;
    frame.current = requestAnimationFrame(() => {
      frame.current = 0;
      setEntries(store.current.take(reads.current));
      setWaiting(store.current.waiting());
      setRead(answered.current);
    });
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever goes on gets what waited
  useEffect(() => paint(), [paint, still]);
  useEffect(
    () => () => {
      cancelAnimationFrame(frame.current);
      frame.current = 0;
    },
    [],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: another log, or other lines of it
  useEffect(() => {
    store.current.clear();
    places.current = { older: null, newer: null };
    loading.current?.abort();
    loading.current = null;
    answered.current = false;
    setEntries([]);
    setWaiting(0);
    setRead(false);
    setOlder({ state: 'idle', reached: null, failure: null });
  }, [key]);

  useEffect(() => {
    if (!seen) return;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const [host, app, wanted] = JSON.parse(key) as [string, string | null, Filters];
    const { newer } = places.current;
    const how = { host, lines: atFirst, follow: wanted.until === undefined, ...(newer !== null && { after: newer }), ...wanted };
    const onEvent = (event: Parameters<NonNullable<NonNullable<Parameters<typeof api.call<'logs.tail'>>[2]>['onEvent']>>[0]) => {
      if (abort.signal.aborted) return;
      if (event.type === 'place') {
        if (event.older !== null) {
          places.current.older = event.older;
          if (event.begun) setOlder({ state: 'begun', reached: null, failure: null });
        }
        if (event.newer !== null) {
          places.current.newer = event.newer;
          answered.current = true;
          paint();
        }
        return;
      }
      store.current.push(event.type === 'note' ? { ...event, at: new Date().toISOString() } : event);
      paint();
    };
    setFailure(null);
    const call = app === null ? api.call('logs.host', how, { signal: abort.signal, onEvent }) : api.call('logs.tail', { ...how, app }, { signal: abort.signal, onEvent });
    call
      .then(() => {
        answered.current = true;
        paint();
      })
      .catch((error: unknown) => {
        if (abort.signal.aborted) return;
        setFailure(error instanceof Failure ? error : new Failure('bug', String(error)));
        timer = setTimeout(() => setRound(round + 1), pauseMs);
      });
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [api, key, seen, round, paint]);

  const loadOlder = useCallback(() => {
    const before = places.current.older;
    if (before === null || loading.current !== null) return;
    const abort = new AbortController();
    loading.current = abort;
    const [host, app, wanted] = JSON.parse(key) as [string, string | null, Filters];
    const how = { host, before, lines: page, ...wanted };
    setOlder((was) => ({ ...was, state: 'loading', failure: null }));
    (app === null ? api.call('logs.hostOlder', how, { signal: abort.signal }) : api.call('logs.older', { ...how, app }, { signal: abort.signal }))
      .then((found) => {
        if (abort.signal.aborted) return;
        places.current.older = found.older;
        setEntries(store.current.unshift(found.lines));
        setOlder({ state: found.begun ? 'begun' : 'idle', reached: found.lines.length === 0 ? found.reached : null, failure: null });
      })
      .catch((error: unknown) => {
        if (!abort.signal.aborted) setOlder({ state: 'idle', reached: null, failure: error instanceof Failure ? error : new Failure('bug', String(error)) });
      })
      .finally(() => {
        if (loading.current === abort) loading.current = null;
      });
  }, [api, key]);

  return { entries, waiting, failure, again: () => setRound(round + 1), read, older, loadOlder };
}
