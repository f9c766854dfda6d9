import { Rocket, Upload } from 'lucide-react';
import { useState } from 'react';
import type { Deployment } from '../../../shared/contract/apps.ts';
import { useFolders } from '../../stores/folders.ts';
import { Button } from '../../ui/Button.tsx';
import { Segmented } from '../../ui/Field.tsx';
import { Empty, Panel, Problem, Skeleton } from '../../ui/Panel.tsx';
import { AppFrame } from '../apps/AppFrame.tsx';
import { liveDeployment } from '../apps/releases.ts';
import { useApp, useReleases } from '../hosts/facts.ts';
import { Compare } from './Compare.tsx';
import { DeploymentTable } from './DeploymentTable.tsx';

const filters = {
  all: () => true,
  live: ({ outcome }: Deployment) => outcome === 'live',
  failed: ({ outcome }: Deployment) => outcome === 'failed' || outcome === 'interrupted' || outcome === 'switched-back',
};

/** Every deployment of an app, newest first. */
export function DeploymentsPage({ host = '', app = '' }: { host?: string; app?: string }) {
  const facts = useApp(host, app);
  const [filter, setFilter] = useState<keyof typeof filters>('all');
  const offer = useFolders(({ offer }) => offer);
  const releases = useReleases(host, app).data?.releases ?? [];
  const [picked, setPicked] = useState<readonly number[]>([]);
  // Each kept release once: at the deployment that made it live last.
  const kept = new Map(
    releases.flatMap((release) => {
      const made = facts.data?.deployments.find((one) => one.release === release.release && one.outcome === 'live');
      return made === undefined ? [] : [[made.deployment, release] as const];
    }),
  );
  const [from, to] = releases.filter(({ release }) => picked.includes(release)).sort((one, other) => one.release - other.release);
  const compares = from !== undefined && to !== undefined;
  // A third takes the place of the one that was picked first.
  const pick = (release: number) => setPicked((now) => (now.includes(release) ? now.filter((one) => one !== release) : [...now, release].slice(-2)));
  const shown = facts.data?.deployments.filter(filters[filter]) ?? [];
  return (
    <AppFrame host={host} app={app}>
      <div className="page tight">
        <div className={compares ? 'comparing' : undefined}>
          <Panel
            title="Deployments"
            note={facts.data === undefined ? `reading from ${host}` : `${facts.data.deployments.length} in all${releases.length > 1 && !compares ? '; pick two to compare' : ''}`}
            action={
              <Segmented
                label="Which"
                value={filter}
                onValue={setFilter}
                options={[
                  ['all', 'All'],
                  ['live', 'Live once'],
                  ['failed', 'Failed'],
                ]}
              />
            }
          >
            {facts.data === undefined ? (
              facts.error === null ? (
                <Skeleton />
              ) : (
                <Problem failure={facts.error} />
              )
            ) : shown.length === 0 ? (
              <Empty
                icon={Rocket}
                title={filter === 'all' ? 'No deployments yet' : 'None of these'}
                actions={
                  filter === 'all' ? (
                    <Button icon={Upload} onClick={() => offer({ folder: null, host, app })}>
                      Deploy a folder
                    </Button>
                  ) : (
                    <Button onClick={() => setFilter('all')}>Show all</Button>
                  )
                }
              >
                {filter === 'all' ? 'Each one is listed here with who did it, and how it went.' : `None of ${facts.data.deployments.length} deployments went this way.`}
              </Empty>
            ) : (
              <DeploymentTable
                host={host}
                app={app}
                live={liveDeployment(facts.data)?.deployment ?? null}
                deployments={shown}
                kept={kept}
                releases={releases}
                picked={picked}
                onPick={pick}
              />
            )}
          </Panel>
          {compares && <Compare host={host} app={app} from={from} to={to} onClose={() => setPicked([])} />}
        </div>
      </div>
    </AppFrame>
  );
}
