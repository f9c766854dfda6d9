import type { HostState } from '../../../shared/contract/hosts.ts';
import type { Context } from '../../dispatch.ts';
import type { Connections, ConnectionState } from '../../ssh/connections.ts';

/** Remembers how each host's connection is, and tells whoever listens. */
export interface HostStates {
  /** The states there are, then each change until cancelled. A slow reader misses steps in between, never the last one. */
  follow(context: Pick<Context<HostState>, 'emit' | 'signal'>): Promise<void>;
}

export function hostStates(connections: Connections): HostStates {
  const known = new Map<string, HostState>();
  const followers = new Set<(state: HostState) => void>();
  connections.onState((change) => {
    const state = stateOf(change);
    if (state.state === 'closed') known.delete(state.host);
    else known.set(state.host, state);
    for (const follower of followers) follower(state);
  });

  return {
    async follow({ emit, signal }) {
      const fresh = new Map(known);
      let wake = (): void => {};
      const follower = (state: HostState): void => {
        fresh.set(state.host, state);
        wake();
      };
      followers.add(follower);
      const stop = (): void => wake();
      signal.addEventListener('abort', stop);
      try {
        while (!signal.aborted) {
          const [next] = fresh;
          if (next === undefined) {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          } else {
            fresh.delete(next[0]);
            await emit(next[1]);
          }
        }
      } finally {
        followers.delete(follower);
        signal.removeEventListener('abort', stop);
      }
    },
  };
}

function stateOf(change: ConnectionState): HostState {
  const failure = 'failure' in change ? change.failure : undefined;
  return {
    host: change.host,
    state: change.state,
    reason: failure?.message ?? null,
    problem: failure?.problem ?? null,
    retryAt: 'retryAt' in change ? new Date(change.retryAt).toISOString() : null,
  };
}
