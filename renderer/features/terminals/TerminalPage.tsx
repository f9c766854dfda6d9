import { SquareTerminal } from 'lucide-react';
import { Suspense, lazy, useEffect } from 'react';
import { go } from '../../lib/router.ts';
import { useTabs } from '../../stores/tabs.ts';
import { Button } from '../../ui/Button.tsx';
import { Empty, Skeleton } from '../../ui/Panel.tsx';
import { useChosenHost } from '../window/chosen.ts';

// xterm is large, and most days nobody opens it.
const Terminals = lazy(async () => {
  // xterm measures its font once: one that comes later would be drawn in the other one's rows.
  await document.fonts?.load("12px 'JetBrains Mono'").catch(() => {});
  return import('./Terminals.tsx');
});

/** The terminals that are open, in tabs: one a server, one an app. They go on while another page is shown. */
export function TerminalPage() {
  const { tabs, show } = useTabs();
  const host = useChosenHost();
  useEffect(() => {
    document.title = 'Terminal · ForgeBoard';
  }, []);
  return (
    <>
      <h1 className="heard">Terminal</h1>
      {tabs.length > 0 ? (
        <Suspense fallback={<Skeleton />}>
          <Terminals host={host} />
        </Suspense>
      ) : (
        <Empty
          icon={SquareTerminal}
          title="No terminal is open"
          actions={host === null ? <Button onClick={() => go('/add')}>Add a server</Button> : <Button onClick={() => show(host, null)}>Open a terminal on {host}</Button>}
        >
          A terminal belongs to a server or to an app, and stays open while you look at other pages.
        </Empty>
      )}
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
