import { FileText } from 'lucide-react';
import { useState } from 'react';
import { useOperation } from '../../lib/query.ts';
import { Button } from '../../ui/Button.tsx';
import { CopyButton } from '../../ui/CopyButton.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Panel, Problem, Skeleton } from '../../ui/Panel.tsx';
import '../../ui/Code.css';

/** What the server has of an app and how to run it by hand, as a text to keep. */
export function Runbook({ host, app }: { host: string; app: string }) {
  const [open, setOpen] = useState(false);
  const read = useOperation('apps.eject', { host, app }, { enabled: open });
  const text = read.data?.text;
  return (
    <Panel title="Eject">
      <div className="inside line">
        <p className="grow second">A runbook of everything of {app} on the server, with commands that work without ForgeBoard.</p>
        <Button icon={FileText} onClick={() => setOpen(true)}>
          Show the runbook
        </Button>
      </div>
      <Dialog
        title={`Runbook of ${app}`}
        open={open}
        onClose={() => setOpen(false)}
        footer={
          <>
            <span className="small third">Variables are named; their values are not in it.</span>
            <CopyButton data-first kind="primary" text={text ?? ''} verb="Copy it" off={text === undefined && 'It is still read'} />
          </>
        }
      >
        {text !== undefined ? (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard
          <section className="well" tabIndex={0} aria-label="Runbook">
            <div>{text}</div>
          </section>
        ) : read.error !== null ? (
          <Problem failure={read.error} />
        ) : (
          <Skeleton />
        )}
      </Dialog>
    </Panel>
  );
}
