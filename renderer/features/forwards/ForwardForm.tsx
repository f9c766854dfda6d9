import { Plus } from 'lucide-react';
import { useState } from 'react';
import { type ForwardKind, parseForward } from '../../../shared/rules/forward.ts';
import { useApi } from '../../lib/context.ts';
import { Button } from '../../ui/Button.tsx';
import { Field, Segmented } from '../../ui/Field.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { openForward } from './forward.ts';

const kinds = [
  ['local', 'To the server'],
  ['remote', 'From the server'],
  ['dynamic', 'Proxy'],
] as const;

const port = (text: string, mayBeAny: boolean): string | null =>
  /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535 ? null : mayBeAny && (text === '' || text === '0') ? null : 'A port is a whole number from 1 to 65535';

/** Opens a new one: where it is taken, and where it leads. */
export function ForwardForm({ host: server }: { host: string }) {
  const api = useApi();
  const [kind, setKind] = useState<ForwardKind>('local');
  const [host, setHost] = useState('127.0.0.1');
  const [there, setThere] = useState('');
  const [here, setHere] = useState('');
  const [tried, setTried] = useState(false);
  const listen = here.trim() === '' ? (kind === 'dynamic' ? '1080' : there.trim()) : here.trim();
  const forward = kind === 'dynamic' ? listen : `${listen}:${host.includes(':') ? `[${host}]` : host.trim()}:${there.trim()}`;
  const parsed = parseForward(forward, kind);
  const wrong = {
    there: kind === 'dynamic' ? null : port(there.trim(), false),
    here: port(here.trim(), true),
    host: kind === 'dynamic' || /^[A-Za-z0-9_.:-]+$/.test(host.trim()) ? null : 'A name or an address, like 127.0.0.1 or db.internal',
  };
  const isWrong = wrong.there !== null || wrong.here !== null || wrong.host !== null || 'wrong' in parsed;
  const open = () => {
    setTried(true);
    if (isWrong) return;
    openForward(api, { host: server, kind, forward, label: '', url: null });
    setThere('');
    setHere('');
    setTried(false);
  };
  const ends = kind !== 'dynamic' && (
    <>
      <Field
        label={kind === 'local' ? `Port that ${server} reaches` : 'Port on this computer'}
        mono
        inputMode="numeric"
        value={there}
        onValue={setThere}
        placeholder={kind === 'local' ? '5432' : '3000'}
        wrong={tried ? wrong.there : null}
      />
      <Field
        label={kind === 'local' ? `Host, as ${server} sees it` : 'Host, as this computer sees it'}
        mono
        value={host}
        onValue={setHost}
        wrong={tried ? wrong.host : null}
        help={kind === 'local' ? `127.0.0.1 is ${server} itself` : '127.0.0.1 is this computer itself'}
      />
    </>
  );
  return (
    <Panel title="Open a forward" action={<Segmented label="Which way" value={kind} onValue={setKind} options={kinds} />}>
      <form
        className="inside fields"
        onSubmit={(event) => {
          event.preventDefault();
          open();
        }}
      >
        <p className="second wrap">
          {kind === 'local'
            ? `A port of this computer leads to one that ${server} reaches.`
            : kind === 'remote'
              ? `A port of ${server} leads to one that this computer reaches.`
              : `Programs that speak SOCKS5 reach from here whatever ${server} reaches.`}
        </p>
        <div className="forward-fields">
          {ends}
          <Field
            label={kind === 'remote' ? `Taken at port of ${server}` : 'Taken at port of this computer'}
            mono
            inputMode="numeric"
            value={here}
            onValue={setHere}
            placeholder={kind === 'dynamic' ? '1080' : there.trim() === '' ? 'the same' : there.trim()}
            wrong={tried ? wrong.here : null}
            help={kind === 'remote' ? 'On its loopback only' : '0 takes any free one. Only this computer can use it'}
          />
        </div>
        <div>
          <Button type="submit" kind="primary" icon={Plus} off={kind !== 'dynamic' && there.trim() === '' && 'Type the port first'}>
            Open forward
          </Button>
        </div>
      </form>
    </Panel>
  );
}
