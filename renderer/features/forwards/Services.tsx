import { Database } from 'lucide-react';
import { useState } from 'react';
import type { Service } from '../../../shared/contract/forwards.ts';
import { endText } from '../../../shared/rules/forward.ts';
import { useApi } from '../../lib/context.ts';
import { useOperation } from '../../lib/query.ts';
import { runs, useForwards } from '../../stores/forwards.ts';
import { Button } from '../../ui/Button.tsx';
import { CopyButton } from '../../ui/CopyButton.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { openForward } from './forward.ts';
import { addressFor, stateOf } from './words.ts';
import './Services.css';

/** The databases that an app's variables name, each a click away from this computer; nothing where they name none. */
export function Services({ host, app }: { host: string; app: string }) {
  const services = useOperation('forwards.services', { host, app }).data?.services ?? [];
  if (services.length === 0) return null;
  return (
    <Panel title="Databases" note="what its variables name; passwords stay on the server">
      <ul>
        {services.map((one) => (
          <Row key={`${one.variable} ${one.host} ${one.port}`} host={host} app={app} of={one} />
        ))}
      </ul>
    </Panel>
  );
}

function Row({ host, app, of }: { host: string; app: string; of: Service }) {
  const api = useApi();
  const [id, setId] = useState<number | null>(null);
  const forward = `0:${endText(of)}`;
  const known = useForwards(({ of: all }) => all).find((one) => one.id === id || (one.host === host && one.forward === forward));
  const address = known === undefined ? null : addressFor({ ...known, url: [of.before, of.after] });
  const open = () => setId(openForward(api, { host, kind: 'local', forward, label: `${of.kind} of ${app}`, url: [of.before, of.after] }));
  return (
    <li className="line service">
      <Database className="icon s" strokeWidth={1.8} aria-hidden />
      <div className="grow cut">
        <b>{of.kind}</b> <span className="second mono">{endText(of)}</span> <span className="third mono">{of.variable}</span>
        {known?.failure != null && (
          <div className="small wrap" role="alert">
            {known.failure.message}. {known.failure.hint}
          </div>
        )}
        {address !== null && <div className="mono small second cut">{address}</div>}
      </div>
      {known !== undefined && runs(known.state) && (
        <a className="small second whole" href={`#/hosts/${host}/forwards`}>
          {stateOf[known.state][1]}
        </a>
      )}
      {address === null ? (
        <Button size="mini" working={known?.state === 'opening' && 'Opening'} onClick={open}>
          Open locally
        </Button>
      ) : (
        <CopyButton size="mini" text={address} verb="Copy URL" />
      )}
    </li>
  );
}
