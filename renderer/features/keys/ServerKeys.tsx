import type { KeysOfHost } from '../../../shared/contract/keys.ts';
import { Button } from '../../ui/Button.tsx';
import { Status } from '../../ui/Status.tsx';

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
        <table className="table">
          <colgroup>
            <col style={{ width: '22%' }} />
            <col />
            <col style={{ width: '26%' }} />
            <col style={{ width: 110 }} />
          </colgroup>
          <thead className="heard">
            <tr>
              <th>Key</th>
              <th>Fingerprint</th>
              <th>Remarks</th>
              <th>Acts</th>
            </tr>
          </thead>
          <tbody>
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
          </tbody>
        </table>
      )}
    </section>
  );
}
