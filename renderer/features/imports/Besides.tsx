import type { Inspection } from '../../../shared/contract/imports.ts';
import { Checkbox } from '../../ui/Field.tsx';
import { Panel } from '../../ui/Panel.tsx';

interface BesidesProps {
  reasons: Inspection['plan']['reasons'];
  dropped: readonly string[];
  onDropped: (dropped: readonly string[]) => void;
}

/** What is run, installed and kept so that the app starts; each can be left out. */
export function Besides({ reasons, dropped, onDropped }: BesidesProps) {
  if (reasons.length === 0) return null;
  return (
    <Panel title="Done with it" note="Clear what you do not want">
      <ul className="worth">
        {reasons.map(({ setting, text, evidence: [first] }) => (
          <li key={setting} className="line">
            <span className="grow wrap">
              <Checkbox checked={!dropped.includes(setting)} onChecked={(checked) => onDropped(checked ? dropped.filter((one) => one !== setting) : [...dropped, setting])}>
                {text}
              </Checkbox>
            </span>
            {first !== undefined && <span className="mono small third cut">{`${first.file}${first.line === null ? '' : `:${first.line}`}`}</span>}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
