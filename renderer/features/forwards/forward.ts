import { Failure } from '../../../shared/errors.ts';
import type { Api } from '../../lib/api.ts';
import { type Forward, runs, useForwards, type WantedForward, wereOpen } from '../../stores/forwards.ts';

const running = new Map<number, AbortController>();

/** Opens one, and keeps it in the list; where the same is there already, that one. */
export function openForward(api: Api, wanted: WantedForward): number {
  const { of, add } = useForwards.getState();
  const same = of.find(({ host, kind, forward }) => host === wanted.host && kind === wanted.kind && forward === wanted.forward);
  const one = same ?? add(wanted);
  if (!runs(one.state)) begin(api, one);
  return one.id;
}

/** Opens one of the list. It stays open when its page is left, and comes back after a lost connection. */
export function begin(api: Api, { id, host, kind, forward }: Forward): void {
  const { change } = useForwards.getState();
  const abort = new AbortController();
  running.set(id, abort);
  change(id, { state: 'opening', failure: null, note: null, open: 0, all: 0 });
  api
    .call(
      'forwards.open',
      { host, forward, remote: kind === 'remote', dynamic: kind === 'dynamic' },
      {
        signal: abort.signal,
        onEvent: (event) => {
          if (running.get(id) !== abort) return;
          if (event.type === 'listening') change(id, { state: 'open', at: event.at, to: event.to });
          else if (event.type === 'carried') change(id, { open: event.open, all: event.all });
          else if (event.connected === undefined) change(id, { note: event.text });
          else change(id, event.connected ? { state: 'open', note: null } : { state: 'lost', note: event.text, open: 0 });
        },
      },
    )
    .then(
      () => ended(id, abort, null),
      (error: unknown) => ended(id, abort, error instanceof Failure ? error : new Failure('bug', String(error))),
    );
}

function ended(id: number, abort: AbortController, failure: Failure | null): void {
  if (running.get(id) !== abort) return;
  running.delete(id);
  const wrong = abort.signal.aborted ? null : failure;
  useForwards.getState().change(id, { state: wrong === null ? 'closed' : 'failed', failure: wrong, at: null, to: null, open: 0 });
}

/** Ends it; it stays in the list. */
export function close(id: number): void {
  const abort = running.get(id);
  running.delete(id);
  abort?.abort();
  useForwards.getState().change(id, { state: 'closed', at: null, to: null, open: 0, note: null, failure: null });
}

export function forget(id: number): void {
  close(id);
  useForwards.getState().forget(id);
}

/** Opens those again that were open when the window ended. */
export function restore(api: Api): void {
  for (const id of wereOpen.splice(0)) {
    const one = useForwards.getState().of.find((known) => known.id === id);
    if (one !== undefined && one.state === 'closed') begin(api, one);
  }
}
