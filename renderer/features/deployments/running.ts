import type { QueryClient } from '@tanstack/react-query';
import { Failure, type FailureRecord } from '../../../shared/errors.ts';
import type { DeploymentFix, DeploymentProgress } from '../../../shared/contract/deployments.ts';
import type { Api, Input, Output } from '../../lib/api.ts';
import { seconds } from '../../lib/format.ts';
import { go, here } from '../../lib/router.ts';
import { type Folder, useFolders } from '../../stores/folders.ts';
import { useImports } from '../../stores/imports.ts';
import { useRuns } from '../../stores/runs.ts';
import { useToasts } from '../../stores/toasts.ts';
import { kindNames } from '../apps/words.ts';
import { placeOf } from './places.ts';
import { endOfFailure, ended, folded, newRun, type Run } from './progress.ts';

interface Tools {
  api: Api;
  client: QueryClient;
}

let started = 0;

/** What the form of a deploy sends. */
interface Sent {
  folder: Folder;
  host: string;
  app: string;
  entryPoint?: string | undefined;
  /** The name was typed: the form was not opened for an app that is there. */
  named: boolean;
}

/** Starts a deployment and tells it to whoever looks; it outlives its page, this window, and the connection. */
export function startRun(tools: Tools, { folder, host, app, entryPoint, named }: Sent): void {
  const { remember, offer } = useFolders.getState();
  if (!folder.again) remember(host, app, folder);
  const input = { folder: folder.handle, host, app, ...(entryPoint !== undefined && { entryPoint }) };
  const from = here();
  begin(tools, { host, app, kind: 'deploy', release: null }, (onEvent) => tools.api.call('deployments.start', input, { onEvent }), {
    mends: ({ field }) => formFields.includes(field ?? ''),
    refused: (failure) => {
      go(from, { replace: true });
      offer({ folder: folder.again ? null : folder, host, ...(named ? { name: app } : { app }), entryPoint, refused: failure });
    },
  });
}

/** What the plan of an import sends. */
interface Imported {
  folder: Folder;
  host: string;
  app: string;
  settings: NonNullable<Input<'deployments.start'>['settings']>;
  /** Something was put right: it is written into the folder's forgeboard.yml. */
  remember: boolean;
  values: { name: string; value: string; secret: boolean }[];
  /** Variables whose values stay in this .env until the backend reads them. */
  dotenv: { file: string; only: string[] } | null;
}

/** Deploys a folder as its plan says: what it needs is on the server before it starts. */
export function startImport(tools: Tools, { folder, host, app, settings, remember, values, dotenv }: Imported): void {
  const { api, client } = tools;
  useFolders.getState().remember(host, app, folder);
  const from = here();
  const call: Call = async (onEvent) => {
    if (remember) await api.call('imports.remember', { folder: folder.handle, settings });
    await asStep(onEvent, [
      ...(dotenv === null ? [] : [() => api.call('variables.import', { app, host, ...dotenv })]),
      ...(values.length === 0 ? [] : [() => api.call('variables.set', { app, host, set: values })]),
    ]);
    return api.call('deployments.start', { folder: folder.handle, host, app, settings }, { onEvent });
  };
  begin({ api, client }, { host, app, kind: 'deploy', release: null, sent: settings }, call, {
    mends: ({ field, problem }) => formFields.includes(field ?? '') || problem === 'config-invalid',
    refused: (failure) => {
      const { brought, bring } = useImports.getState();
      bring({ ...brought, folder, host, refused: failure });
      go(from, { replace: true });
    },
  });
}

/**
 * What is set before a deployment, as one step of it: of an app that runs each is a deployment of its own, and with its number
 * the page would follow that one.
 */
async function asStep(onEvent: OnEvent, work: readonly (() => Promise<unknown>)[]): Promise<void> {
  if (work.length === 0) return;
  const from = Date.now();
  onEvent({ type: 'step', name: 'variables', status: 'running' });
  for (const one of work) await one();
  onEvent({ type: 'step', name: 'variables', status: 'done', ms: Date.now() - from });
}

