import { useEffect } from 'react';
import { go } from '../../lib/router.ts';
import { Problem } from '../../ui/Panel.tsx';
import { AddServer } from '../hosts/AddServer.tsx';
import { useHosts } from '../hosts/facts.ts';

/** Where the window begins: at the first server, or by adding one. */
export function First() {
  const hosts = useHosts();
  const first = hosts.data?.hosts[0]?.name;
  useEffect(() => {
    if (first !== undefined) go(`/hosts/${first}`, { replace: true });
  }, [first]);
  if (hosts.error !== null && hosts.data === undefined)
    return (
      <div className="page">
        <h1 className="heard">ForgeBoard</h1>
        <section className="panel">
          <Problem failure={hosts.error} />
        </section>
      </div>
    );
  return hosts.data?.hosts.length === 0 ? <AddServer /> : null;
}
