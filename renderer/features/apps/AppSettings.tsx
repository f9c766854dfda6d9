import { useQueryClient } from '@tanstack/react-query';
import { Play, RotateCw, Square } from 'lucide-react';
import { useState } from 'react';
import { useApi } from '../../lib/context.ts';
import { useCommand } from '../../lib/query.ts';
import { useRuns } from '../../stores/runs.ts';
import { useToasts } from '../../stores/toasts.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Facts, Panel, Problem } from '../../ui/Panel.tsx';
import { GiveBack } from '../adoptions/InUnit.tsx';
import { startAgain } from '../deployments/running.ts';
import { useApp } from '../hosts/facts.ts';
import { AppFrame } from './AppFrame.tsx';
import { RemoveApp } from './RemoveApp.tsx';
import { SettingsPanel } from './SettingsPanel.tsx';
import { Runbook } from './Runbook.tsx';

/** What an app is on its server, and how it goes. */
export function AppSettings({ host = '', app = '' }: { host?: string; app?: string }) {
  const facts = useApp(host, app);
  const say = useToasts(({ say }) => say);
  const tools = { api: useApi(), client: useQueryClient() };
  const stop = useCommand('apps.stop', { touches: ['apps.'] });
  const [asks, setAsks] = useState(false);
  const runs = useRuns(({ runs }) => runs);
  const release = facts.data?.release ?? null;
  const adopted = facts.data?.adopted ?? null;
  const inUnit = adopted?.moved === false ? `It runs in ${adopted.unit}, and is started and stopped there` : undefined;
  const stopped = facts.data?.state === 'stopped';
  const busy = (facts.data?.deploying ?? null) !== null || Object.values(runs).some((run) => run.end === null && run.host === host && run.app === app);
  const halt = () => {
    setAsks(false);
    stop.mutate({ app, host }, { onSuccess: ({ changed }) => say({ tone: 'done', title: changed ? `Stopped ${app}` : `${app} was stopped already` }) });
  };
  return (
    <AppFrame host={host} app={app}>
      <div className="page narrow">
        <Panel title="On the server">
          <div className="inside">
            <Facts
              of={[
                ['Folder', <span key="folder" className="mono">{`/srv/forgeboard/${app}`}</span>],
                ['Address', facts.data?.url ?? '—'],
                ['Python', facts.data?.python ?? '—'],
              ]}
            />
          </div>
        </Panel>
        <Panel title="Running">
          <div className="inside line">
            <p className="grow second">
              {stopped
                ? `${app} is stopped, and stays so over a reboot. Its address answers 502.`
                : 'A restart starts the release anew beside the running one and takes over: no request fails. Stopped, it stays so over a reboot.'}
            </p>
            {stopped ? (
              <Button icon={Play} off={busy && 'A deployment of it is running'} onClick={() => startAgain(tools, { host, app, kind: 'start', release })}>
                Start
              </Button>
            ) : (
              <>
                <Button
                  icon={RotateCw}
                  off={inUnit ?? (release === null ? 'Nothing of it is live' : busy && 'A deployment of it is running')}
                  onClick={() => startAgain(tools, { host, app, kind: 'restart', release })}
                >
                  Restart
                </Button>
                <Button
                  kind="danger"
                  icon={Square}
                  working={stop.isPending && 'Stopping'}
                  off={inUnit ?? (release === null ? 'Nothing of it is live' : busy && 'A deployment of it is running')}
                  onClick={() => setAsks(true)}
                >
                  Stop…
                </Button>
              </>
            )}
          </div>
          {stop.error !== null && <Problem failure={stop.error} />}
        </Panel>
        <SettingsPanel host={host} app={app} />
        <Runbook host={host} app={app} />
        {adopted === null ? <RemoveApp host={host} app={app} busy={busy} /> : <GiveBack host={host} app={app} unit={adopted.unit} busy={busy} />}
        <Dialog
          title={`Stop ${app}?`}
          open={asks}
          onClose={() => setAsks(false)}
          footer={
            <>
              <Button data-first onClick={() => setAsks(false)}>
                Keep it running
              </Button>
              <Button kind="solid" icon={Square} onClick={halt}>
                Stop {app}
              </Button>
            </>
          }
        >
          <p className="second wrap">Its processes end and its address answers 502, also after a reboot. Releases and data stay.</p>
          <p className="second wrap">To undo it, start it here or deploy it.</p>
        </Dialog>
      </div>
    </AppFrame>
  );
}
