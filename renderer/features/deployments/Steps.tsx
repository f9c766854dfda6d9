import { Check, ChevronDown, ChevronRight, Minus, X } from 'lucide-react';
import { Fragment, useState } from 'react';
import { seconds, sentence } from '../../lib/format.ts';
import { Button } from '../../ui/Button.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { Dot } from '../../ui/Status.tsx';
import { useNow } from '../../ui/Time.tsx';
import { afterSwitch, allSteps, type Run, type Step, stepWords } from './progress.ts';
import { Output } from './Output.tsx';
import './Steps.css';

/** The steps of a deployment on one scale of time; the failing one unfolded, the others when asked. */
export function Steps({ run, note }: { run: Run; note?: string }) {
  const now = useNow();
  const [open, setOpen] = useState<Record<string, boolean>>({});
  const [shown, setShown] = useState(false);
  const steps = allSteps(run);
  const took = (step: Step) => step.ms ?? (step.status === 'running' && step.beganAt !== null ? Math.max(0, now - step.beganAt) : 0);
  const total = Math.max(1, ...[steps.reduce((sum, step) => sum + (step.name === 'drain' && run.end !== null ? 0 : took(step)), 0)]);
  const failed = steps.find(({ status }) => status === 'failed');
  const lines = (step: Step) => (step === failed && (run.end?.log.length ?? 0) > 0 ? [...step.output, ...(run.end?.log ?? [])] : step.output);
  const isOpen = (step: Step) => open[step.name] ?? (step.status === 'failed' || (step.status === 'running' && step.output.length > 0));
  const withLines = steps.filter((step) => lines(step).length > 0);
  const good = steps.filter(({ status }) => status === 'done' || status === 'skipped');
  const all = withLines.length > 0 && withLines.every(isOpen);
  let left = 0;
  let noticed = false;
  return (
    <Panel
      className={failed === undefined ? 'steps' : shown ? 'steps failed-run' : 'steps failed-run folds'}
      title="Steps"
      note={note}
      action={
        withLines.length > 0 && (
          <Button kind="ghost" size="mini" onClick={() => setOpen(Object.fromEntries(withLines.map(({ name }) => [name, !all])))}>
            {all ? 'Fold all' : 'Unfold all'}
          </Button>
        )
      }
    >
      <ol>
        {good.length > 1 && (
          <li className="sum">
            <Row
              step={{
                name: `${good.length} steps done`,
                status: 'done',
                detail: good.map(({ name }) => stepWords[name]?.[0] ?? name).join(', '),
                ms: good.reduce((sum, step) => sum + took(step), 0),
                beganAt: null,
                output: [],
              }}
              ms={good.reduce((sum, step) => sum + took(step), 0)}
              left={0}
              share={good.reduce((sum, step) => sum + took(step), 0) / total}
              onFold={() => setShown(true)}
            />
          </li>
        )}
        {steps.map((step) => {
          const ms = took(step);
          const place = { left: Math.min(1, left / total), share: Math.min(1, ms / total) };
          left += ms;
          const line = afterSwitch(step.name) && !noticed;
          noticed ||= line;
          const text = lines(step);
          return (
            <Fragment key={step.name}>
              {line && <li className="unnoticed">Up to here visitors notice nothing</li>}
              <li className={step.status === 'done' || step.status === 'skipped' ? 'good' : undefined} aria-current={step.status === 'running' ? 'step' : undefined}>
                <Row
                  step={step}
                  ms={ms}
                  {...place}
                  open={isOpen(step) && text.length > 0}
                  {...(text.length > 0 && { onFold: () => setOpen({ ...open, [step.name]: !isOpen(step) }) })}
                  ended={run.end !== null}
                />
                {isOpen(step) && text.length > 0 && (
                  <div className="output">
                    <Output lines={text} failing={step.status === 'failed' ? (run.end?.reason ?? null) : null} follow={step.status === 'running'} />
                  </div>
                )}
              </li>
            </Fragment>
          );
        })}
      </ol>
    </Panel>
  );
}

const marks = {
  done: <Check className="icon is-live" strokeWidth={2} aria-label="Done" />,
  failed: <X className="icon is-fail" strokeWidth={2} aria-label="Failed" />,
  skipped: <Minus className="icon third" strokeWidth={2} aria-label="Nothing to do" />,
  running: <Dot state="deploying" />,
  waiting: (
    <svg viewBox="0 0 16 16" width="16" height="16" aria-label="To come" role="img">
      <circle cx="8" cy="8" r="3" fill="none" stroke="var(--n-7)" strokeWidth="1.4" />
    </svg>
  ),
} as const;

function Row({
  step,
  ms,
  left,
  share,
  open = false,
  onFold,
  ended = false,
}: {
  step: Step;
  ms: number;
  left: number;
  share: number;
  open?: boolean;
  onFold?: () => void;
  ended?: boolean;
}) {
  const [name, todo, , failed] = stepWords[step.name] ?? [step.name, '', '', 'It did not work'];
  const what = sentence(step.detail ?? '') || (step.status === 'waiting' ? (ended ? 'Not reached' : todo) : step.status === 'done' ? '' : step.status === 'failed' ? failed : todo);
  const inside = (
    <>
      {marks[step.status]}
      <span className="name cut">{name}</span>
      <span className="what cut" title={what}>
        {what}
      </span>
      <span className="fall">
        {step.status !== 'waiting' && step.status !== 'skipped' && <i style={{ left: `${left * 100}%`, width: `${Math.min(share, 1 - left) * 100}%` }} />}
      </span>
      <span className="time">{step.status === 'waiting' || step.status === 'skipped' ? '' : seconds(ms)}</span>
      {onFold ? open ? <ChevronDown className="icon s fold" aria-hidden /> : <ChevronRight className="icon s fold" aria-hidden /> : <span />}
    </>
  );
  const classes = ['step', step.status, open && 'unfolded'].filter(Boolean).join(' ');
  return onFold ? (
    <button type="button" className={classes} onClick={onFold} aria-expanded={open}>
      {inside}
    </button>
  ) : (
    <div className={classes}>{inside}</div>
  );
}
