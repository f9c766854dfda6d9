import { seconds } from '../../lib/format.ts';
import { useRuns } from '../../stores/runs.ts';
import { Dot } from '../../ui/Status.tsx';
import { useNow } from '../../ui/Time.tsx';
import { position, type Run } from '../deployments/progress.ts';
import { placeOf } from '../deployments/places.ts';

/** What runs now: it goes on when its page is left, and is found again here. */
export function Tray() {
  const runs = useRuns(({ runs }) => runs);
  const running = Object.entries(runs).filter(([, run]) => run.end === null);
  return (
    <div className="tray">
      {running.map(([key, run]) => (
        <Running key={key} run={run} />
      ))}
    </div>
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
