import type { Api } from '../../lib/api.ts';
import { useShells } from '../../stores/shells.ts';
import { type Pane, useTabs } from '../../stores/tabs.ts';
import { Session } from './session.ts';

// Sessions belong to panes, not to pages: whoever closes the pane ends the session.
const sessions = new Map<number, Session>();

useTabs.subscribe(({ tabs }) => {
  const open = new Set(tabs.flatMap(({ panes }) => panes.map(({ id }) => id)));
  for (const [id, session] of sessions) {
    if (open.has(id)) continue;
    sessions.delete(id);
    session.close();
    useShells.getState().forget(id);
  }
});

// A network that came back.
addEventListener('online', () => {
  for (const session of sessions.values()) session.hurry();
});

/** The session of a pane; made, and opened on its server when it is first shown. */
export function sessionOf(pane: Pane, api: Api): Session {
  const known = sessions.get(pane.id);
  if (known !== undefined) return known;
  const made = new Session(api, pane, (status) => useShells.getState().tell(pane.id, status));
  sessions.set(pane.id, made);
  return made;
}

export const sessionAt = (pane: number): Session | undefined => sessions.get(pane);
