import { Copy } from 'lucide-react';
import { useState } from 'react';
import type { OwnKey } from '../../../shared/contract/keys.ts';
import { useToasts } from '../../stores/toasts.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { SelectBox } from '../../ui/Field.tsx';
import { Status } from '../../ui/Status.tsx';

/** A key of this computer: what is known of it, its public half, and the way to a server. */
export function KeyRow({ of, hosts, working, onInstall }: { of: OwnKey; hosts: readonly string[]; working: boolean; onInstall: (host: string) => void }) {
  const say = useToasts(({ say }) => say);
  const [host, setHost] = useState('');
  const { name, path, type, fingerprint, comment, encrypted, inAgent, line } = of;
  const copy = (text: string, what: string) => {
    void window.board.copyText(text);
    say({ tone: 'done', title: `Copied ${what}` });
  };
  return (
    <tr style={{ height: 54 }}>
      <td>
        <div className="cut" title={path}>
          <b>{name}</b>
        </div>
        <div className="small third cut" title={comment}>
          {type}
          {comment !== '' && `, ${comment}`}
        </div>
      </td>
      <td>
        {fingerprint === null ? (
          <span className="third wrap">Not to be seen without the passphrase</span>
        ) : (
          <div className="line">
            <span className="mono cut" title={fingerprint}>
              {fingerprint}
            </span>
            <IconButton size="mini" icon={Copy} label={`Copy the fingerprint of ${name}`} onClick={() => copy(fingerprint, 'the fingerprint')} />
          </div>
        )}
      </td>
      <td>{inAgent ? <Status state="live">Open in the agent</Status> : encrypted ? <Status state="kept">Asked for</Status> : <span className="third">None</span>}</td>
      <td>
        <div className="line" style={{ justifyContent: 'flex-end' }}>
          <Button
            size="mini"
            icon={Copy}
            off={line === null && 'Its public half is not beside it'}
            aria-label={`Copy public key ${name}`}
            onClick={() => line !== null && copy(line, 'the public key')}
          >
            Copy public key
          </Button>
          <label htmlFor={`to ${name}`} className="heard">
            Server to let {name} in
          </label>
          <SelectBox
            id={`to ${name}`}
            value={host}
            onValue={(chosen) => {
              setHost('');
              if (chosen !== '') onInstall(chosen);
            }}
            options={[['', working ? 'Letting in …' : 'Let in on …'], ...hosts.map((each) => [each, each] as const)]}
          />
        </div>
      </td>
    </tr>
  );
}
