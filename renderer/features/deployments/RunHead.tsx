import type { ReactNode } from 'react';
import type { Output } from '../../lib/api.ts';
import { clockOfDay, seconds } from '../../lib/format.ts';
import { type Bay, Bays } from '../../ui/Bays.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { useNow } from '../../ui/Time.tsx';
import { addressOf } from '../apps/address.ts';
import { liveDeployment, previousRelease } from '../apps/releases.ts';
import { kindNames, kindWords } from '../apps/words.ts';
import { position, type Run, stepWords } from './progress.ts';

type AppFacts = Output<'apps.get'>;

/** What a deployment means for visitors, in one sentence, and the wires. */
export function RunHead({ run, app }: { run: Run; app: AppFacts | undefined }) {
  const now = useNow();
  const took = run.end === null ? Math.max(0, now - run.beganAt) : (run.end.ms ?? sum(run));
  return (
    <Panel label="What visitors see">
      <div className="inside">
        <div className="head">
          <p className="sentence wrap">{sentenceOf(run, app)}</p>
          {run.end === null ? (
            <span className="took">{seconds(took)}</span>
          ) : (
            <span className="small third whole">
              {clockOfDay(new Date(run.beganAt).toISOString()).slice(0, 5)}
              {took > 0 && `, took ${seconds(took)}`}
            </span>
          )}
        </div>
        <Bays {...wires(run, app)} />
      </div>
    </Panel>
  );
}

const sum = (run: Run) => run.steps.reduce((total, { name, ms }) => total + (name === 'drain' ? 0 : (ms ?? 0)), 0);

/** Whether what is known of the app is older than the end of this run: the switch is told before the app is read again. */
const isStale = (run: Run, app: AppFacts) => ['running', undefined].includes(app.deployments.find(({ deployment }) => deployment === run.deployment)?.outcome);

/** What is to be said of a release that went live by it. */
const afterwards = { deploy: '', rollback: ' again', restart: ' again', start: ' again', variables: ' with its new variables', configure: ' with its new settings' } as const;

/** Safety before cause: what serves stands in every sentence. */
export function sentenceOf(run: Run, app: AppFacts | undefined): ReactNode {
  const { release, kind } = run;
  const live = app?.release ?? null;
  const again = kind === 'restart' || kind === 'start';
  const serving = live !== null && (live !== release || kind === 'restart' || kind === 'variables' || kind === 'configure') ? live : null;
  const still =
    serving === null ? (
      kind === 'start' ? (
        `${run.app} is stopped as before.`
      ) : (
        'Nothing was live before, so nobody noticed.'
      )
    ) : (
      <>
        Release <b>{serving}</b> is still serving and visitors noticed nothing.
      </>
    );
  const named =
    release === null ? (
      <b>{run.app}</b>
    ) : (
      <>
        release <b>{release}</b>
      </>
    );
  const tried =
    kind === 'deploy' ? (
      <>Release {release === null ? '' : <b>{release}</b>}</>
    ) : (
      <>
        The {kindNames[kind]}
        {kind === 'rollback' && release !== null ? (
          <>
            {' '}
            to release <b>{release}</b>
          </>
        ) : (
          ''
        )}
      </>
    );
  switch (run.end?.outcome) {
    case undefined:
      return (
        <>
          {kindWords[kind][1]} {named}. {serving === null ? 'Stop now and nothing changes.' : <>Release {serving} serves until the switch. Stop now and nothing changes.</>}
        </>
      );
    case 'live':
      return app === undefined || live === null || live === run.end?.release || isStale(run, app) ? (
        <>
          Release <b>{run.end?.release}</b> is live{afterwards[kind]}.
        </>
      ) : (
        <>
          Release <b>{run.end?.release}</b> went live{afterwards[kind]}. Release {live} serves now.
        </>
      );
    case 'applied':
      return <>The settings are in force. Nothing had to be restarted.</>;
    case 'unchanged':
      return (
        <>
          Nothing was changed: release <b>{run.end?.release}</b>{' '}
          {again ? 'runs already' : kind === 'variables' ? 'runs with these variables already' : kind === 'configure' ? 'runs with these settings already' : 'is this very folder'}.
        </>
      );
    case 'switched-back':
      return (
        <>
          Release <b>{run.end?.release}</b> crashed soon after it went live.{' '}
          {live !== null && live !== run.end?.release ? (
            <>
              Release <b>{live}</b> serves again.
            </>
          ) : (
            'The one before serves again.'
          )}
        </>
      );
    case 'cancelled':
      return (
        <>
          Stopped
          {release === null ? (
            ''
          ) : (
            <>
              {' '}
              before release <b>{release}</b> went live
            </>
          )}
          . {still}
        </>
      );
    case 'interrupted':
      return (
        <>
          {tried} was interrupted on {run.host}. {still}
        </>
      );
    case 'unknown':
      return <>It is not known yet how this ended. {run.host} finishes or takes it back by itself, and is asked as soon as it answers.</>;
    case 'failed':
      return run.deployment === null ? (
        <>
          The {kindNames[kind]} did not begin. {still}
        </>
      ) : kind === 'deploy' ? (
        <>
          {tried} did not start. {still}
        </>
      ) : (
        <>
          {tried} failed. {still}
        </>
      );
  }
}

