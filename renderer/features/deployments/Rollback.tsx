import { useQueryClient } from '@tanstack/react-query';
import { Undo2 } from 'lucide-react';
import { useApi } from '../../lib/context.ts';
import { count, seconds } from '../../lib/format.ts';
import { useOperation } from '../../lib/query.ts';
import { useOverlays } from '../../stores/overlays.ts';
import { useRuns } from '../../stores/runs.ts';
import { Button, type ButtonProps } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Problem, Skeleton } from '../../ui/Panel.tsx';
import { previousRelease } from '../apps/releases.ts';
import { useApp, useReleases } from '../hosts/facts.ts';
import { migratedWords } from './migrated.ts';
import { startRollback } from './running.ts';

/** Why an app cannot be rolled back now; null where it can. */
function useWhyNot(host: string, app: string): string | null {
  const facts = useApp(host, app).data;
  const { data } = useReleases(host, app);
  const runs = useRuns(({ runs }) => runs);
  if (Object.values(runs).some((run) => run.end === null && run.host === host && run.app === app)) return 'A deployment of it is running';
  if (facts !== undefined && facts.deploying !== null) return `${facts.deploying.by} is deploying it`;
  if (data !== undefined && !data.releases.some(({ state }) => state !== 'live')) return 'There is no release before this one';
  if (facts !== undefined && data === undefined && previousRelease(facts) === null) return 'There is no release before this one';
  return null;
}

/** Asks before it rolls back: to the release that was live before, or to the one that is named. */
export function RollBackButton({ host, app, release = null, children, ...rest }: { host: string; app: string; release?: number | null } & ButtonProps) {
  const whyNot = useWhyNot(host, app);
  const ask = useOverlays(({ askRollback }) => askRollback);
  return (
    <Button
      icon={Undo2}
      {...rest}
      off={whyNot ?? false}
      onClick={(event) => {
        // In a row that opens something else.
        event.stopPropagation();
        ask({ host, app, release });
      }}
    >
      {children ?? 'Roll back'}
    </Button>
  );
}

/** The question before a rollback: what happens, how long it takes, how to undo it. */
export function RollbackDialog() {
  const asked = useOverlays(({ rollback }) => rollback);
  return asked === null ? null : <Ask key={`${asked.host}/${asked.app}/${asked.release}`} {...asked} />;
}

function Ask({ host, app, release }: { host: string; app: string; release: number | null }) {
  const tools = { api: useApi(), client: useQueryClient() };
  const close = () => useOverlays.getState().askRollback(null);
  const kept = useReleases(host, app);
  const whyNot = useWhyNot(host, app);
  const releases = kept.data?.releases;
  const target = releases?.find((one) => (release === null ? one.state === 'previous' : one.release === release && one.state !== 'live'));
  const live = releases?.find(({ state }) => state === 'live')?.release;
  const took = target === undefined ? 0 : (target.steps.start ?? 0) + (target.steps.check ?? 0) + (target.steps.switch ?? 0);
  const begin = () => {
    if (target === undefined || whyNot !== null) return;
    close();
    startRollback(tools, { host, app, release: target.release });
  };
  return (
    <Dialog
      title={target === undefined ? `Roll back ${app}` : `Roll back ${app} to release ${target.release}?`}
      open
      onClose={close}
      footer={
        <>
          <Button data-first onClick={close}>
            {live === undefined ? 'Not now' : `Keep release ${live}`}
          </Button>
          <Button kind="primary" icon={Undo2} off={target === undefined ? 'There is nothing to roll back to' : (whyNot ?? false)} onClick={begin}>
            Roll back
          </Button>
        </>
      }
    >
      {target === undefined ? (
        kept.error !== null ? (
          <Problem failure={kept.error} />
        ) : releases === undefined ? (
          <Skeleton />
        ) : (
          <p className="second wrap">{release === null ? `No release of ${app} was live before this one.` : `Release ${release} of ${app} is not kept any more, or is live.`}</p>
        )
      ) : (
        <>
          <p className="second wrap">
            Release {target.release}, by {target.actor}, starts beside what serves now, with the settings it had. Visitors are switched to it once it answered.
          </p>
          <p className="second wrap">
            {took > 0 ? `It takes about as long as its last start, ${seconds(took)}` : 'It takes a few seconds'}: nothing is uploaded and nothing is built. No request fails.
          </p>
          {live !== undefined && <Differences host={host} app={app} from={live} to={target.release} />}
          {live !== undefined && (
            <p className="second wrap">
              To undo it, roll back to release {live}: it stays on {host}.
            </p>
          )}
        </>
      )}
    </Dialog>
  );
}

/** What the release differs in from the one that serves; names of variables, never their values. */
function Differences({ host, app, from, to }: { host: string; app: string; from: number; to: number }) {
  const { data } = useOperation('releases.compare', { host, app, from, to });
  if (data === undefined) return null;
  const files = data.added.length + data.removed.length + data.changed.length + data.more;
  const { variables } = data;
  const names =
    variables === null
      ? []
      : ([
          ['comes back', variables.added],
          ['goes', variables.removed],
          ['is as it was', variables.changed],
        ] as const);
  const told = names.filter(([, listed]) => listed.length > 0).map(([word, listed]) => `${listed.join(', ')} ${word}`);
  return (
    <p className="second wrap">
      Beside release {from}: {files === 0 ? 'the same files' : `${count(files, 'file')} differ`}
      {data.settings.length > 0 && `; settings: ${data.settings.map(({ name }) => name).join(', ')}`}
      {told.length > 0 && `; variables: ${told.join('; ')}`}.{data.migrated.length > 0 && ` ${migratedWords(data.migrated)}`}
    </p>
  );
}
