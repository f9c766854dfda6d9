import type { QueryClient } from '@tanstack/react-query';
import { Failure } from '../../../shared/errors.ts';
import type { Api } from '../../lib/api.ts';
import { seconds } from '../../lib/format.ts';
import { go } from '../../lib/router.ts';
import { type Folder, useFolders } from '../../stores/folders.ts';
import { useRuns } from '../../stores/runs.ts';
import { useToasts } from '../../stores/toasts.ts';
import { placeOf } from './places.ts';
import { endOfFailure, ended, folded, newRun, type Run } from './progress.ts';

interface Tools {
  api: Api;
  client: QueryClient;
}

let started = 0;

/** Starts a deployment and tells it to whoever looks; it outlives its page, this window, and the connection. */
export function startRun({ api, client }: Tools, { folder, host, app, entryPoint }: { folder: Folder; host: string; app: string; entryPoint?: string | undefined }): void {
  started += 1;
  const key = `${host}/${app}/${started}`;
  const { set } = useRuns.getState();
  const began = Date.now();
  set(key, () => newRun(host, app, null, began));
  useFolders.getState().remember(host, app, folder);
  go(`/hosts/${host}/apps/${app}/deployments/now`);
  const change = (to: (run: Run) => Run) => set(key, (run) => to(run ?? newRun(host, app, null, began)));
  api
    .call(
      'deployments.start',
      { folder: folder.handle, host, app, ...(entryPoint !== undefined && { entryPoint }) },
      { onEvent: (event) => change((run) => folded(run, event, Date.now())) },
    )
    .then((done) => {
      change((run) => ended({ ...run, deployment: done.deployment }, { outcome: done.outcome, release: done.release, ms: done.ms }));
      tell(
        key,
        'done',
        done.outcome === 'live' ? `${app}: release ${done.release} is live` : `${app}: nothing was changed`,
        done.outcome === 'live' ? `In ${seconds(done.ms)}.` : `Release ${done.release} is this very folder.`,
      );
    })
    .catch((error: unknown) => {
      const failure = error instanceof Failure ? error : new Failure('bug', String(error));
      change((run) => ended(run, { ...endOfFailure(failure), ms: Date.now() - began }));
      if (failure.problem !== 'cancelled') tell(key, 'failed', `${app}: the deploy failed`, failure.message);
    })
    .finally(() => void client.invalidateQueries({ predicate: ({ queryKey: [name] }) => /^(apps|deployments)\./.test(String(name)) }));
}

/** Tells a deployment again from its first step: one that runs, one of another laptop, or one of long ago. */
export function followRun({ api, client }: Tools, host: string, app: string, deployment: number, key = `${host}/${app}#${deployment}`): void {
  const { set } = useRuns.getState();
  const known = useRuns.getState().runs[key];
  const began = known?.beganAt ?? Date.now();
  let run = newRun(host, app, deployment, began);
  const change = (to: (run: Run) => Run) => {
    run = to(run);
    set(key, () => run);
  };
  change((same) => same);
  api
    .call('deployments.follow', { host, app, deployment }, { onEvent: (event) => change((now) => folded(now, event, Date.now())) })
    .then(({ outcome, release, reason, hint, log, startedAt }) =>
      change((now) =>
        ended(
          { ...now, beganAt: Date.parse(startedAt) },
          { outcome: outcome === 'running' ? 'unknown' : outcome === 'switched-back' ? 'failed' : outcome, release, reason, hint, log },
        ),
      ),
    )
    .catch((error: unknown) => change((now) => ended(now, endOfFailure(error instanceof Failure ? error : new Failure('bug', String(error))))))
    .finally(() => void client.invalidateQueries({ predicate: ({ queryKey: [name] }) => /^(apps|deployments)\./.test(String(name)) }));
}

/** News of a deployment that ended: a toast where its page is not open, a notification where the window is not in front. */
function tell(key: string, tone: 'done' | 'failed', title: string, text: string): void {
  const run = useRuns.getState().runs[key];
  if (run === undefined) return;
  const place = placeOf(run);
  window.board.notify(title, text, place);
  if (location.hash.startsWith(`#/hosts/${run.host}/apps/${run.app}/deployments/`)) return;
  useToasts.getState().say({ tone, title, text, act: { label: 'Show', run: () => go(place) } });
}
