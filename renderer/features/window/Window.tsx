import { Component, type ReactNode, Suspense, lazy, useEffect, useRef, useState } from 'react';
import { PanelLeft, Power, RefreshCw, TriangleAlert } from 'lucide-react';
import { useApi } from '../../lib/context.ts';
import { useOperation } from '../../lib/query.ts';
import { go, matched, usePath } from '../../lib/router.ts';
import { pages } from '../../routes.tsx';
import { useLook } from '../../stores/look.ts';
import { useOverlays } from '../../stores/overlays.ts';
import { useQuestions } from '../../stores/questions.ts';
import { Banner } from '../../ui/Banner.tsx';
import { Button, IconButton } from '../../ui/Button.tsx';
import { Empty, Skeleton } from '../../ui/Panel.tsx';
import { DeployDialog } from '../deployments/DeployDialog.tsx';
import { RollbackDialog } from '../deployments/Rollback.tsx';
import { useHosts, useStatesStream } from '../hosts/facts.ts';
import { useCommands } from './commands.ts';
import { FolderDrop } from './FolderDrop.tsx';
import { KeyList } from './KeyList.tsx';
import { useKeys } from './keys.ts';
import { Questions } from './Questions.tsx';
import { Sidebar } from './Sidebar.tsx';
import { Toasts } from './Toasts.tsx';
import './Window.css';

const Palette = lazy(() => import('../palette/Palette.tsx'));

/** The whole window: what is always there, and the page that the address names. */
export function Window() {
  const api = useApi();
  const path = usePath();
  const sidebar = useLook(({ sidebar }) => sidebar);
  const toggleSidebar = useLook(({ toggleSidebar }) => toggleSidebar);
  const palette = useOverlays(({ palette }) => palette);
  const hosts = useHosts();
  const main = useRef<HTMLElement>(null);
  useStatesStream();
  useSettings();
  useCommands();
  useKeys(hosts.data?.hosts.map(({ name }) => name) ?? []);
  useEffect(() => api.onAsk(useQuestions.getState().ask), [api]);

  // A page that replaced another must not leave the focus on what is gone.
  useEffect(() => {
    if (path !== '' && document.activeElement === document.body) main.current?.focus({ preventScroll: true });
  }, [path]);

  return (
    <div className={['window', !sidebar && 'alone', window.board.platform === 'darwin' && 'mac'].filter(Boolean).join(' ')}>
      {sidebar && <Sidebar />}
      <main className="main" ref={main} tabIndex={-1}>
        <Backend />
        {!sidebar && <IconButton size="mini" icon={PanelLeft} label="Show the sidebar" onClick={toggleSidebar} className="show-sidebar" />}
        <Fallen key={path}>
          <Suspense fallback={<Skeleton />}>
            <Page path={path} />
          </Suspense>
        </Fallen>
      </main>
      <DeployDialog />
      <RollbackDialog />
      {palette && (
        <Suspense fallback={null}>
          <Palette />
        </Suspense>
      )}
      <KeyList />
      <Questions />
      <FolderDrop />
      <Toasts />
    </div>
  );
}

function Page({ path }: { path: string }) {
  for (const [pattern, PageOf] of pages) {
    const found = matched(pattern, path);
    if (found !== null) return <PageOf {...found} />;
  }
  return (
    <div className="page">
      <h1 className="heard">Not here</h1>
      <Empty icon={TriangleAlert} title="There is no such page" actions={<Button onClick={() => go('/')}>Show the first server</Button>}>
        What it was about may have been removed.
      </Empty>
    </div>
  );
}

/** What the settings say, once they are read: until then the window looks as it did last. */
function useSettings(): void {
  const settings = useOperation('settings.get', {});
  const wear = useLook(({ wear }) => wear);
  useEffect(() => {
    if (settings.data === undefined) return;
    const { theme, textSize, colourBlind, singleKeys, terminal } = settings.data;
    wear({ theme, textSize, colourBlind, singleKeys, terminal });
  }, [settings.data, wear]);
}

/** Says when the process behind the window is gone. */
function Backend() {
  const api = useApi();
  const [state, setState] = useState<'up' | 'gone' | 'failed'>('up');
  useEffect(() => api.onState(setState), [api]);
  if (state === 'up') return null;
  return (
    <div className="banners">
      {state === 'gone' ? (
        <Banner tone="warn" icon={RefreshCw} fact="ForgeBoard's background process ended.">
          It is starting again. What runs on a server goes on there.
        </Banner>
      ) : (
        <Banner tone="fail" icon={Power} fact="ForgeBoard's background process does not start.">
          Quit and start ForgeBoard again. Your servers and apps are not touched by this.
        </Banner>
      )}
    </div>
  );
}

/** A part of the page that threw: said, and loaded again by a button. */
class Fallen extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };
  static getDerivedStateFromError = (error: Error) => ({ error });

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    return (
      <div className="page">
        <h1 className="heard">This page stopped working</h1>
        <Empty
          icon={TriangleAlert}
          title="This part of the page stopped working"
          actions={
            <>
              <Button icon={RefreshCw} onClick={() => this.setState({ error: null })}>
                Load it again
              </Button>
              <Button kind="ghost" onClick={() => void window.board.copyText(String(this.state.error?.stack))}>
                Copy report
              </Button>
            </>
          }
        >
          That is a bug in ForgeBoard, not in your app.
        </Empty>
      </div>
    );
  }
}
