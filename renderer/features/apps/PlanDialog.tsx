import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { FailureRecord } from '../../../shared/errors.ts';
import { useApi } from '../../lib/context.ts';
import { useCommand, useOperation } from '../../lib/query.ts';
import { useDrafts } from '../../stores/drafts.ts';
import { useToasts } from '../../stores/toasts.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Diff } from '../../ui/Diff.tsx';
import { Problem, Skeleton } from '../../ui/Panel.tsx';
import { startConfigure } from '../deployments/running.ts';
import { useApp } from '../hosts/facts.ts';

interface PlanOf {
  host: string;
  app: string;
  /** Changes that are made with it, NAME=VALUE and names; none: what stands in apps.yml. */
  set: string[];
  unset: string[];
}

/** What would change on the server, and the button that does just that. onRefused: the plan or the apply was turned away. */
export function PlanDialog({ host, app, set, unset, onClose, onRefused }: PlanOf & { onClose: () => void; onRefused: (failure: FailureRecord) => void }) {
  const tools = { api: useApi(), client: useQueryClient() };
  const input = { host, app, set, unset };
  const plan = useOperation('apps.plan', input);
  const release = useApp(host, app).data?.release ?? null;
  const say = useToasts(({ say }) => say);
  const { keep, drop } = useDrafts.getState();
  const apply = useCommand('apps.apply', { touches: ['apps.', 'domains.', 'deployments.', 'releases.'] });
  const refusal = plan.error;
  // biome-ignore lint/correctness/useExhaustiveDependencies: told once for each refusal, whatever is drawn anew
  useEffect(() => {
    if (refusal !== null) onRefused(refusal);
  }, [refusal]);
  const { changes = 0, effect, digest = '' } = plan.data ?? {};
  const carryOut = () => {
    if (effect !== 'stored') {
      // Told step by step like a deployment, which it is.
      onClose();
      startConfigure(tools, { ...input, digest }, release, (failure) => (failure === null ? drop(host, app) : keep(host, app, { failure })));
      return;
    }
    apply.mutate(
      { ...input, digest },
      {
        onSuccess: () => {
          say({ tone: 'done', title: `The settings of ${app} are kept` });
          drop(host, app);
          onClose();
        },
        onError: (failure) => (failure.problem === 'conflict' ? void plan.refetch() : onRefused(failure)),
      },
    );
  };
  return (
    <Dialog
      title={`Change ${app} on ${host}`}
      wide
      // What was refused is mended at its field.
      back={() => document.querySelector<HTMLElement>('[data-setting][aria-invalid]')}
      open
      onClose={onClose}
      footer={
        <>
          <Button data-first onClick={onClose}>
            Not now
          </Button>
          <Button kind="primary" working={apply.isPending && 'Applying'} off={changes === 0 && 'There is nothing to change'} onClick={carryOut}>
            Apply
          </Button>
        </>
      }
    >
      {apply.error !== null && <Problem failure={apply.error} />}
      {plan.error !== null && <Problem failure={plan.error} />}
      {plan.data === undefined && plan.error === null && <Skeleton />}
      {plan.data?.changes === 0 && <p className="second">All is as apps.yml says: nothing to change.</p>}
      {plan.data !== undefined && plan.data.settings.length > 0 && (
        <table className="plan-settings">
          <tbody>
            {plan.data.settings.map(({ name, before, after }) => (
              <tr key={name}>
                <td className="mono small">{name}</td>
                <td className="mono small">
                  <del>{before ?? 'not set'}</del> → {after ?? 'not set'}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {plan.data?.effects.map((text) => (
        <p key={text} className="wrap">
          {text}
        </p>
      ))}
      {plan.data?.warnings.map((text) => (
        <p key={text} className="second wrap">
          {text}
        </p>
      ))}
      {plan.data?.files.map(({ path, kind, diff }) => (
        <div key={path}>
          <div className="plan-file">
            <span className="mono small wrap">{path}</span>
            {kind !== 'changed' && <span className="tag">{kind}</span>}
          </div>
          <Diff text={diff} />
        </div>
      ))}
    </Dialog>
  );
}
