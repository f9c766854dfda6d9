import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useCommand } from '../../lib/query.ts';
import { go } from '../../lib/router.ts';
import { useToasts } from '../../stores/toasts.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Checkbox } from '../../ui/Field.tsx';
import { Panel, Problem } from '../../ui/Panel.tsx';

/** Takes an app off its server, after a question that says how to undo it. */
export function RemoveApp({ host, app, busy }: { host: string; app: string; busy: boolean }) {
  const say = useToasts(({ say }) => say);
  const remove = useCommand('apps.remove', { touches: ['apps.'] });
  const [asks, setAsks] = useState(false);
  const [keep, setKeep] = useState(true);
  const close = () => {
    setAsks(false);
    setKeep(true);
  };
  const begin = () => {
    close();
    remove.mutate(
      { app, host, archive: keep, yes: true },
      {
        onSuccess: ({ archive }) => {
          say({ tone: 'done', title: `Removed ${app} from ${host}`, ...(archive !== null && { text: 'It can be put back for 30 days: see Removed apps.' }) });
          go(`/hosts/${host}/apps`);
        },
      },
    );
  };
  return (
    <Panel title={`Remove ${app}`}>
      <div className="inside line">
        <p className="grow second">Takes its releases, its data folder, its unit and its site off {host}. It can be put back for 30 days.</p>
        <Button kind="danger" icon={Trash2} working={remove.isPending && 'Removing'} off={busy && 'A deployment of it is running'} onClick={() => setAsks(true)}>
          Remove…
        </Button>
      </div>
      {remove.error !== null && <Problem failure={remove.error} />}
      <Dialog
        title={`Remove ${app} from ${host}?`}
        open={asks}
        onClose={close}
        footer={
          <>
            <Button data-first onClick={close}>
              Keep it
            </Button>
            <Button kind="solid" icon={Trash2} onClick={begin}>
              Remove {app}
            </Button>
          </>
        }
      >
        <p className="second wrap">
          Its releases, its data in <span className="mono">{`/srv/forgeboard/${app}/data`}</span>, its unit and its site go. Its address answers no more.
        </p>
        <Checkbox checked={keep} onChecked={setKeep}>
          Keep an archive on {host} for 30 days
        </Checkbox>
        <p className="second wrap">
          {keep
            ? `It holds data, variables, configuration and the live release. To undo it, restore ${app} at the end of the list of apps.`
            : 'Nothing of it is kept. This cannot be undone.'}
        </p>
      </Dialog>
    </Panel>
  );
}
