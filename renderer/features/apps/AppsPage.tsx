import { AlignLeft, FolderOpen, Plus, Search, FolderPlus, Upload } from 'lucide-react';
import { useState } from 'react';
import type { App } from '../../../shared/contract/apps.ts';
import { bytes, count } from '../../lib/format.ts';
import { go } from '../../lib/router.ts';
import { useFolders } from '../../stores/folders.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { Segmented } from '../../ui/Field.tsx';
import { Empty, Panel, Problem, Skeleton } from '../../ui/Panel.tsx';
import { openable } from '../../ui/rows.ts';
import { Dot, Status } from '../../ui/Status.tsx';
import { Time } from '../../ui/Time.tsx';
import { useApps } from '../hosts/facts.ts';
import { HostFrame } from '../hosts/HostFrame.tsx';
import { addressOf } from './address.ts';
import { RemovedApps } from './RemovedApps.tsx';
import { appLong, appState, byTrouble, wrongWith } from './words.ts';
import './AppsPage.css';

type Filter = 'all' | 'trouble' | 'live';

/** The apps of a server, trouble first. */
export function AppsPage({ host = '' }: { host?: string }) {
  const apps = useApps(host);
  const offer = useFolders(({ offer }) => offer);
  const [text, setText] = useState('');
  const [filter, setFilter] = useState<Filter>('all');
  const all = [...(apps.data?.apps ?? [])].sort(byTrouble);
  const trouble = all.filter((app) => wrongWith(app) !== null);
  const shown = all.filter((app) => (filter === 'all' || (wrongWith(app) !== null) === (filter === 'trouble')) && app.app.includes(text.trim().toLowerCase()));
  const clear = () => {
    setText('');
    setFilter('all');
  };
  const near = all.find(({ app }) => text.length > 1 && (app.startsWith(text.slice(0, 2)) || [...text].sort().join('') === [...app].sort().join('')));
  return (
    <HostFrame
      host={host}
      actions={
        <Button kind="primary" icon={Plus} onClick={() => offer({ folder: null, host })}>
          Add an app
        </Button>
      }
    >
      <div className="page tight">
        {all.length > 0 && (
          <div className="line">
            <div className="input low filter">
              <Search className="icon s" aria-hidden />
              <input
                data-filter
                aria-label="Filter by name"
                placeholder="Name"
                value={text}
                onChange={(event) => setText(event.target.value)}
                onKeyDown={(event) => event.key === 'Escape' && setText('')}
              />
              <kbd>/</kbd>
            </div>
            <Segmented<Filter>
              label="Which apps"
              value={filter}
              onValue={setFilter}
              options={[
                ['all', `All ${all.length}`],
                [
                  'trouble',
                  <>
                    <Dot state={trouble.length > 0 ? 'failed' : 'kept'} />
                    {trouble.length} need you
                  </>,
                ],
                [
                  'live',
                  <>
                    <Dot state="live" />
                    {all.length - trouble.length} live
                  </>,
                ],
              ]}
            />
            <span className="grow" />
            <span className="small third">Trouble first</span>
          </div>
        )}
        <Panel label={`Apps on ${host}`} {...(apps.data === undefined && { title: 'Apps', note: `reading from ${host}` })}>
          {apps.data === undefined ? (
            apps.error === null ? (
              <Skeleton />
            ) : (
              <Problem failure={apps.error} />
            )
          ) : all.length === 0 ? (
            <NoApps host={host} />
          ) : shown.length === 0 ? (
            <Empty icon={Search} title={text === '' ? 'None of these' : `Nothing called “${text}”`} actions={<Button onClick={clear}>Clear</Button>}>
              {near === undefined ? `Looked at the names of ${count(all.length, 'app')}.` : `Did you mean ${near.app}?`}
            </Empty>
          ) : (
            <AppTable host={host} apps={shown} />
          )}
        </Panel>
        {apps.data !== undefined && <RemovedApps host={host} apps={all.map(({ app }) => app)} />}
        {all.length > 0 && <p className="small third centred">Drop a folder anywhere in this window to add an app.</p>}
      </div>
    </HostFrame>
  );
}

/** What a server without apps shows. */
export function NoApps({ host, kind = 'plain' }: { host: string; kind?: 'plain' | 'primary' }) {
  const offer = useFolders(({ offer }) => offer);
  return (
    <Empty
      icon={FolderOpen}
      title="Drop an app here"
      actions={
        <>
          <Button kind={kind} icon={FolderOpen} onClick={() => offer({ folder: null, host })}>
            Choose a folder
          </Button>
          <Button icon={FolderPlus} onClick={() => go('/new')}>
            New app from a template
          </Button>
        </>
      }
    >
      The folder of any Python app or site. You choose its name before anything is sent.
    </Empty>
  );
}

/** In a row that opens something else. */
const alone = (act: () => void) => (event: { stopPropagation(): void }) => {
  event.stopPropagation();
  act();
};

/** Rows of apps; what can be done with one takes the place of its last cell while it is pointed at. */
export function AppTable({ host, apps }: { host: string; apps: readonly App[] }) {
  const offer = useFolders(({ offer }) => offer);
  const folders = useFolders(({ of }) => of);
  return (
    <table className="table">
      <colgroup>
        <col style={{ width: 124 }} />
        <col style={{ width: 180 }} />
        <col />
        <col style={{ width: 92 }} />
        <col style={{ width: 78 }} className="wide-only" />
        <col style={{ width: 110 }} />
      </colgroup>
      <thead>
        <tr>
          <th>Status</th>
          <th>App</th>
          <th>Address, or what is wrong</th>
          <th className="number">Memory</th>
          <th className="number wide-only">Release</th>
          <th>Live since</th>
        </tr>
      </thead>
      <tbody>
        {apps.map((app) => {
          const wrong = wrongWith(app);
          return (
            <tr key={app.app} {...openable(() => go(`/hosts/${host}/apps/${app.app}`))} aria-label={`${app.app}, ${appLong(app)}`}>
              <td>
                <Status state={appState(app)}>{appLong(app)}</Status>
              </td>
              <td title={app.app}>
                <b>{app.app}</b>
              </td>
              <td className={wrong === null ? 'second' : app.state === 'failed' ? 'is-fail' : 'third'} title={wrong ?? undefined}>
                {wrong ?? <span className="mono">{addressOf(host, app).address}</span>}
              </td>
              <td className="number">{app.memory === null ? '—' : bytes(app.memory)}</td>
              <td className="number wide-only">{app.release ?? '—'}</td>
              <td className="third">
                <span className="at-rest">{app.since === null ? '—' : <Time at={app.since} />}</span>
                <span className="on-hover">
                  {app.adopted?.moved !== false && (
                    <IconButton
                      size="mini"
                      icon={Upload}
                      label={`Deploy ${app.app}`}
                      onClick={alone(() => offer({ folder: folders[`${host}/${app.app}`] ?? null, host, app: app.app }))}
                    />
                  )}
                  <IconButton size="mini" icon={AlignLeft} label={`Log of ${app.app}`} onClick={alone(() => go(`/hosts/${host}/apps/${app.app}/logs`))} />
                </span>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
