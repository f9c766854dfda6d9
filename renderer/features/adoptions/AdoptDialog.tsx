import { useQueryClient } from '@tanstack/react-query';
import { CircleX, TriangleAlert } from 'lucide-react';
import { useApi } from '../../lib/context.ts';
import { useCommand, useOperation } from '../../lib/query.ts';
import { go } from '../../lib/router.ts';
import { useToasts } from '../../stores/toasts.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Diff } from '../../ui/Diff.tsx';
import { Problem, Skeleton } from '../../ui/Panel.tsx';
import { startMove } from '../deployments/running.ts';
import './adoptions.css';

export type Act = 'take' | 'move' | 'giveback';

/** What is asked: of a unit that was found, or of an app that was taken over. */
export interface Asked {
  act: Act;
  host: string;
  app: string;
  unit: string;
}

const words = {
  take: { title: ({ unit }: Asked) => `Take over ${unit}`, verb: 'Take over', working: 'Taking over', keep: 'Leave it' },
  move: { title: ({ app }: Asked) => `Move ${app} to slots`, verb: 'Move to slots', working: 'Starting', keep: 'Not now' },
  giveback: { title: ({ app, unit }: Asked) => `Give ${app} back to ${unit}`, verb: 'Give back', working: 'Giving back', keep: 'Keep it' },
} as const;

/** What would be done with an app that runs already, and the button that does just that. */
export function AdoptDialog({ asked, onClose }: { asked: Asked; onClose: () => void }) {
  const { act, host, app, unit } = asked;
  const tools = { api: useApi(), client: useQueryClient() };
  const say = useToasts(({ say }) => say);
  // Each is asked for by its own name, so that what comes back is of its kind.
  const taking = useOperation('adoptions.take', { host, unit, app, plan: true }, { enabled: act === 'take' });
  const moving = useOperation('adoptions.move', { host, app, plan: true }, { enabled: act === 'move' });
  const returning = useOperation('adoptions.giveback', { host, app, plan: true }, { enabled: act === 'giveback' });
  const plan = { take: taking, move: moving, giveback: returning }[act];
  const touches = { touches: ['apps.', 'adoptions.'] };
  const take = useCommand('adoptions.take', touches);
  const giveback = useCommand('adoptions.giveback', touches);
  const doing = act === 'take' ? take : giveback;
  const { title, verb, working, keep } = words[act];
  const digest = plan.data?.digest ?? '';
  const stale = { onError: ({ problem }: { problem: string }) => problem === 'conflict' && void plan.refetch() };
  const carryOut = () => {
    if (act === 'move') {
      onClose();
      startMove(tools, { host, app, digest });
    } else if (act === 'take') {
      const done = () => {
        say({ tone: 'done', title: `Took over ${unit} as ${app}`, text: 'It runs on; nothing of it was touched.' });
        onClose();
      };
      take.mutate({ host, unit, app, digest }, { onSuccess: done, ...stale });
    } else {
      const done = ({ archive }: { archive: string | null }) => {
        say({ tone: 'done', title: `Gave ${app} back to ${unit}`, ...(archive !== null && { text: 'What was in slots is kept for 30 days: see Removed apps.' }) });
        onClose();
        go(`/hosts/${host}`);
      };
      giveback.mutate({ host, app, digest }, { onSuccess: done, ...stale });
    }
  };
  const hindered = (plan.data?.obstacles.length ?? 0) > 0;
  return (
    <Dialog
      title={title(asked)}
      wide
      open
      onClose={onClose}
      footer={
        <>
          <Button data-first onClick={onClose}>
            {keep}
          </Button>
          <Button
            kind="primary"
            working={doing.isPending && working}
            off={plan.data === undefined ? 'The plan is not there yet' : hindered && 'See what is in the way'}
            onClick={carryOut}
          >
            {verb}
          </Button>
        </>
      }
    >
      {doing.error !== null && <Problem failure={doing.error} />}
      {plan.error !== null && <Problem failure={plan.error} />}
      {plan.data === undefined && plan.error === null && <Skeleton />}
      {hindered && (
        <ul className="adoption" aria-label="In the way">
          {plan.data?.obstacles.map((text) => (
            <li key={text}>
              <CircleX className="icon is-fail" strokeWidth={1.8} aria-hidden />
              <span className="wrap">{text}</span>
            </li>
          ))}
        </ul>
      )}
      {hindered ? (
        <p className="second wrap">Nothing is done. {app} runs on as it does.</p>
      ) : (
        <>
          <ol className="adoption" aria-label="What is done">
            {plan.data?.effects.map((text, at) => (
              <li key={text}>
                <span className="order">{at + 1}</span>
                <span className="wrap">{text}</span>
              </li>
            ))}
          </ol>
          {(plan.data?.warnings.length ?? 0) > 0 && (
            <ul className="adoption" aria-label="To know">
              {plan.data?.warnings.map((text) => (
                <li key={text}>
                  <TriangleAlert className="icon is-warn" strokeWidth={1.8} aria-hidden />
                  <span className="second wrap">{text}</span>
                </li>
              ))}
            </ul>
          )}
          {plan.data?.files.map(({ path, diff }) => (
            <div key={path}>
              <div className="mono small wrap" style={{ marginBottom: 6 }}>
                {path}
              </div>
              <Diff text={diff} />
            </div>
          ))}
        </>
      )}
    </Dialog>
  );
}
