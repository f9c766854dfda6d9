import { Box, Server, X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { type ShellStatus, useShells } from '../../stores/shells.ts';
import { type Pane, type TerminalTab, useTabs } from '../../stores/tabs.ts';
import { IconButton } from '../../ui/Button.tsx';

/** A tab: what its first pane is, what the shell calls itself, and whether something happened there. */
export function TabView({ tab, chosen }: { tab: TerminalTab; chosen: boolean }) {
  const { choose, closeTab } = useTabs();
  const shells = useShells(({ of }) => of);
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (chosen) row.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [chosen]);
  const first = tab.panes[0];
  if (first === undefined) return null;
  const focused = shells[tab.focus];
  const fresh = !chosen && tab.panes.some(({ id }) => shells[id]?.fresh === true);
  const recording = tab.panes.some(({ id }) => (shells[id]?.recording ?? null) !== null);
  const name = first.app ?? first.host;
  const more = [placeWords(first), focused?.title ?? ''].filter(Boolean).join(' · ');
  return (
    // A middle click closes, as in browsers; by keyboard there is the button.
    <li ref={row} className={chosen ? 'terminal-tab chosen' : 'terminal-tab'} onAuxClick={(event) => event.button === 1 && closeTab(tab.id)}>
      <button type="button" className="choose" aria-current={chosen ? 'page' : undefined} title={more === '' ? name : `${name} · ${more}`} onClick={() => choose(tab.id)}>
        <PaneIcon pane={first} />
        <span className="name cut">{name}</span>
        <Standing status={focused} otherwise={more} />
        {tab.panes.length > 1 && <span className="tiny third">{tab.panes.length} panes</span>}
        {recording && <span className="recording" role="img" aria-label="recorded" title="Recorded in a file" />}
        {fresh && <span className="fresh" role="img" aria-label="new output" title="New output" />}
      </button>
      <IconButton size="mini" icon={X} label={`Close ${name}`} onClick={() => closeTab(tab.id)} />
    </li>
  );
}

/** What is said of a pane beside its name. */
export const placeWords = ({ host, app, environment, log }: Pane) =>
  [app === null ? '' : host, log !== undefined ? 'its log' : environment ? 'its environment' : ''].filter(Boolean).join(', ');

export function PaneIcon({ pane }: { pane: Pane }) {
  const Icon = pane.app === null ? Server : Box;
  return <Icon className="icon s" strokeWidth={1.8} aria-hidden />;
}

/** How a shell is where that is worth a word, else what it calls itself. */
export function Standing({ status, otherwise }: { status: ShellStatus | undefined; otherwise: string }) {
  const words = status?.state === 'ended' ? status.words : status?.state === 'lost' ? 'connection lost' : otherwise;
  return words === '' ? null : (
    <span className={status?.state === 'lost' ? 'small is-warn cut' : 'small third cut'} title={words}>
      {words}
    </span>
  );
}
