import { Box, Plus, Server, SquareTerminal, X } from 'lucide-react';
import { Suspense, lazy, useEffect } from 'react';
import { go } from '../../lib/router.ts';
import { type TerminalTab, useTabs } from '../../stores/tabs.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { Empty, Skeleton } from '../../ui/Panel.tsx';
import { useChosenHost } from '../window/chosen.ts';
import { PasteDialog } from './PasteDialog.tsx';
import './TerminalPage.css';

// xterm is large, and most days nobody opens it.
const Room = lazy(() => import('./Room.tsx'));

/** The terminals that are open, a tab each: one a server, one an app. They go on while another page is shown. */
export function TerminalPage() {
  const { tabs, active, choose, close, show } = useTabs();
  const host = useChosenHost();
  const tab = tabs.find(({ id }) => id === active);
  useEffect(() => {
    document.title = 'Terminal · ForgeBoard';
  }, []);
  // Inside a terminal every key is the shell's, but for Ctrl Tab.
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key !== 'Tab' || !event.ctrlKey || tabs.length < 2) return;
      event.preventDefault();
      const by = event.shiftKey ? -1 : 1;
      const next = tabs[(tabs.findIndex(({ id }) => id === active) + by + tabs.length) % tabs.length];
      if (next !== undefined) choose(next.id);
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [tabs, active, choose]);
  return (
    <>
      <h1 className="heard">Terminal</h1>
      <nav className="terminal-bar" aria-label="Terminals">
        <ul>
          {tabs.map((one) => (
            <li key={one.id} className={one.id === active ? 'terminal-tab chosen' : 'terminal-tab'}>
              <button type="button" className="choose" aria-current={one.id === active ? 'page' : undefined} onClick={() => choose(one.id)}>
                <Name tab={one} />
              </button>
              <IconButton size="mini" icon={X} label={`Close ${one.app ?? one.host}`} onClick={() => close(one.id)} />
            </li>
          ))}
        </ul>
        {host !== null && <IconButton icon={Plus} label={`Another terminal on ${host}`} onClick={() => show(host, null, true)} />}
      </nav>
      <section className="terminal-room" aria-label={tab === undefined ? 'Terminal' : `Terminal of ${tab.app ?? tab.host}`}>
        {tab === undefined ? (
          <Empty
            icon={SquareTerminal}
            title="No terminal is open"
            actions={host === null ? <Button onClick={() => go('/add')}>Add a server</Button> : <Button onClick={() => show(host, null)}>Open a terminal on {host}</Button>}
          >
            A terminal belongs to a server or to an app, and stays open while you look at other pages.
          </Empty>
        ) : (
          <Suspense fallback={<Skeleton />}>
            <Room key={tab.id} tab={tab} />
          </Suspense>
        )}
      </section>
      <PasteDialog />
    </>
  );
}

function Name({ tab }: { tab: TerminalTab }) {
  const Icon = tab.app === null ? Server : Box;
  return (
    <>
      <Icon className="icon s" strokeWidth={1.8} aria-hidden />
      <span className="cut">{tab.app ?? tab.host}</span>
      {tab.app !== null && <span className="small third cut">{tab.host}</span>}
    </>
  );
}

/** The terminal of a server or app, where its tab was clicked: it opens beside the others. */
export function TerminalOf({ host = '', app }: { host?: string; app?: string }) {
  const show = useTabs(({ show }) => show);
  useEffect(() => {
    show(host, app ?? null);
    go('/terminal', { replace: true });
  }, [host, app, show]);
  return null;
}
