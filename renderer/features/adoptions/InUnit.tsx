import { ArrowRightLeft, Undo2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Button } from '../../ui/Button.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { AdoptDialog, type Act } from './AdoptDialog.tsx';

interface Taken {
  host: string;
  app: string;
  unit: string;
}

/** An app that was taken over and runs in its own unit still: what that means, and the two ways on. */
export function InUnit({ host, app, unit, children }: Taken & { children: ReactNode }) {
  const [act, setAct] = useState<Act | null>(null);
  return (
    <Panel label="Where it runs">
      <div className="inside" style={{ display: 'grid', gap: 14 }}>
        <p className="sentence wrap">
          {app} runs in <b>{unit}</b>, as it did before. {children}
        </p>
        <p className="second wrap">
          In slots, a new release starts beside the one that serves, is checked, and takes over without a failed request; its variables are kept in versions. Its unit serves until
          its slot has answered.
        </p>
        <div className="line">
          <Button kind="primary" icon={ArrowRightLeft} onClick={() => setAct('move')}>
            Move to slots…
          </Button>
          <Button kind="ghost" icon={Undo2} onClick={() => setAct('giveback')}>
            Give back…
          </Button>
        </div>
      </div>
      {act !== null && <AdoptDialog asked={{ act, host, app, unit }} onClose={() => setAct(null)} />}
    </Panel>
  );
}

/** The end of the settings of an app that was taken over, in place of its removal. */
export function GiveBack({ host, app, unit, busy }: Taken & { busy: boolean }) {
  const [asks, setAsks] = useState(false);
  return (
    <Panel title={`Give ${app} back`}>
      <div className="inside line">
        <p className="grow second wrap">
          It was taken over from <span className="mono">{unit}</span>, whose files are kept. Given back, they are as they were, and its unit serves again: no request fails.
        </p>
        <Button kind="danger" icon={Undo2} off={busy && 'A deployment of it is running'} onClick={() => setAsks(true)}>
          Give back…
        </Button>
      </div>
      {asks && <AdoptDialog asked={{ act: 'giveback', host, app, unit }} onClose={() => setAsks(false)} />}
    </Panel>
  );
}
