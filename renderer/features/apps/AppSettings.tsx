import { Trash2 } from 'lucide-react';
import { useCommand } from '../../lib/query.ts';
import { go } from '../../lib/router.ts';
import { useToasts } from '../../stores/toasts.ts';
import { Button } from '../../ui/Button.tsx';
import { Facts, Panel, Problem } from '../../ui/Panel.tsx';
import { useApp } from '../hosts/facts.ts';
import { AppFrame } from './AppFrame.tsx';

/** What an app is on its server, and how it goes. */
export function AppSettings({ host = '', app = '' }: { host?: string; app?: string }) {
  const facts = useApp(host, app);
  const say = useToasts(({ say }) => say);
  const remove = useCommand('apps.remove', { touches: ['apps.'] });
  const begin = () =>
    remove.mutate(
      { app, host },
      {
        onSuccess: () => {
          say({ tone: 'done', title: `Removed ${app} from ${host}` });
          go(`/hosts/${host}/apps`);
        },
      },
    );
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
        <Panel title={`Remove ${app}`}>
          <div className="inside line">
            <p className="grow second">Takes its releases, its data folder, its unit and its site off {host}. This cannot be undone.</p>
            <Button kind="danger" icon={Trash2} working={remove.isPending && 'Removing'} onClick={begin}>
              Remove…
            </Button>
          </div>
          {remove.error !== null && remove.error.problem !== 'cancelled' && <Problem failure={remove.error} />}
        </Panel>
      </div>
    </AppFrame>
  );
}
