import { useQueryClient } from '@tanstack/react-query';
import { AlignLeft, ExternalLink, Square, Upload } from 'lucide-react';
import { useEffect } from 'react';
import { useApi } from '../../lib/context.ts';
import { useCommand } from '../../lib/query.ts';
import { go } from '../../lib/router.ts';
import { useFolders } from '../../stores/folders.ts';
import { useRuns } from '../../stores/runs.ts';
import { Button } from '../../ui/Button.tsx';
import { CopyButton } from '../../ui/CopyButton.tsx';
import { Skeleton } from '../../ui/Panel.tsx';
import type { Output } from '../../lib/api.ts';
import { AppFrame } from '../apps/AppFrame.tsx';
import { kindWords } from '../apps/words.ts';
import { useApp } from '../hosts/facts.ts';
import { placeOf } from './places.ts';
import type { Run } from './progress.ts';
import { RunHead, sentenceOf } from './RunHead.tsx';
import { RollBackButton } from './Rollback.tsx';
import { followRun, startMended } from './running.ts';
import { Steps } from './Steps.tsx';
import { WhatToDo } from './WhatToDo.tsx';

/** One deployment: running, failed, or how it went. `now` is the newest of this window. */
export function DeploymentPage({ host = '', app = '', number = '' }: { host?: string; app?: string; number?: string }) {
  const tools = { api: useApi(), client: useQueryClient() };
  const runs = useRuns(({ runs }) => runs);
  const facts = useApp(host, app);
  const mine = Object.entries(runs).filter(([, run]) => run.host === host && run.app === app);
  const found = number === 'now' ? mine.sort(([, one], [, other]) => other.beganAt - one.beganAt)[0] : mine.find(([, run]) => run.deployment === Number(number));
  const run = found?.[1];
  const offer = useFolders(({ offer }) => offer);
  const folder = useFolders(({ of }) => of[`${host}/${app}`]);
  const cancel = useCommand('deployments.cancel', { touches: ['apps.'] });

  useEffect(() => {
    if (run === undefined && number !== 'now') followRun(tools, host, app, Number(number));
    else if (run === undefined) go(`/hosts/${host}/apps/${app}/deployments`, { replace: true });
    else if (number === 'now' && run.deployment !== null) go(placeOf(run), { replace: true });
  });

  const url = facts.data?.url ?? null;
  const deploy = () => offer({ folder: folder ?? null, host, app });
  const actions =
    run?.end === null ? (
      <>
        <Button icon={AlignLeft} onClick={() => go(`/hosts/${host}/apps/${app}/logs`)}>
          Logs
        </Button>
        <Button
          icon={Square}
          working={cancel.isPending && 'Stopping'}
          off={run.steps.some(({ name }) => name === 'switch' || name === 'drain') && 'The switch has begun; it is done in a moment'}
          onClick={() => cancel.mutate({ host, app })}
        >
          {run.kind === 'deploy' ? 'Stop deploying' : 'Stop it'}
        </Button>
      </>
    ) : run === undefined ? undefined : (
      <>
        {(run.end.outcome === 'failed' || run.end.outcome === 'switched-back') && <CopyButton text={report(run)} verb="Copy report" />}
        {url !== null && (run.end.outcome === 'live' || run.end.outcome === 'unchanged') && (
          <Button icon={ExternalLink} onClick={() => void window.board.openExternal(url)}>
            Open
          </Button>
        )}
        <RollBackButton host={host} app={app} />
        <Button icon={Upload} kind={run.end.outcome === 'failed' ? 'plain' : 'primary'} onClick={deploy}>
          {run.end.outcome === 'failed' && run.kind === 'deploy' ? 'Deploy again' : 'Deploy'}
        </Button>
      </>
    );

  return (
    <AppFrame host={host} app={app} actions={actions} {...(run !== undefined && { run })}>
      <div className="page tight">
        {run === undefined ? (
          <Skeleton />
        ) : (
          <>
            <RunHead run={run} app={facts.data} />
            {run.end !== null && run.end.reason !== null && run.end.outcome !== 'live' && (
              <WhatToDo run={run} onDeploy={deploy} onMend={(fix, value) => startMended(tools, run, fix, value)} />
            )}
            <Steps run={run} {...(run.end === null && { note: 'You can leave this page; it goes on and stays in the sidebar' })} />
            {run.notes.map((note) => (
              <p key={note} className="small third wrap">
                {note}
              </p>
            ))}
          </>
        )}
        <Spoken run={run} app={facts.data} />
      </div>
    </AppFrame>
  );
}

/** A deploy speaks at its start, its switch and its end, and never each line. */
function Spoken({ run, app }: { run: Run | undefined; app: Output<'apps.get'> | undefined }) {
  const failed = run?.end?.outcome === 'failed';
  const switched = run?.steps.some(({ name, status }) => name === 'switch' && status === 'done') ?? false;
  return (
    <>
      <p className="heard" role="status">
        {run !== undefined && !failed && (run.end === null ? (switched ? 'Switched' : `${kindWords[run.kind][1].replace(/ to$/, '')} ${run.app}`) : sentenceOf(run, app))}
      </p>
      <p className="heard" role="alert">
        {failed && run !== undefined && sentenceOf(run, app)}
      </p>
    </>
  );
}

const report = ({ app, host, deployment, steps, end }: Run) =>
  [
    `${app} on ${host}, deployment ${deployment ?? '-'}: ${end?.outcome}`,
    end?.reason ?? '',
    end?.hint ?? '',
    '',
    ...steps.map(({ name, status, ms, detail }) => `${name} ${status} ${ms ?? '-'} ms ${detail ?? ''}`),
    '',
    ...(end?.log ?? []),
  ].join('\n');
