import { useEffect } from 'react';
import { go } from '../../lib/router.ts';
import { Problem } from '../../ui/Panel.tsx';
import { useHosts } from '../hosts/facts.ts';

/** Where the window begins: at the first server, or by adding one. */
export function First() {
  const hosts = useHosts();
  const known = hosts.data?.hosts;
  useEffect(() => {
    // Adding has an address of its own: it goes on when the server it adds is the first.
    if (known !== undefined) go(known[0] === undefined ? '/add' : `/hosts/${known[0].name}`, { replace: true });
  }, [known]);
  if (hosts.error === null || known !== undefined) return null;
  return (
    <div className="page">
      <h1 className="heard">ForgeBoard</h1>
      <section className="panel">
        <Problem failure={hosts.error} />
      </section>
    </div>
  );
}
