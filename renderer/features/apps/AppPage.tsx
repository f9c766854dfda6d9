import { Box, Upload } from 'lucide-react';
import { lazy, type ReactNode, Suspense } from 'react';
import type { Output } from '../../lib/api.ts';
import { bytes, bytesParts, count, percent, span } from '../../lib/format.ts';
import { useWarmth, warmWords } from './warmth.ts';
import { useFolders } from '../../stores/folders.ts';
import { type Bay, Bays } from '../../ui/Bays.tsx';
import { Button } from '../../ui/Button.tsx';
import { Empty, Facts, Panel, Problem, Skeleton } from '../../ui/Panel.tsx';
import { Tile } from '../../ui/Tile.tsx';
import { Time, useNow } from '../../ui/Time.tsx';
import { DeploymentTable } from '../deployments/DeploymentTable.tsx';
import { useApp, useReleases, useSamples } from '../hosts/facts.ts';
import { InUnit } from '../adoptions/InUnit.tsx';
import { addressOf } from './address.ts';
import { AppFrame } from './AppFrame.tsx';
import { RollBackButton } from '../deployments/Rollback.tsx';
import { kindNames } from './words.ts';
import { liveDeployment, previousRelease } from './releases.ts';
import './AppPage.css';

type Known = Output<'apps.get'>;

/** Not among what is drawn first. */
const Services = lazy(async () => ({ default: (await import('../forwards/Services.tsx')).Services }));

/** An app: what is live since when and by whom, its two slots, what it takes of the server, its last deployments. */
export function AppPage({ host = '', app = '' }: { host?: string; app?: string }) {
  const facts = useApp(host, app);
  const offer = useFolders(({ offer }) => offer);
  return (
    <AppFrame host={host} app={app}>
      <div className="page">
        {facts.data === undefined ? (
          <Panel label={app}>{facts.error === null ? <Skeleton /> : <Problem failure={facts.error} />}</Panel>
        ) : facts.data.adopted?.moved === false ? (
          <TakenOver host={host} facts={facts.data} unit={facts.data.adopted.unit} />
        ) : facts.data.deployments.length === 0 ? (
          <Panel label={app}>
            <Empty
              icon={Box}
              title={`${app} has no release yet`}
              actions={
                <Button icon={Upload} onClick={() => offer({ folder: null, host, app })}>
                  Choose a folder
                </Button>
              }
            >
              Drop its folder on this page.
            </Empty>
          </Panel>
        ) : (
          <Overview host={host} facts={facts.data} />
        )}
      </div>
    </AppFrame>
  );
}

/** One that was taken over, as long as it runs in its own unit. */
function TakenOver({ host, facts, unit }: { host: string; facts: Known; unit: string }) {
  const now = useNow();
  const failed = facts.deployments[0]?.outcome === 'failed';
  return (
    <>
      <InUnit host={host} app={facts.app} unit={unit}>
        {facts.state === 'live' && facts.since !== null ? `It has been live for ${span(Math.max(0, now - Date.parse(facts.since)))}.` : 'It is not running now.'}
        {failed && ' Its last move to slots failed and changed nothing.'}
      </InUnit>
      <Tiles host={host} facts={facts} />
      {facts.deployments.length > 0 && (
        <Panel title="Deployments">
          <DeploymentTable host={host} app={facts.app} live={null} deployments={facts.deployments.slice(0, 6)} />
        </Panel>
      )}
    </>
  );
}

function Overview({ host, facts }: { host: string; facts: Known }) {
  const releases = useReleases(host, facts.app).data?.releases;
  const warm = warmWords(useWarmth(host, facts.app, facts.state === 'live'));
  const wire = slots(host, facts, releases, warm);
  return (
    <>
      <Panel label="What is live">
        <div className="inside">
          <div className="head">
            <p className="sentence wrap">
              <Sentence facts={facts} />
            </p>
          </div>
          <Bays {...addressOf(host, facts)} {...wire} />
        </div>
      </Panel>
      <Tiles host={host} facts={facts} />
      <Suspense>
        <Services host={host} app={facts.app} />
      </Suspense>
      <div className="beside">
        <Panel
          title="Deployments"
          action={
            <a className="button ghost mini" href={`#/hosts/${host}/apps/${facts.app}/deployments`}>
              All {facts.deployments.length}
            </a>
          }
        >
          <DeploymentTable
            host={host}
            app={facts.app}
            live={liveDeployment(facts)?.deployment ?? null}
            deployments={facts.deployments.slice(0, 6)}
            {...(releases !== undefined && { releases })}
          />
        </Panel>
        <Panel label="Facts">
          <div className="inside">
            <Facts
              of={[
                facts.python === null ? null : ['Python', facts.python],
                facts.files === null ? null : ['Files', count(facts.files, 'file')],
                facts.memory === null ? null : ['Memory', bytes(facts.memory)],
                ['Restarts', facts.restarts === 0 ? 'none since it went live' : String(facts.restarts)],
                facts.since === null ? null : ['Since', <Time key="since" at={facts.since} />],
              ]}
            />
          </div>
        </Panel>
      </div>
    </>
  );
}

