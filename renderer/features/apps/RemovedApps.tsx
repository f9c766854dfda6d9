import { useQueryClient } from '@tanstack/react-query';
import { ArchiveRestore, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { RemovedApp } from '../../../shared/contract/apps.ts';
import { useApi } from '../../lib/context.ts';
import { bytes } from '../../lib/format.ts';
import { useCommand, useOperation } from '../../lib/query.ts';
import { useToasts } from '../../stores/toasts.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Panel, Problem } from '../../ui/Panel.tsx';
import { Table } from '../../ui/Table.tsx';
import { Time } from '../../ui/Time.tsx';
import { startRestore } from '../deployments/running.ts';

/** What was removed from a server and can still be put back; nothing where there is none. */
export function RemovedApps({ host, apps }: { host: string; apps: readonly string[] }) {
  const tools = { api: useApi(), client: useQueryClient() };
  const say = useToasts(({ say }) => say);
  const { data } = useOperation('apps.removed', { host }, { every: 60_000 });
  const purge = useCommand('apps.purge', { touches: ['apps.removed'] });
  const [asked, setAsked] = useState<RemovedApp | null>(null);
  if (data === undefined || data.removed.length === 0) return null;
  const close = () => setAsked(null);
  const erase = ({ app, archive }: RemovedApp) => {
    close();
    purge.mutate({ host, app, archive, yes: true }, { onSuccess: () => say({ tone: 'done', title: `Deleted the archive of ${app}` }) });
  };
  return (
    <Panel
      title="Removed apps"
      note={`kept on the server for 30 days: ${bytes(data.removed.reduce((sum, { archiveBytes }) => sum + archiveBytes, 0))} in all, ${bytes(data.freeBytes)} are free`}
    >
      <Table
        columns={[
          { head: 'App' },
          { head: 'Removed', width: 120 },
          { head: 'By', width: 150 },
          { head: 'Archive', width: 84, className: 'number' },
          { head: 'Kept until', width: 96 },
        ]}
        acts={160}
      >
        {data.removed.map((one) => (
          <tr key={one.archive} aria-label={`${one.app}, removed`}>
            <td title={one.archive}>
              <b>{one.app}</b>
            </td>
            <td className="third">
              <Time at={one.removedAt} />
            </td>
            <td className="third" title={one.by}>
              {one.by}
            </td>
            <td className="number">{bytes(one.archiveBytes)}</td>
            <td className="third">{new Date(one.until).toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })}</td>
            <td className="number">
              <div className="line" style={{ justifyContent: 'flex-end' }}>
                <Button
                  size="mini"
                  icon={ArchiveRestore}
                  off={apps.includes(one.app) && `There is an app ${one.app} on ${host}`}
                  onClick={() => startRestore(tools, { host, app: one.app, archive: one.archive })}
                >
                  Restore
                </Button>
                <IconButton size="mini" label={`Delete the archive of ${one.app}`} icon={Trash2} onClick={() => setAsked(one)} />
              </div>
            </td>
          </tr>
        ))}
      </Table>
      {purge.error !== null && <Problem failure={purge.error} />}
      <Dialog
        title={`Delete the archive of ${asked?.app ?? ''}?`}
        open={asked !== null}
        onClose={close}
        footer={
          <>
            <Button data-first onClick={close}>
              Keep it
            </Button>
            <Button kind="solid" icon={Trash2} onClick={() => asked !== null && erase(asked)}>
              Delete it
            </Button>
          </>
        }
      >
        <p className="second wrap">Its data, variables and release are gone from {host} then. This cannot be undone.</p>
      </Dialog>
    </Panel>
  );
}
