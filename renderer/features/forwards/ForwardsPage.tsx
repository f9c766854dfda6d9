import { ArrowLeftRight } from 'lucide-react';
import { count } from '../../lib/format.ts';
import { runs, useForwards } from '../../stores/forwards.ts';
import { Empty, Panel } from '../../ui/Panel.tsx';
import { Table } from '../../ui/Table.tsx';
import { HostFrame } from '../hosts/HostFrame.tsx';
import { ForwardForm } from './ForwardForm.tsx';
import { ForwardRow } from './ForwardRow.tsx';
import './Forwards.css';

/** What is carried between this computer and what a server reaches. */
export function ForwardsPage({ host = '' }: { host?: string }) {
  const of = useForwards(({ of }) => of).filter((one) => one.host === host);
  const open = of.filter(({ state }) => runs(state)).length;
  return (
    <HostFrame host={host} about={of.length > 0 && `${open} of ${count(of.length, 'forward')} open`}>
      <div className="page">
        <Panel className="forwards" label="Forwards">
          {of.length === 0 ? (
            <Empty icon={ArrowLeftRight} title="No forward yet">
              A forward lets a program on this computer reach what only {host} reaches, like its database, over the connection that is there already.
            </Empty>
          ) : (
            <Table
              columns={[{ head: 'Status', width: 150 }, { head: 'Taken at', width: 190 }, { head: 'Leads to' }, { head: 'Connections', width: 130, className: 'wide-only number' }]}
              acts={216}
            >
              {of.map((one) => (
                <ForwardRow key={one.id} of={one} />
              ))}
            </Table>
          )}
        </Panel>
        <ForwardForm host={host} />
      </div>
    </HostFrame>
  );
}
