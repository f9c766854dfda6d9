import { ArrowLeftRight } from 'lucide-react';
import { count } from '../../lib/format.ts';
import { runs, useForwards } from '../../stores/forwards.ts';
import { Empty, Panel } from '../../ui/Panel.tsx';
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
        <Panel label="Forwards">
          {of.length === 0 ? (
            <Empty icon={ArrowLeftRight} title="No forward yet">
              A forward lets a program on this computer reach what only {host} reaches, like its database, over the connection that is there already.
            </Empty>
          ) : (
            <table className="table forwards">
              <colgroup>
                <col style={{ width: 150 }} />
                <col style={{ width: 190 }} />
                <col />
                <col className="wide-only" style={{ width: 130 }} />
                <col style={{ width: 216 }} />
              </colgroup>
              <thead>
                <tr>
                  <th>Status</th>
                  <th>Taken at</th>
                  <th>Leads to</th>
                  <th className="wide-only number">Connections</th>
                  <th>
                    <span className="heard">Acts</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {of.map((one) => (
                  <ForwardRow key={one.id} of={one} />
                ))}
              </tbody>
            </table>
          )}
        </Panel>
        <ForwardForm host={host} />
      </div>
    </HostFrame>
  );
}
