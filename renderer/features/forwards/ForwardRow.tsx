import { X } from 'lucide-react';
import { useApi } from '../../lib/context.ts';
import { type Forward, runs, useForwards } from '../../stores/forwards.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { CopyButton } from '../../ui/CopyButton.tsx';
import { Status } from '../../ui/Status.tsx';
import { begin, close, forget } from './forward.ts';
import { addressFor, endsOf, stateOf } from './words.ts';

/** A forward of the list, and under it why it is not open. */
export function ForwardRow({ of }: { of: Forward }) {
  const api = useApi();
  const { id, host, kind, label, state, failure, note } = of;
  const { at, to } = endsOf(of);
  const address = addressFor(of);
  const [shape, word] = stateOf[state];
  const name = label === '' ? at : label;
  const atAnyPort = failure?.problem === 'port-taken' && kind !== 'remote';
  const why = failure !== null ? [failure.message, failure.hint].filter(Boolean).join('. ') : note;
  return (
    <>
      <tr className={why === null ? undefined : 'with-why'}>
        <td>
          <Status state={shape}>{word}</Status>
        </td>
        <td className="mono">
          {at}
          {kind === 'remote' && <span className="third"> on {host}</span>}
        </td>
        <td className="second">
          <span className="mono">{to}</span>
          {label !== '' && <span className="third"> {label}</span>}
        </td>
        <td className="wide-only number second">{runs(state) ? `${of.open} open, ${of.all} in all` : '—'}</td>
        <td>
          <div className="line" style={{ justifyContent: 'flex-end' }}>
            {address !== null && <CopyButton size="mini" text={address} verb={of.url === null ? 'Copy' : 'Copy URL'} about={address} />}
            {runs(state) ? (
              <Button size="mini" aria-label={`Close ${name}`} onClick={() => close(id)}>
                Close
              </Button>
            ) : (
              <Button size="mini" aria-label={`${state === 'failed' ? 'Try again:' : 'Open'} ${name}`} onClick={() => begin(api, of)}>
                {state === 'failed' ? 'Try again' : 'Open'}
              </Button>
            )}
            <IconButton size="mini" icon={X} label={`Remove ${name} from the list`} onClick={() => forget(id)} />
          </div>
        </td>
      </tr>
      {why !== null && (
        <tr className="why">
          <td colSpan={5} role={failure === null ? 'status' : 'alert'}>
            <div className="line">
              <span className={`wrap ${failure === null ? 'second' : ''}`}>{why}</span>
              {atAnyPort && (
                <Button
                  size="mini"
                  onClick={() => {
                    useForwards.getState().change(id, { forward: anyPort(of.forward, kind) });
                    begin(api, { ...of, forward: anyPort(of.forward, kind) });
                  }}
                >
                  Take any free port
                </Button>
              )}
            </div>
          </td>
        </tr>
      )}
    </>
  );
}

/** The same at any free port of this computer. */
const anyPort = (forward: string, kind: Forward['kind']): string => (kind === 'dynamic' ? '0' : forward.replace(/^(?:[^:]*:(?=\d+:[^:]+:\d+$))?\d+(?=:)/, '0'));
