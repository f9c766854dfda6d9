import type { HostKeyPolicy } from './connect.ts';
import type { Connections, ConnectionState } from './connections.ts';

/** Connections whose code (ssh2: 50 ms to load) is loaded when the first host is wanted, so that a window opens before it. */
export function lazyConnections(options: { hostKeys: HostKeyPolicy }): Connections {
  const listeners = new Set<(state: ConnectionState) => void>();
  let loading: Promise<Connections> | undefined;
  let loaded: Connections | undefined;
  const load = (): Promise<Connections> => {
    loading ??= import('./connections.ts').then(({ openConnections }) => {
      loaded = openConnections(options);
      loaded.onState((state) => {
        for (const listener of listeners) listener(state);
      });
      return loaded;
    });
    return loading;
  };
  return {
    async get(host, wanted) {
      return (await load()).get(host, wanted);
    },
    async beside(host, which, wanted) {
      return (await load()).beside(host, which, wanted);
    },
    close: (name) => loaded?.close(name),
    closeAll: () => loaded?.closeAll(),
    wake: async () => loaded?.wake(),
    onState(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
