import { CircleCheck, CircleMinus, CircleX, RefreshCw, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import type { Finding } from '../../../shared/contract/hosts.ts';
import { count } from '../../lib/format.ts';
import { useOperation } from '../../lib/query.ts';
import { Button } from '../../ui/Button.tsx';
import { Panel, Problem, Skeleton } from '../../ui/Panel.tsx';
import { useStates } from './facts.ts';
import './HostPage.css';

/** What a server's check-up found. It is read once and again when asked: it looks at much. */
export function useCheckup(host: string) {
  const state = useStates()[host]?.state;
  return useOperation('hosts.check', { name: host }, { keep: true, enabled: state !== 'refused' && state !== 'waiting' && state !== 'lost' });
}

const icons = {
  stop: [CircleX, 'is-fail', 'Problem'],
  warning: [TriangleAlert, 'is-warn', 'Remark'],
  note: [CircleMinus, 'third', 'To know'],
  ok: [CircleCheck, 'is-live', 'Fine'],
} as const;
const order: Finding['level'][] = ['stop', 'warning', 'note', 'ok'];

/** "1 problem, 2 remarks, 8 fine". */
export function summary(findings: readonly Finding[]): string {
  const number = (level: Finding['level']) => findings.filter((finding) => finding.level === level).length;
  return [
    number('stop') > 0 && count(number('stop'), 'problem'),
    number('warning') + number('note') > 0 && count(number('warning') + number('note'), 'remark'),
    `${number('ok')} fine`,
  ]
    .filter(Boolean)
    .join(', ');
}

/** The findings in plain words: what needs you first, what is fine folded to a line. */
export function Checkup({ host, all = false }: { host: string; all?: boolean }) {
  const checkup = useCheckup(host);
  const [unfolded, setUnfolded] = useState(all);
  const findings = [...(checkup.data?.findings ?? [])].sort((one, other) => order.indexOf(one.level) - order.indexOf(other.level));
  const fine = findings.filter(({ level }) => level === 'ok');
  const shown = unfolded || findings.length <= 6 ? findings : findings.filter(({ level }) => level !== 'ok');
  return (
    <Panel
      title="Check-up"
      note={checkup.data === undefined ? `looking at ${host}; nothing is written` : summary(findings)}
      action={
        <Button kind="ghost" size="mini" icon={RefreshCw} working={checkup.isFetching && checkup.data !== undefined && 'Looking'} onClick={() => void checkup.refetch()}>
          Check again
        </Button>
      }
    >
      {checkup.data === undefined ? (
        checkup.error === null ? (
          <Skeleton rows={5} />
        ) : (
          <Problem failure={checkup.error} />
        )
      ) : (
        <ul className="findings">
          {shown.map((finding) => (
            <Line key={`${finding.subject} ${finding.text}`} finding={finding} />
          ))}
          {shown.length < findings.length && (
            <li>
              <CircleCheck className="icon is-live" strokeWidth={1.8} aria-hidden />
              <span className="grow second">{fine.map(({ subject }) => subject).join(', ')}: all well</span>
              <Button kind="ghost" size="mini" onClick={() => setUnfolded(true)}>
                Show
              </Button>
            </li>
          )}
        </ul>
      )}
    </Panel>
  );
}

function Line({ finding }: { finding: Finding }) {
  const [Icon, tone, word] = icons[finding.level];
  return (
    <li>
      <Icon className={`icon ${tone}`} strokeWidth={1.8} aria-label={word} />
      <span className="grow wrap">
        {finding.text}
        {finding.hint !== null && <span className="third"> {finding.hint}</span>}
      </span>
      <span className="small third whole">{finding.subject}</span>
    </li>
  );
}
