import type { WrittenPath } from '../../../shared/contract/imports.ts';
import { Checkbox } from '../../ui/Field.tsx';
import { Panel } from '../../ui/Panel.tsx';

const kinds: Record<WrittenPath['kind'], string> = { database: 'A database', uploads: 'What users bring', said: 'As forgeboard.yml says' };

/** What the app writes: kept in its data folder, so that it outlives releases. */
export function Kept({ of, unkept, onUnkept }: { of: readonly WrittenPath[]; unkept: readonly string[]; onUnkept: (unkept: readonly string[]) => void }) {
  return (
    <Panel title="Kept between releases" note="All else of a release cannot be changed by the app">
      <ul className="rows kept">
        {of.map(({ path, kind, isThere, evidence: [first] }) => (
          <li key={path}>
            <Checkbox checked={!unkept.includes(path)} onChecked={(checked) => onUnkept(checked ? unkept.filter((one) => one !== path) : [...unkept, path])}>
              <span className="mono cut" title={path}>
                {path}
              </span>
            </Checkbox>
            <span className="small third cut" title={first?.text}>
              {first !== undefined && first.line !== null && <span className="mono second">{`${first.file}:${first.line} `}</span>}
              {first?.text || kinds[kind]}
            </span>
            <span className="small third whole">{isThere ? 'Yours goes there once' : 'Made there'}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