/** Deploys the same folder again with what mends it: a variable with its value, or other settings. */
export function startMended({ api, client }: Tools, { host, app, sent }: Run, { variable, settings }: DeploymentFix, value: string): void {
  const known = useFolders.getState().of[`${host}/${app}`];
  const all = sent === undefined && settings === null ? undefined : { ...sent, ...settings };
  const call: Call = async (onEvent) => {
    const folder = known !== undefined && known.again !== true ? known : (await api.call('deployments.folder', { host, app })).folder;
    if (folder === null) throw new Failure('unreadable', `The folder of ${app} is not on this computer any more`, { hint: 'Deploy it from where it is now.' });
    if (variable !== null) await asStep(onEvent, [() => api.call('variables.set', { app, host, set: [{ ...variable, value }] })]);
    return api.call('deployments.start', { folder: folder.handle, host, app, ...(all !== undefined && { settings: all }) }, { onEvent });
  };
  begin({ api, client }, { host, app, kind: 'deploy', release: null, sent: all }, call);
}

/** What the form of a deploy can mend. */
const formFields = ['folder', 'app', 'host', 'entryPoint', 'entrypoint'];

/** Makes an older release live again; told like a deployment, which it is. */
export function startRollback(tools: Tools, { host, app, release }: { host: string; app: string; release: number }): void {
  begin(tools, { host, app, kind: 'rollback', release }, (onEvent) => tools.api.call('deployments.rollback', { host, app, release }, { onEvent }));
}

/** Restarts an app, or starts a stopped one. */
export function startAgain(tools: Tools, { host, app, kind, release }: { host: string; app: string; kind: 'restart' | 'start'; release: number | null }): void {
  begin(tools, { host, app, kind, release }, (onEvent) => tools.api.call(`apps.${kind}`, { host, app }, { onEvent }));
}

/** Puts a removed app back; told like its first deployment. */
export function startRestore(tools: Tools, { host, app, archive }: { host: string; app: string; archive: string }): void {
  begin(tools, { host, app, kind: 'start', release: null }, (onEvent) => tools.api.call('apps.restore', { host, app, archive }, { onEvent }));
}

/** Moves an app out of the unit that it was taken over from; told like a first deployment, which it is. */
export function startMove(tools: Tools, { host, app, digest }: { host: string; app: string; digest: string }): void {
  const from = here();
  const call: Call = async (onEvent) => ({ ...(await tools.api.call('adoptions.move', { host, app, digest }, { onEvent })), outcome: 'live' });
  begin(tools, { host, app, kind: 'deploy', release: null }, call, { mends: ({ problem }) => problem === 'conflict', refused: () => go(from, { replace: true }) });
}

/** Why nothing was begun, where the page of what was typed can mend it. */
const mendable = ['conflict', 'invalid', 'limit', 'busy'];

/**
 * A call whose page wants to know how it ended.
 * @param told null once it is done; why, where it is not, unless nobody knows
 */
function announced<T>(told: (failure: FailureRecord | null) => void, make: (onEvent: OnEvent) => Promise<T>, resultOf: (done: T) => Result): Call {
  return async (onEvent) => {
    try {
      const done = await make(onEvent);
      told(null);
      return resultOf(done);
    } catch (error) {
      if (error instanceof Failure && error.problem !== 'unknown-outcome') told(error.toJSON());
      throw error;
    }
  };
}

/**
 * Sets variables: the release that is live starts with them in the other slot.
 * @param told null once they are live; why, where they are not
 */
export function startVariables(
  { api, client }: Tools,
  input: Input<'variables.set'> & { host: string; app: string },
  release: number | null,
  told: (failure: FailureRecord | null) => void,
): void {
  const { host, app } = input;
  const from = here();
  const call = announced(
    told,
    (onEvent) => api.call('variables.set', input, { onEvent }),
    ({ outcome, deployment, release: runs, version, ms }) => {
      if (deployment === null || runs === null || outcome === 'stored') {
        throw new Failure('conflict', `${app} was stopped meanwhile: version ${version} is stored, and it starts with it`);
      }
      return { deployment, release: runs, outcome, ms };
    },
  );
  begin({ api, client }, { host, app, kind: 'variables', release }, call, { mends: ({ problem }) => mendable.includes(problem), refused: () => go(from, { replace: true }) });
}

/**
 * Puts the settings of a plan in force; told like a deployment, which it is.
 * @param told null once they are; why, where they are not
 */
export function startConfigure(
  { api, client }: Tools,
  input: Input<'apps.apply'> & { host: string; app: string },
  release: number | null,
  told: (failure: FailureRecord | null) => void,
): void {
  const { host, app } = input;
  const from = here();
  const call = announced(
    told,
    (onEvent) => api.call('apps.apply', input, { onEvent }),
    (done) => ({ ...done, release: done.release ?? release }),
  );
  begin({ api, client }, { host, app, kind: 'configure', release }, call, {
    mends: ({ problem }) => mendable.includes(problem) || problem === 'config-invalid',
    refused: () => go(from, { replace: true }),
  });
}

