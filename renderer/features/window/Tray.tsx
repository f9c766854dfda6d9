import { count, percent, seconds } from '../../lib/format.ts';
import { useEffect } from 'react';
import { useApi } from '../../lib/context.ts';
import { runs, useForwards } from '../../stores/forwards.ts';
import { useRuns } from '../../stores/runs.ts';
import { shareOf, type Transfer, useTransfers } from '../../stores/transfers.ts';
import { Dot } from '../../ui/Status.tsx';
import { useNow } from '../../ui/Time.tsx';
import { position, type Run } from '../deployments/progress.ts';
import { placeOf } from '../deployments/places.ts';
import { filesPlace } from '../files/places.ts';
import { restore } from '../forwards/forward.ts';

/** What runs now: it goes on when its page is left, and is found again here. */
export function Tray() {
  const of = useRuns(({ runs }) => runs);
  const running = Object.entries(of).filter(([, run]) => run.end === null);
  const forwards = useForwards(({ of }) => of).filter(({ state }) => runs(state));
  const api = useApi();
  useEffect(() => restore(api), [api]);
  const transfers = useTransfers(({ of }) => of).filter(({ state }) => state === 'runs');
  return (
    <div className="tray">
      {transfers.map((one) => (
        <Copying key={one.id} of={one} />
      ))}
      {forwards.length > 0 && (
        <a href={`#/hosts/${forwards[0]?.host}/forwards`}>
          <span className="line">
            <Dot state="live" />
            <b className="cut">{count(forwards.length, 'forward')} open</b>
          </span>
          <span className="cut">{[...new Set(forwards.map(({ host }) => host))].join(', ')}</span>
        </a>
      )}
      {running.map(([key, run]) => (
        <Running key={key} run={run} />
      ))}
    </div>
  );
}

function Copying({ of }: { of: Transfer }) {
  const { host, folder, name, way } = of;
  return (
    <a href={`#${filesPlace(host, folder)}`}>
      <span className="line">
        <Dot state="deploying" />
        <b className="cut">{name}</b>
      </span>
      <span>
        {way === 'up' ? 'to' : 'from'} {host}, {percent(shareOf(of))}
      </span>
      <span className="progress" style={{ display: 'block' }}>
        <i style={{ transform: `scaleX(${shareOf(of)})` }} />
      </span>
    </a>
  );
}

function Running({ run }: { run: Run }) {
  const now = useNow();
  const { name, number, of } = position(run);
  return (
    <a href={`#${placeOf(run)}`}>
      <span className="line">
        <Dot state="deploying" />
        <b className="cut">{run.app}</b>
        <span className="mono third">{seconds(Math.max(0, now - run.beganAt))}</span>
      </span>
      <span>
        {name}, step {number} of {of}
      </span>
      <span className="progress" style={{ display: 'block' }}>
        <i style={{ transform: `scaleX(${number / of})` }} />
      </span>
    </a>
  );
}
