import { useEffect, useRef } from 'react';
import type { Api } from '../../lib/api.ts';
import { useApi } from '../../lib/context.ts';
import { useLook } from '../../stores/look.ts';
import { type TerminalTab, useTabs } from '../../stores/tabs.ts';
import { Session } from './session.ts';

// Sessions belong to tabs, not to pages: whoever closes the tab ends the session.
const sessions = new Map<number, Session>();

useTabs.subscribe(({ tabs }) => {
  for (const [id, session] of sessions) {
    if (tabs.some((tab) => tab.id === id)) continue;
    sessions.delete(id);
    session.close();
  }
});

function sessionOf(tab: TerminalTab, api: Api): Session {
  const known = sessions.get(tab.id);
  if (known !== undefined) return known;
  const made = new Session(api, tab.host, tab.app, () => {});
  sessions.set(tab.id, made);
  return made;
}

/** Where the terminal of the chosen tab is drawn. */
export default function Room({ tab }: { tab: TerminalTab }) {
  const api = useApi();
  const look = useLook(({ look }) => look);
  const box = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme is painted by showing it again
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const session = sessionOf(tab, api);
    session.show(element);
    const observer = new ResizeObserver(() => session.fit());
    observer.observe(element);
    return () => observer.disconnect();
  }, [tab, api, look]);
  return <div ref={box} />;
}
