/** What main and the backend process tell each other. Both are ours, so types are enough; what pages send never travels here. */
export type ToBackendProcess =
  /** Comes with one MessagePort: a page's control port, or the port of the terminal that a ticket stands for. */
  | { type: 'port'; kind: 'control' }
  | { type: 'port'; kind: 'terminal'; ticket: string }
  /** A folder that the user dropped or chose; only main, which saw it happen, names paths. */
  | { type: 'folder'; handle: string; path: string }
  /** The machine woke up. */
  | { type: 'wake' };

export type FromBackendProcess =
  /** It answers from now on. */
  { type: 'ready' } | { type: 'appearance'; theme: 'system' | 'light' | 'dark' };

/** How the backend is, as every page is told. */
export interface BackendState {
  state: 'up' | 'gone' | 'failed';
  restarts: number;
}

/** Where pages come from; nothing else is loaded, and nothing else is listened to. */
export const origin = 'app://board';
