import { Check, CircleMinus, X } from 'lucide-react';
import { useState } from 'react';
import type { Progress } from '../../../shared/contract/hosts.ts';
import { useCommand, useOperation } from '../../lib/query.ts';
import { Button } from '../../ui/Button.tsx';
import { Panel, Problem, Skeleton } from '../../ui/Panel.tsx';
import { Dot } from '../../ui/Status.tsx';
import { Output } from '../deployments/Output.tsx';

type Step = Extract<Progress, { type: 'step' }>;

/** What prepare would do to a server, readable before anything changes; then what it does, as it does it. */
export function Prepare({ host, ready, onDone, primary = true }: { host: string; ready: boolean; onDone: () => void; primary?: boolean }) {
  // The plan is a reading: `plan` changes nothing.
  const plan = useOperation('hosts.prepare', { name: host, plan: true }, { enabled: ready });
  const [steps, setSteps] = useState<Record<string, Step>>({});
  const [lines, setLines] = useState<string[]>([]);
  const prepare = useCommand('hosts.prepare', {
    touches: ['hosts.check', 'apps.'],
    onEvent: (event) =>
      event.type === 'step'
        ? setSteps((before) => ({ ...before, [event.name]: event }))
        : setLines((before) => [...before, ...event.text.replace(/\n$/, '').split('\n')].slice(-400)),
  });
  const pending = plan.data?.steps.filter(({ changed }) => changed) ?? [];
  const start = () => {
    setSteps({});
    setLines([]);
    prepare.mutate({ name: host, yes: true }, { onSuccess: onDone });
  };
  return (
    <Panel title="Prepare plan" note={prepare.isPending ? `changing ${host}` : 'nothing changed yet'}>
      {!ready ? (
        <p className="inside second">The check-up found something in the way. Mend it first, then check again.</p>
      ) : plan.data === undefined ? (
        plan.error === null ? (
          <Skeleton rows={4} />
        ) : (
          <Problem failure={plan.error} actions={<Button onClick={() => void plan.refetch()}>Read the plan again</Button>} />
        )
      ) : (
        <>
          <ol className="plan">
            {pending.map((step, index) => (
              <li key={step.name}>
                <Mark step={steps[step.name]} number={index + 1} />
                <span className="grow wrap">{step.text}</span>
              </li>
            ))}
          </ol>
          {lines.length > 0 && (
            <div className="inside">
              <Output lines={lines} failing={null} follow />
            </div>
          )}
          {prepare.error !== null && prepare.error.problem !== 'cancelled' && <Problem failure={prepare.error} />}
          <div className="plan-foot">
            <p className="small third grow">
              {prepare.isPending ? 'You can watch; closing the window does not stop it.' : 'Done once, takes about a minute. Settings of the server takes it all out again.'}
            </p>
            <Button kind={primary ? 'primary' : 'plain'} working={prepare.isPending && 'Preparing'} onClick={start}>
              {prepare.error === null ? `Prepare ${host}` : 'Try again'}
            </Button>
          </div>
        </>
      )}
    </Panel>
  );
}

function Mark({ step, number }: { step: Step | undefined; number: number }) {
  if (step === undefined) return <span className="order">{number}</span>;
  if (step.status === 'running') return <Dot state="deploying" />;
  if (step.status === 'done') return <Check className="icon s is-live" aria-label="Done" />;
  if (step.status === 'failed') return <X className="icon s is-fail" aria-label="Failed" />;
  return <CircleMinus className="icon s third" aria-label="Nothing to do" />;
}
