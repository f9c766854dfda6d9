import type { QueryClient } from '@tanstack/react-query';
import { Failure } from '../../../shared/errors.ts';
import type { DeploymentProgress } from '../../../shared/contract/deployments.ts';
import type { Api, Output } from '../../lib/api.ts';
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
export function startRun(tools: Tools, { folder, host, app, entryPoint }: { folder: Folder; host: string; app: string; entryPoint?: string | undefined }): void {
  useFolders.getState().remember(host, app, folder);
  const input = { folder: folder.handle, host, app, ...(entryPoint !== undefined && { entryPoint }) };
  begin(tools, { host, app, kind: 'deploy', release: null }, (onEvent) => tools.api.call('deployments.start', input, { onEvent }));
}

/** Makes an older release live again; told like a deployment, which it is. */
export function startRollback(tools: Tools, { host, app, release }: { host: string; app: string; release: number }): void {
  begin(tools, { host, app, kind: 'rollback', release }, (onEvent) => tools.api.call('deployments.rollback', { host, app, release }, { onEvent }));
}

/** Restarts an app, or starts a stopped one. */
export function startAgain(tools: Tools, { host, app, kind, release }: { host: string; app: string; kind: 'restart' | 'start'; release: number | null }): void {
  begin(tools, { host, app, kind, release }, (onEvent) => tools.api.call(`apps.${kind}`, { host, app }, { onEvent }));
}

const failedWords = { deploy: 'the deploy', rollback: 'the rollback', restart: 'the restart', start: 'the start' } as const;

type Begun = Pick<Run, 'host' | 'app' | 'kind' | 'release'>;
type Call = (onEvent: (event: DeploymentProgress) => void) => Promise<Pick<Output<'deployments.start'>, 'deployment' | 'outcome' | 'release' | 'ms'>>;

function begin({ client }: Tools, { host, app, kind, release }: Begun, call: Call): void {
  started += 1;
  const key = `${host}/${app}/${started}`;
  const { set } = useRuns.getState();
  const began = Date.now();
  const first = () => newRun(host, app, null, began, kind, release);
  const change = (to: (run: Run) => Run) => set(key, (run) => to(run ?? first()));
  set(key, first);
  go(`/hosts/${host}/apps/${app}/deployments/now`);
  call((event) => change((run) => folded(run, event, Date.now())))
    .then((done) => {
      change((run) => ended({ ...run, deployment: done.deployment, release: done.release }, { outcome: done.outcome, release: done.release, ms: done.ms }));
      if (done.outcome === 'unchanged') {
        tell(key, 'done', `${app}: nothing was changed`, kind === 'deploy' ? `Release ${done.release} is this very folder.` : `Release ${done.release} runs already.`);
      } else {
        const title = {
          deploy: `${app}: release ${done.release} is live`,
          rollback: `Rolled back ${app} to release ${done.release}`,
          restart: `Restarted ${app}`,
          start: `Started ${app}`,
        }[kind];
        tell(key, 'done', title, `In ${seconds(done.ms)}.`);
      }
    })
    .catch((error: unknown) => {
      const failure = error instanceof Failure ? error : new Failure('bug', String(error));
      change((run) => ended(run, { ...endOfFailure(failure), ms: Date.now() - began }));
      if (failure.problem !== 'cancelled') tell(key, 'failed', `${app}: ${failedWords[kind]} failed`, failure.message);
    })
    .finally(() => readAgain(client));
}

const readAgain = (client: QueryClient) => void client.invalidateQueries({ predicate: ({ queryKey: [name] }) => /^(apps|deployments|releases)\./.test(String(name)) });

/** Tells a deployment again from its first step: one that runs, one of another laptop, or one of long ago. */
export function followRun({ api, client }: Tools, host: string, app: string, deployment: number, key = `${host}/${app}#${deployment}`): void {
  const { set } = useRuns.getState();
  const known = useRuns.getState().runs[key];
  const began = known?.beganAt ?? Date.now();
  const listed = client.getQueryData<Output<'apps.get'>>(['apps.get', { host, app }])?.deployments.find((one) => one.deployment === deployment);
  let run = newRun(host, app, deployment, began, known?.kind ?? listed?.kind, known?.release);
  const change = (to: (run: Run) => Run) => {
    run = to(run);
    set(key, () => run);
  };
  change((same) => same);
  api
    .call('deployments.follow', { host, app, deployment }, { onEvent: (event) => change((now) => folded(now, event, Date.now())) })
    .then(({ kind, outcome, release, reason, hint, log, startedAt }) =>
      change((now) =>
        ended(
          // A failed one says which release serves, not which one it tried.
          { ...now, kind, release: kind === 'deploy' ? deployment : outcome === 'live' || outcome === 'switched-back' ? release : now.release, beganAt: Date.parse(startedAt) },
          { outcome: outcome === 'running' ? 'unknown' : outcome, release, reason, hint, log },
        ),
      ),
    )
    .catch((error: unknown) => change((now) => ended(now, endOfFailure(error instanceof Failure ? error : new Failure('bug', String(error))))))
    .finally(() => readAgain(client));
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
