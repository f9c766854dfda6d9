import type { ReactNode } from 'react';
import type { Output } from '../../lib/api.ts';
import { clockOfDay, seconds } from '../../lib/format.ts';
import { type Bay, Bays } from '../../ui/Bays.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { useNow } from '../../ui/Time.tsx';
import { addressOf } from '../apps/address.ts';
import { previousRelease } from '../apps/releases.ts';
import { position, type Run, stepWords } from './progress.ts';

type AppFacts = Output<'apps.get'>;

/** What a deployment means for visitors, in one sentence, and the wires. */
export function RunHead({ run, app }: { run: Run; app: AppFacts | undefined }) {
  const now = useNow();
  const live = app?.release ?? null;
  const took = run.end === null ? Math.max(0, now - run.beganAt) : (run.end.ms ?? sum(run));
  return (
    <Panel label="What visitors see">
      <div className="inside">
        <div className="head">
          <p className="sentence wrap">{sentenceOf(run, live)}</p>
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

/** Safety before cause: what serves stands in every sentence. */
export function sentenceOf(run: Run, live: number | null): ReactNode {
  const number = run.deployment;
  const serving = live !== null && live !== number ? live : null;
  const still =
    serving === null ? (
      'Nothing was live before, so nobody noticed.'
    ) : (
      <>
        Release <b>{serving}</b> is still serving and visitors noticed nothing.
      </>
    );
  switch (run.end?.outcome) {
    case undefined:
      return (
        <>
          Deploying{' '}
          {number === null ? (
            <b>{run.app}</b>
          ) : (
            <>
              release <b>{number}</b>
            </>
          )}
          . {serving === null ? 'Stop now and nothing changes.' : <>Release {serving} serves until the switch. Stop now and nothing changes.</>}
        </>
      );
    case 'live':
      // What is known of the app may be a moment older than the switch.
      return live === null || number === null || live <= number ? (
        <>
          Release <b>{run.end?.release}</b> is live.
        </>
      ) : (
        <>
          Release <b>{run.end?.release}</b> went live. Release {live} serves now.
        </>
      );
    case 'unchanged':
      return (
        <>
          Nothing was changed: release <b>{run.end?.release}</b> is this very folder.
        </>
      );
    case 'cancelled':
      return (
        <>
          Stopped
          {number === null ? (
            ''
          ) : (
            <>
              {' '}
              before release <b>{number}</b> went live
            </>
          )}
          . {still}
        </>
      );
    case 'interrupted':
      return (
        <>
          Release <b>{number}</b> was interrupted on {run.host}. {still}
        </>
      );
    case 'unknown':
      return <>It is not known yet how this ended. {run.host} finishes or takes it back by itself, and is asked as soon as it answers.</>;
    case 'failed':
      return number === null ? (
        <>The deploy did not begin. {still}</>
      ) : (
        <>
          Release <b>{number}</b> did not start. {still}
        </>
      );
  }
}

/** The two places: what serves in one, what is tried in the other. */
function wires(run: Run, app: AppFacts | undefined): { address: string; about: ReactNode; a: Bay; b: Bay } {
  const outcome = run.end?.outcome;
  const isLive = outcome === 'live' && app?.release === run.deployment;
  // The switch is told before the app is read again: draw it at once.
  const switched = outcome === 'live' && app !== undefined && app.release !== null && run.deployment !== null && app.release < run.deployment;
  const serving = switched ? (app.slot === 'a' ? 'b' : 'a') : (app?.slot ?? null);
  const liveSlot = serving ?? (isLive ? 'a' : null);
  const running = run.steps.find(({ status }) => status === 'running');
  const [, todo = '', doing = position(run).name] = stepWords[running?.name ?? ''] ?? [];
  const tried: Bay = {
    kind: outcome === undefined ? 'checking' : outcome === 'failed' || outcome === 'interrupted' ? 'failed' : 'empty',
    title: run.deployment === null ? 'The next release' : <b>Release {run.deployment}</b>,
    text:
      outcome === undefined
        ? (running?.detail ?? todo)
        : outcome === 'failed'
          ? 'Did not start; removed again'
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
          title: <b>Release {switched ? run.deployment : (app?.release ?? run.deployment)}</b>,
          text: 'Answering every request',
          status: ['live', 'Serving'],
        };
  const other = isLive || (outcome === 'live' && app !== undefined) || outcome === 'unchanged' ? kept : tried;
  const { address, about } = addressOf(run.host, app?.url ?? null);
  return liveSlot === 'b'
    ? { address, about, a: other, b: current }
    : liveSlot === 'a'
      ? { address, about, a: current, b: other }
      : { address, about, a: other, b: { kind: 'empty', title: 'Empty', text: 'The release after starts here' } };
}
