import { CircleHelp, PanelLeft, Plus, Search, Settings, FolderPlus } from 'lucide-react';
import type { App } from '../../../shared/contract/apps.ts';
import { IconButton } from '../../ui/Button.tsx';
import { Dot, type State } from '../../ui/Status.tsx';
import { useLook } from '../../stores/look.ts';
import { useOverlays } from '../../stores/overlays.ts';
import { useFolders } from '../../stores/folders.ts';
import { useRuns } from '../../stores/runs.ts';
import { go, usePath } from '../../lib/router.ts';
import { count } from '../../lib/format.ts';
import { useApps, useHosts, useStates } from '../hosts/facts.ts';
import { hostWords } from '../hosts/words.ts';
import { appState, appWord } from '../apps/words.ts';
import { useChosenHost } from './chosen.ts';
import { keyName } from './keys.ts';
import { Tray } from './Tray.tsx';

/** Above so many apps only trouble and the first ones are listed, then a way to all. */
const mostApps = 20;

/** Servers, the apps of the chosen one, and what runs. */
export function Sidebar() {
  const path = usePath();
  const { toggleSidebar } = useLook();
  const { show } = useOverlays();
  const hosts = useHosts();
  const chosen = useChosenHost();
  return (
    <nav className="sidebar" aria-label="Servers and apps">
      <div className="top">
        <span aria-hidden>ForgeBoard</span>
        <IconButton size="mini" icon={PanelLeft} label={`Hide the sidebar (${keyName('Ctrl B')})`} onClick={toggleSidebar} />
      </div>
      <button type="button" className="find" onClick={() => show('palette')}>
        <Search className="icon s" aria-hidden />
        <span className="cut">Search or run</span>
        <kbd>{keyName('Ctrl K')}</kbd>
      </button>
      <div className="section first">
        Servers
        <IconButton size="mini" icon={Plus} label="Add a server" onClick={() => go('/add')} />
      </div>
      {hosts.data?.hosts.length === 0 && <p className="none">None yet.</p>}
      <ul className="places">
        {hosts.data?.hosts.map(({ name }) => (
          <HostLine key={name} name={name} open={name === chosen && path.split('/').length <= 4 && path.startsWith('/hosts/')} />
        ))}
      </ul>
      {chosen === null ? (
        <>
          <div className="section">Apps</div>
          <p className="none">They appear here when a server is ready.</p>
          <div className="grow" />
        </>
      ) : (
        <Apps host={chosen} path={path} />
      )}
      <Tray />
      <div className="foot">
        <IconButton icon={Settings} label={`Settings (${keyName('Ctrl ,')})`} onClick={() => go('/settings')} />
        <IconButton icon={CircleHelp} label="All keys (?)" onClick={() => show('keys')} />
        <span className="grow" />
        <span style={{ paddingRight: 6 }}>{window.board.version}</span>
      </div>
    </nav>
  );
}

function HostLine({ name, open }: { name: string; open: boolean }) {
  const state = useStates()[name];
  // Servers that are not looked at are only asked where they are connected anyway, and seldom.
  const apps = useApps(name, { read: state?.state === 'ready', every: 30_000 });
  const { dot, word } = hostWords(state);
  const number = apps.data?.apps.length;
  return (
    <Line path={`/hosts/${name}`} open={open} dot={dot} name={name} word={word !== null ? word : number === undefined ? '' : number === 0 ? 'no apps' : count(number, 'app')} />
  );
}

function Apps({ host, path }: { host: string; path: string }) {
  const apps = useApps(host);
  const offer = useFolders(({ offer }) => offer);
  const runs = useRuns(({ runs }) => runs);
  const all = apps.data?.apps ?? [];
  const sorted = all.length > mostApps ? [...all].sort((one, other) => Number(appWord(other) !== '') - Number(appWord(one) !== '')).slice(0, mostApps) : all;
  return (
    <>
      <div className="section">
        <span className="cut">Apps on {host}</span>
        <IconButton size="mini" icon={FolderPlus} label="New app from a template" onClick={() => go('/new')} />
        <IconButton size="mini" icon={Plus} label={`Deploy a folder to ${host}`} onClick={() => offer({ folder: null, host })} />
      </div>
      {apps.data !== undefined && all.length === 0 && <p className="none">None yet. Drop a folder anywhere in this window.</p>}
      <ul className="places scrolls">
        {sorted.map((app: App) => {
          const place = `/hosts/${host}/apps/${app.app}`;
          const deploying = Object.values(runs).some((run) => run.end === null && run.host === host && run.app === app.app);
          return (
            <Line
              key={app.app}
              path={place}
              open={path === place || path.startsWith(`${place}/`)}
              dot={deploying ? 'deploying' : appState(app)}
              name={app.app}
              word={deploying ? 'deploying' : appWord(app)}
            />
          );
        })}
        {all.length > mostApps && <Line path={`/hosts/${host}/apps`} open={false} name={`All ${count(all.length, 'app')}`} word="" />}
      </ul>
    </>
  );
}

function Line({ path, open, dot, name, word }: { path: string; open: boolean; dot?: State; name: string; word: string }) {
  return (
    <li>
      <a href={`#${path}`} aria-current={open ? 'page' : undefined} title={name}>
        {dot && <Dot state={dot} />}
        <span className="cut">{name}</span>
        <span className="word">{word}</span>
      </a>
    </li>
  );
}
