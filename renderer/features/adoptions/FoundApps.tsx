import { RefreshCw } from 'lucide-react';
import { useState } from 'react';
import type { FoundApp } from '../../../shared/contract/adoptions.ts';
import { count } from '../../lib/format.ts';
import { useOperation } from '../../lib/query.ts';
import { Button } from '../../ui/Button.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { Dot } from '../../ui/Status.tsx';
import { useStates } from '../hosts/facts.ts';
import { AdoptDialog, type Asked } from './AdoptDialog.tsx';
import './adoptions.css';

/** So many of those that are not taken over are shown at once. */
const few = 3;

/** Python apps that run on a server without ForgeBoard, and those that it took over; nothing where there are none. */
export function FoundApps({ host, prepared }: { host: string; prepared: boolean }) {
  const state = useStates()[host]?.state;
  const { data, isFetching, refetch } = useOperation('adoptions.scan', { host }, { enabled: state === undefined || state === 'ready' || state === 'connecting' });
  const [asked, setAsked] = useState<Asked | null>(null);
  const [unfolded, setUnfolded] = useState(false);
  if (data === undefined || data.found.length === 0) return null;
  const ours = data.found.filter((one) => one.canTake || one.state !== 'found');
  const others = data.found.filter((one) => !one.canTake && one.state === 'found');
  const shown = [...ours, ...(unfolded ? others : others.slice(0, few))];
  const free = ours.filter((one) => one.state === 'found').length;
  return (
    <Panel
      title="Apps that run here already"
      note={free > 0 ? `${count(free, 'app')} can be taken over; nothing is touched before you say so` : 'started without ForgeBoard'}
      action={
        <Button kind="ghost" size="mini" icon={RefreshCw} working={isFetching && 'Looking'} onClick={() => void refetch()}>
          Look again
        </Button>
      }
    >
      <ul className="found">
        {shown.map((one) => (
          <Found key={`${one.unit ?? one.where} ${one.what}`} one={one} prepared={prepared} ask={(act) => setAsked({ act, host, app: one.app, unit: one.unit ?? '' })} />
        ))}
        {shown.length < data.found.length && (
          <li>
            <span className="grow second">{data.found.length - shown.length} more that ForgeBoard does not take over</span>
            <Button kind="ghost" size="mini" onClick={() => setUnfolded(true)}>
              Show
            </Button>
          </li>
        )}
      </ul>
      {asked !== null && <AdoptDialog asked={asked} onClose={() => setAsked(null)} />}
    </Panel>
  );
}

function Found({ one, prepared, ask }: { one: FoundApp; prepared: boolean; ask: (act: Asked['act']) => void }) {
  const { app, unit, server, what, where, url, certificate, state, canTake, canMove, reasons, todo } = one;
  const unready = !prepared && 'Prepare the server first';
  const name = canTake || state !== 'found' ? app : (unit ?? what);
  return (
    <li aria-label={name}>
      <Dot state={state === 'found' ? (canTake ? 'kept' : 'stopped') : 'live'} />
      <div className="what">
        <div className="line">
          <b className="cut" title={name}>
            {name}
          </b>
          <span className="tag whole">{server}</span>
          {state !== 'found' && <span className="small is-live whole">{state === 'taken' ? 'Taken over' : 'In slots'}</span>}
          {url !== null && <span className="mono small second cut">{url.replace(/\/$/, '')}</span>}
        </div>
        <span className="small third wrap">
          {[name === what ? null : what, name === unit ? null : unit, where].filter((part) => part !== null && part !== '').join(' · ')}
          {certificate !== null && ` · certificate ${/\/live\/([^/]+)\//.exec(certificate)?.[1] ?? certificate}`}
        </span>
        {reasons.length > 0 && (
          <ul className="reasons">
            {reasons.map((reason) => (
              <li key={reason} className={canTake || state !== 'found' ? 'small is-warn wrap' : 'small third wrap'}>
                {reason}
              </li>
            ))}
          </ul>
        )}
        <span className="small second wrap">{todo}</span>
      </div>
      <div className="acts">
        {canTake && (
          <Button size="mini" off={unready} onClick={() => ask('take')}>
            Take over…
          </Button>
        )}
        {canMove && state === 'taken' && (
          <Button size="mini" onClick={() => ask('move')}>
            Move to slots…
          </Button>
        )}
        {state !== 'found' && (
          <Button size="mini" kind="ghost" onClick={() => ask('giveback')}>
            Give back…
          </Button>
        )}
      </div>
    </li>
  );
}
