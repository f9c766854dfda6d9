import { Copy } from 'lucide-react';
import type { KnownKey } from '../../../shared/contract/known-hosts.ts';
import { useToasts } from '../../stores/toasts.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { Status } from '../../ui/Status.tsx';

const marks = { key: ['live', 'Trusted'], revoked: ['failed', 'Revoked'], authority: ['stopped', 'Authority'] } as const;

/** One host key: whose it is, how it looks, and the line that says so. */
export function KnownKeyRow({ one, working, onForget }: { one: KnownKey; working: boolean; onForget: (id: string) => void }) {
  const say = useToasts(({ say }) => say);
  const [state, word] = marks[one.mark];
  const names = one.hashed ? 'hashed name' : one.names.join(', ');
  const whose = one.hosts.length > 0 ? one.hosts.join(', ') : names;
  const { id } = one;
  const cut = one.file.search(/[^\\/]*$/);
  return (
    <tr style={{ height: 54 }}>
      <td>
        <Status state={state}>{word}</Status>
      </td>
      <td>
        <div className="cut">{one.hosts.length > 0 ? one.hosts.join(', ') : <span className="third">none of yours</span>}</div>
        <div className={`small third cut${one.hashed ? '' : ' mono'}`} title={names}>
          {names}
        </div>
      </td>
      <td>
        <div className="line">
          <span className="mono cut" title={one.fingerprint}>
            {one.fingerprint}
          </span>
          <IconButton
            size="mini"
            icon={Copy}
            label={`Copy the fingerprint of ${whose}, line ${one.line}`}
            onClick={() => {
              void window.board.copyText(one.fingerprint);
              say({ tone: 'done', title: 'Copied the fingerprint' });
            }}
          />
        </div>
        <div className="small third mono">{one.type}</div>
      </td>
      <td>
        <div className="mono cut" title={one.file}>
          {one.file.slice(cut)}
        </div>
        <div className="small third cut" title={one.file}>
          line {one.line}, in {one.file.slice(0, cut - 1)}
        </div>
      </td>
      <td>
        {id !== null && (
          <div className="line" style={{ justifyContent: 'flex-end' }}>
            <Button size="mini" off={working && 'A key is being forgotten'} aria-label={`Forget the key of ${whose}, line ${one.line}`} onClick={() => onForget(id)}>
              Forget…
            </Button>
          </div>
        )}
      </td>
    </tr>
  );
}
