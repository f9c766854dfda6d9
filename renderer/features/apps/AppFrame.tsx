import { ExternalLink, Upload } from 'lucide-react';
import type { ReactNode } from 'react';
import { usePath } from '../../lib/router.ts';
import { useFolders } from '../../stores/folders.ts';
import { Button } from '../../ui/Button.tsx';
import { Status } from '../../ui/Status.tsx';
import { Age } from '../../ui/Time.tsx';
import type { Run } from '../deployments/progress.ts';
import { RollBackButton } from '../deployments/Rollback.tsx';
import { useApp } from '../hosts/facts.ts';
import { HostBanner } from '../hosts/HostBanner.tsx';
import { Bar, Tabs } from '../window/Bar.tsx';
import { addressOf } from './address.ts';
import { appLong, appState, kindNames, kindWords } from './words.ts';

/** What every page of an app has: its name and state, its address, its acts, its tabs. */
export function AppFrame({ host, app, run, actions, children }: { host: string; app: string; run?: Run; actions?: ReactNode; children: ReactNode }) {
  const path = usePath();
  const facts = useApp(host, app);
  const offer = useFolders(({ offer }) => offer);
  const folder = useFolders(({ of }) => of[`${host}/${app}`]);
  const url = facts.data?.url ?? null;
  const place = `/hosts/${host}/apps/${app}`;
  const running = run !== undefined && run.end === null;
  const failed = run?.end?.outcome === 'failed' && facts.data?.state === 'live';
  return (
    <>
      <Bar
        tabbed
        crumb={[host, `/hosts/${host}`]}
        title={app}
        actions={
          actions ?? (
            <>
              {url !== null && (
                <Button icon={ExternalLink} onClick={() => void window.board.openExternal(url)}>
                  Open
                </Button>
              )}
              {facts.data?.adopted?.moved !== false && (
                <>
                  <RollBackButton host={host} app={app} />
                  <Button kind="primary" icon={Upload} onClick={() => offer({ folder: folder ?? null, host, app })}>
                    Deploy
                  </Button>
                </>
              )}
            </>
          )
        }
      >
        {running ? (
          <Status state="deploying">{kindWords[run.kind][1].replace(/ (to|of)$/, '')}</Status>
        ) : (
          facts.data && (
            <Status state={appState(facts.data)}>
              {failed && run !== undefined ? `Live, ${run.kind === 'deploy' ? (run.deployment ?? 'the last deploy') : `the ${kindNames[run.kind]}`} failed` : appLong(facts.data)}
            </Status>
          )
        )}
        {url !== null && (
          <button type="button" className="mono is-accent small cut wide-only" onClick={() => void window.board.openExternal(url)}>
            {addressOf(host, facts.data).address}
          </button>
        )}
        <Age at={facts.dataUpdatedAt} />
      </Bar>
      <Tabs
        label={`Pages of ${app}`}
        path={path}
        tabs={[
          { path: place, label: 'Overview' },
          { path: `${place}/deployments`, label: 'Deployments' },
          { path: `${place}/logs`, label: 'Logs' },
          { path: `${place}/variables`, label: 'Environment' },
          { path: `${place}/domains`, label: 'Domains' },
          { path: `${place}/terminal`, label: 'Terminal' },
          { path: `${place}/settings`, label: 'Settings' },
        ]}
      />
      <HostBanner host={host} />
      {children}
    </>
  );
}