/** What an app takes of its server. */
function Tiles({ host, facts }: { host: string; facts: Known }) {
  const samples = useSamples(host);
  const of = samples.map((sample) => sample.apps.find(({ app }) => app === facts.app));
  const latest = of.at(-1);
  const memory = latest?.memory ?? facts.memory;
  const [figure, unit] = bytesParts(memory ?? 0);
  const total = samples.at(-1)?.memory.total;
  return (
    <div className="tiles two">
      <Tile
        name="CPU of this app"
        sentence={samples.length === 0 ? `Waiting for ${host}` : 'Not running now'}
        {...(latest !== undefined && {
          figure: Math.round(latest.cpu * 100),
          unit: '% of one core',
          values: of.map((one) => one?.cpu ?? 0),
          limit: Math.max(0.25, ...of.map((one) => one?.cpu ?? 0)),
        })}
      />
      <Tile
        name="Memory of this app"
        aside={total !== undefined && memory !== null ? percent(memory / total) : undefined}
        sentence={samples.length === 0 ? `Waiting for ${host}` : 'Not running now'}
        {...(latest !== undefined &&
          memory !== null && {
            figure,
            unit: `${unit} of ${bytes(total ?? memory)}`,
            values: of.map((one) => one?.memory ?? 0),
            limit: 1.6 * Math.max(memory, ...of.map((one) => one?.memory ?? 0)),
          })}
      />
    </div>
  );
}

function Sentence({ facts }: { facts: Known }): ReactNode {
  const now = useNow();
  const last = facts.deployments[0];
  const by = liveDeployment(facts);
  const failed =
    last?.outcome === 'failed' ? (
      <>
        {' '}
        {last.kind === 'deploy' ? (
          <>
            Release <b>{last.deployment}</b>
          </>
        ) : (
          `The last ${kindNames[last.kind]}`
        )}{' '}
        failed and changed nothing.
      </>
    ) : last?.outcome === 'switched-back' ? (
      <>
        {' '}
        Release <b>{last.release}</b> crashed soon after it went live, and was switched back{last.reason !== null && `: ${last.reason.replace(/\.$/, '')}`}.
      </>
    ) : null;
  if (facts.deploying !== null)
    return (
      <>
        Release <b>{facts.deploying.deployment}</b> is being deployed by {facts.deploying.by}, step {facts.deploying.step}.
        {facts.release !== null && <> Release {facts.release} serves until the switch.</>}
      </>
    );
  if (facts.state === 'live' && facts.since !== null)
    return (
      <>
        Release <b>{facts.release}</b> has been live for <b>{span(Math.max(0, now - Date.parse(facts.since)))}</b>
        {by !== null &&
          `. ${by.actor} ${{ deploy: 'deployed', rollback: 'rolled back to', restart: 'restarted', start: 'started', variables: 'changed the variables of', configure: 'changed the settings of' }[by.kind]} it`}
        .{failed}
      </>
    );
  if (facts.state === 'failed')
    return (
      <>
        Release <b>{facts.release}</b> is down: it ended{facts.restarts > 0 ? ` ${facts.restarts} times` : ''} and was not started again. Its log says why.
      </>
    );
  if (facts.state === 'starting')
    return (
      <>
        Release <b>{facts.release}</b> is starting.
      </>
    );
  if (facts.state === 'stopped') return <>{facts.app} is stopped on the server. Its settings start it again.</>;
  return (
    <>
      Nothing of {facts.app} is live yet.{failed}
    </>
  );
}

/** "Release 48 Cap basket size at 200": with the first line of its commit, where it has one. */
function Named({ release, releases }: { release: number | null; releases: Output<'releases.list'>['releases'] | undefined }) {
  const message = releases?.find((one) => one.release === release)?.message ?? null;
  return (
    <>
      <b>Release {release}</b>
      {message !== null && <span className="second"> {message}</span>}
    </>
  );
}

function slots(host: string, facts: Known, releases: Output<'releases.list'>['releases'] | undefined, warm: string | null): { a: Bay; b: Bay } {
  const before = previousRelease(facts, releases);
  const details = [facts.python !== null && `Python ${facts.python}`, facts.memory !== null && bytes(facts.memory), facts.files !== null && count(facts.files, 'file')]
    .filter(Boolean)
    .join(', ');
  const down = facts.state === 'failed' || facts.state === 'stopped';
  const live: Bay = {
    kind: facts.state === 'failed' ? 'failed' : down ? 'kept' : 'serving',
    title: <Named release={facts.release} releases={releases} />,
    text: details || 'Answering every request',
    status:
      facts.state === 'failed'
        ? ['failed', 'Down']
        : facts.state === 'stopped'
          ? ['stopped', 'Stopped']
          : facts.state === 'starting'
            ? ['deploying', 'Starting']
            : ['live', 'Live'],
  };
  const tried: Bay | null =
    facts.deploying === null
      ? null
      : { kind: 'checking', title: <b>Release {facts.deploying.deployment}</b>, text: `Deployed by ${facts.deploying.by}`, status: ['deploying', facts.deploying.step] };
  const other: Bay =
    tried ??
    (before === null
      ? { kind: 'empty', title: 'Empty', text: warm ?? 'The next release starts here, beside the live one' }
      : {
          kind: 'kept',
          title: <Named release={before} releases={releases} />,
          text: warm ?? 'Kept on disk with its packages',
          action: (
            <RollBackButton size="mini" host={host} app={facts.app} release={before}>
              Switch back
            </RollBackButton>
          ),
        });
  if (facts.slot === 'b') return { a: other, b: live };
  if (facts.slot === 'a') return { a: live, b: other };
  return { a: tried ?? { kind: 'empty', title: 'Empty', text: 'The first release starts here' }, b: { kind: 'empty', title: 'Empty', text: 'The one after it starts here' } };
}
