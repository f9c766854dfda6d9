import { formatAddress } from '../../../shared/rules/address.ts';
import { useOperation } from '../../lib/query.ts';
import { go } from '../../lib/router.ts';
import { Panel, Problem, Skeleton } from '../../ui/Panel.tsx';
import { Bar } from '../window/Bar.tsx';
import { useHosts } from './facts.ts';
import { Fingerprint } from './Fingerprint.tsx';
import './AddServer.css';

/** The key that a known server shows now, beside the one it showed before. */
export function KeyPage({ host = '' }: { host?: string }) {
  const known = useHosts().data?.hosts.find(({ name }) => name === host);
  const address = known === undefined ? '' : formatAddress({ user: known.user, host: known.address, port: known.port });
  const probe = useOperation('hosts.probe', { address: known?.alias ?? address }, { enabled: known !== undefined });
  return (
    <>
      <Bar crumb={[host, `/hosts/${host}`]} title="Host key" />
      <div className="page narrow add">
        {probe.data === undefined ? (
          <Panel title="Host key" note={`asking ${host}`}>
            {probe.error === null ? <Skeleton /> : <Problem failure={probe.error} />}
          </Panel>
        ) : probe.data.verdict === 'known' ? (
          <Panel title="The key is the known one">
            <p className="inside second">{host} shows the key that this computer knows.</p>
          </Panel>
        ) : (
          <Fingerprint server={{ name: host, address }} probed={probe.data} onRefuse={() => go(`/hosts/${host}`)} />
        )}
      </div>
    </>
  );
}
