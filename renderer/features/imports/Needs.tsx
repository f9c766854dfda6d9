import { CircleOff, RotateCcw, Sparkles } from 'lucide-react';
import type { Travelling } from '../../../shared/contract/imports.ts';
import { count } from '../../lib/format.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { Checkbox } from '../../ui/Field.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { generated, type Need, type Said } from './plan.ts';

interface NeedsProps {
  needs: readonly Need[];
  dotenv: Travelling['dotenv'][number] | null;
  others: boolean;
  onSaid: (name: string, said: Said) => void;
  onOthers: (others: boolean) => void;
}

/** The variables that the code reads: what is needed first. Values of a .env go to the server without passing this page. */
export function Needs({ needs, dotenv, others, onSaid, onOthers }: NeedsProps) {
  const unread = dotenv?.variables.filter(({ name }) => !needs.some((need) => need.name === name)).length ?? 0;
  return (
    <Panel title="Variables" note={needs.length === 0 ? 'The code reads none' : `${needs.length} read by the code`}>
      {needs.length > 0 && (
        <table className="table needs">
          <colgroup>
            <col style={{ width: '30%' }} />
            <col />
            <col className="of-acts" />
            <col style={{ width: 150 }} className="wide-only" />
          </colgroup>
          <thead>
            <tr>
              <th>Name</th>
              <th>Value</th>
              <th>
                <span className="heard">Acts</span>
              </th>
              <th className="wide-only">Read in</th>
            </tr>
          </thead>
          <tbody>
            {needs.map((need) => (
              <tr key={need.name}>
                <td className="mono" title={need.name}>
                  {need.name}
                </td>
                <td>
                  <Value need={need} onSaid={(said) => onSaid(need.name, said)} />
                </td>
                <td className="acts">
                  <Acts need={need} onSaid={(said) => onSaid(need.name, said)} />
                </td>
                <td className="small third wide-only" title={need.read}>
                  {need.read}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {dotenv !== null && unread > 0 && (
        <div className="inside">
          <Checkbox checked={others} onChecked={onOthers}>
            Take over {count(unread, 'more variable')} of {dotenv.path}, which the code was not seen to read
          </Checkbox>
        </div>
      )}
    </Panel>
  );
}

function Value({ need, onSaid }: { need: Need; onSaid: (said: Said) => void }) {
  if (need.said.unneeded) return <span className="third">not set</span>;
  if (need.from !== null && need.said.value === undefined) {
    return (
      <span className="second">
        <span className="third">••••••••</span> <span className="small third">from {need.from}</span>
      </span>
    );
  }
  const hint = need.missing ? 'needed' : need.default === null ? 'not set' : `${need.default || 'empty'}, if not set`;
  return (
    <div className={need.missing ? 'input low needed' : 'input low'}>
      <input
        aria-label={`Value of ${need.name}`}
        className="mono"
        type={need.secret ? 'password' : 'text'}
        autoComplete="off"
        spellCheck={false}
        placeholder={hint}
        value={need.said.value ?? ''}
        onChange={(event) => onSaid({ ...need.said, value: event.target.value })}
      />
    </div>
  );
}

function Acts({ need, onSaid }: { need: Need; onSaid: (said: Said) => void }) {
  const { name, said, from, missing, secret } = need;
  if (said.unneeded || (from !== null && said.value !== undefined)) {
    return <IconButton size="mini" icon={RotateCcw} label={said.unneeded ? `Set ${name} after all` : `Take ${name} from ${from}`} onClick={() => onSaid({})} />;
  }
  if (from !== null) {
    return (
      <Button size="mini" kind="ghost" aria-label={`Change ${name}`} onClick={() => onSaid({ value: '' })}>
        Change
      </Button>
    );
  }
  if (!missing) return null;
  return (
    <>
      {secret && /SECRET|KEY$|TOKEN|SALT/.test(name) && (
        <IconButton size="mini" icon={Sparkles} label={`Generate ${name}, 50 characters`} onClick={() => onSaid({ value: generated(), secret: true })} />
      )}
      <IconButton size="mini" icon={CircleOff} label={`${name} is not needed`} onClick={() => onSaid({ unneeded: true })} />
    </>
  );
}