interface Form {
  mends(failure: Failure): boolean;
  refused(failure: FailureRecord): void;
}

type Begun = Pick<Run, 'host' | 'app' | 'kind' | 'release' | 'sent'>;
type OnEvent = (event: DeploymentProgress) => void;
type Result = { deployment: number | null; outcome: 'live' | 'unchanged' | 'applied'; release: number | null; ms: number };
type Call = (onEvent: OnEvent) => Promise<Result>;

/** @param form where there is one to go back to: told when nothing began for a fault that it can mend */
function begin({ client }: Tools, { host, app, kind, release, sent }: Begun, call: Call, form?: Form): void {
  started += 1;
  const key = `${host}/${app}/${started}`;
  const { set } = useRuns.getState();
  const began = Date.now();
  const first = () => ({ ...newRun(host, app, null, began, kind, release), sent });
  const change = (to: (run: Run) => Run) => set(key, (run) => to(run ?? first()));
  set(key, first);
  go(`/hosts/${host}/apps/${app}/deployments/now`);
  call((event) => change((run) => folded(run, event, Date.now())))
    .then((done) => {
      change((run) => ended({ ...run, deployment: done.deployment, release: done.release }, { outcome: done.outcome, release: done.release, ms: done.ms }));
      if (done.outcome === 'unchanged') {
        tell(
          key,
          'done',
          `${app}: nothing was changed`,
          kind === 'deploy' ? `Release ${done.release} is this very folder.` : kind === 'configure' ? 'All was so already.' : `Release ${done.release} runs already.`,
        );
      } else {
        const title = {
          deploy: `${app}: release ${done.release} is live`,
          rollback: `Rolled back ${app} to release ${done.release}`,
          restart: `Restarted ${app}`,
          start: `Started ${app}`,
          variables: `Changed variables of ${app}`,
          configure: `Changed settings of ${app}`,
        }[kind];
        tell(key, 'done', title, `In ${seconds(done.ms)}.`);
      }
    })
    .catch((error: unknown) => {
      const failure = error instanceof Failure ? error : new Failure('bug', String(error));
      const isShown = here() === `/hosts/${host}/apps/${app}/deployments/now`;
      if (form !== undefined && isShown && form.mends(failure)) {
        form.refused(failure.toJSON());
        useRuns.getState().forget(key);
        return;
      }
      change((run) => ended(run, { ...endOfFailure(failure), ms: Date.now() - began }));
      if (failure.problem !== 'cancelled') tell(key, 'failed', `${app}: the ${kindNames[kind]} failed`, failure.message);
    })
    .finally(() => readAgain(client));
}

const readAgain = (client: QueryClient) =>
  void client.invalidateQueries({ predicate: ({ queryKey: [name] }) => /^(adoptions|apps|deployments|domains|releases|variables)\./.test(String(name)) });

/** Tells a deployment again from its first step: one that runs, one of another laptop, or one of long ago. */
export function followRun({ api, client }: Tools, host: string, app: string, deployment: number, key = `${host}/${app}#${deployment}`): void {
  const { set } = useRuns.getState();
  const known = useRuns.getState().runs[key];
  const began = known?.beganAt ?? Date.now();
  const listed = client.getQueryData<Output<'apps.get'>>(['apps.get', { host, app }])?.deployments.find((one) => one.deployment === deployment);
  let run = newRun(host, app, deployment, began, known?.kind ?? listed?.kind, known?.release ?? listed?.target);
  const change = (to: (run: Run) => Run) => {
    run = to(run);
    set(key, () => run);
  };
  change((same) => same);
  api
    .call('deployments.follow', { host, app, deployment }, { onEvent: (event) => change((now) => folded(now, event, Date.now())) })
    .then(({ kind, outcome, release, target, reason, hint, fix, log, startedAt }) =>
      change((now) =>
        ended(
          // Of a failed one `release` is what serves, not what it tried; an older server names no target.
          {
            ...now,
            kind,
            release: target ?? (kind === 'deploy' ? deployment : outcome === 'live' || outcome === 'switched-back' ? release : now.release),
            beganAt: Date.parse(startedAt),
          },
          { outcome: outcome === 'running' ? 'unknown' : outcome, release, reason, hint, fix, log },
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