/** The two places: what serves in one, what is tried in the other. */
function wires(run: Run, app: AppFacts | undefined): { address: string; about: ReactNode; a: Bay; b: Bay } {
  const outcome = run.end?.outcome;
  const isLive = outcome === 'live' && app !== undefined && liveDeployment(app)?.deployment === run.deployment;
  // The switch is told before the app is read again: draw it at once.
  const switched = outcome === 'live' && app !== undefined && app.release !== null && app.release !== run.end?.release && isStale(run, app);
  const serving = switched ? (app.slot === 'a' ? 'b' : 'a') : (app?.slot ?? null);
  const liveSlot = serving ?? (isLive ? 'a' : null);
  const running = run.steps.find(({ status }) => status === 'running');
  const [, todo = '', doing = position(run).name] = stepWords[running?.name ?? ''] ?? [];
  const tried: Bay = {
    kind: outcome === undefined ? 'checking' : outcome === 'failed' || outcome === 'interrupted' || outcome === 'switched-back' ? 'failed' : 'empty',
    title: run.release === null ? 'The next release' : <b>Release {run.release}</b>,
    text:
      outcome === undefined
        ? (running?.detail ?? todo)
        : outcome === 'failed'
          ? run.kind === 'deploy'
            ? 'Did not start; removed again'
            : 'Did not start; kept on disk'
          : outcome === 'switched-back'
            ? 'Crashed soon after the switch'
            : outcome === 'cancelled'
              ? 'Stopped; removed again'
              : outcome === 'interrupted'
                ? 'Cut off; removed again'
                : outcome === 'unknown'
                  ? 'Waiting for the server to say'
                  : 'Not needed',
    status:
      outcome === undefined
        ? ['deploying', doing]
        : outcome === 'switched-back'
          ? ['failed', 'Switched back']
          : outcome === 'failed'
            ? ['failed', 'Failed']
            : outcome === 'interrupted'
              ? ['warning', 'Interrupted']
              : outcome === 'unknown'
                ? ['warning', 'Not known']
                : ['stopped', 'Not used'],
  };
  const before = app === undefined ? null : switched ? app.release : previousRelease(app);
  const kept: Bay =
    before === null
      ? { kind: 'empty', title: 'Empty', text: 'The next release starts here' }
      : { kind: 'kept', title: <b>Release {before}</b>, text: 'Kept on disk with its packages' };
  const current: Bay =
    liveSlot === null
      ? { kind: 'empty', title: 'Empty', text: 'Nothing is live yet' }
      : {
          kind: 'serving',
          title: <b>Release {switched ? run.end?.release : (app?.release ?? run.release)}</b>,
          text: 'Answering every request',
          status: ['live', 'Serving'],
        };
  const other = isLive || (outcome === 'live' && app !== undefined) || outcome === 'unchanged' ? kept : tried;
  const { address, about } = addressOf(run.host, app);
  return liveSlot === 'b'
    ? { address, about, a: other, b: current }
    : liveSlot === 'a'
      ? { address, about, a: current, b: other }
      : { address, about, a: other, b: { kind: 'empty', title: 'Empty', text: 'The release after starts here' } };
}
