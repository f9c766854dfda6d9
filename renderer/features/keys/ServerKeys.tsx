import type { KeysOfHost } from '../../../shared/contract/keys.ts';
import { Button } from '../../ui/Button.tsx';
import { Status } from '../../ui/Status.tsx';
import { Table } from '../../ui/Table.tsx';

/** The keys that one server lets in, this computer's first. */
export function ServerKeys({ of, working, onRemove }: { of: KeysOfHost; working: boolean; onRemove: (fingerprint: string) => void }) {
  const { host, problem } = of;
  const keys = [...of.keys].sort((one, other) => Number(one.own === null) - Number(other.own === null));
  return (
    <section aria-label={`Keys on ${host}`}>
      <h3 className="inside line" style={{ paddingBottom: keys.length > 0 ? 4 : 14 }}>
        <b>{host}</b>
        {problem !== null && (
          <Status state="stopped">
            <span className="wrap">could not be asked: {problem}</span>
          </Status>
        )}
        {problem === null && keys.length === 0 && <span className="third">lets in no key</span>}
      </h3>
      {keys.length > 0 && (
        <Table columns={[{ head: 'Key', width: '22%' }, { head: 'Fingerprint' }, { head: 'Remarks', width: '26%' }]} acts={110} heard>
          {keys.map(({ fingerprint, type, comment, own, options }) => (
            <tr key={`${fingerprint} ${options}`}>
              <td className="cut">{own === null ? <span className="third">not of this computer</span> : <b>{own}</b>}</td>
              <td className="mono cut" title={fingerprint}>
                {fingerprint}
              </td>
              <td className="second cut" title={[comment, options].filter(Boolean).join('; ')}>
                {options === '' ? comment || type : `restricted: ${options}`}
              </td>
              <td>
                <div className="line" style={{ justifyContent: 'flex-end' }}>
                  <Button size="mini" off={working && 'A key is being removed'} aria-label={`Remove… ${own ?? fingerprint} from ${host}`} onClick={() => onRemove(fingerprint)}>
                    Remove…
                  </Button>
                </div>
              </td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}
