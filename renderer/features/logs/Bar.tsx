import { ChevronDown, ChevronUp, Search } from 'lucide-react';
import { count } from '../../lib/format.ts';
import { useOperation } from '../../lib/query.ts';
import { IconButton } from '../../ui/Button.tsx';
import { Segmented, SelectBox } from '../../ui/Field.tsx';
import type { Filters } from './reading.ts';

/** What the bar says: what is marked is decided here, all else on the server. */
export interface Wanted {
  text: string;
  only: boolean;
  level: 'all' | 'warning' | 'error';
  source: string;
  since: string;
  release: string;
  status: string;
  path: string;
  unit: string;
}
export const everything: Wanted = { text: '', only: false, level: 'all', source: '', since: '', release: '', status: '', path: '', unit: '' };

/** As the operations take it; `text` is what was typed a moment ago. */
export function filtersOf(wanted: Wanted, text: string): Filters & { unit?: string } {
  const { level, source, since, release, status, path, unit } = wanted;
  const requests = source.includes('nginx:access');
  return {
    ...(level !== 'all' && { level }),
    ...(source !== '' && { source }),
    ...(since !== '' && { since }),
    ...(release !== '' && { release: Number(release) }),
    ...(requests && status !== '' && { status }),
    ...(requests && path.startsWith('/') && { path }),
    ...(unit !== '' && { unit }),
    ...(wanted.only && text !== '' && { grep: text }),
  };
}

const ranges = [
  ['', 'Newest lines'],
  ['15m', 'Last 15 min'],
  ['1h', 'Last hour'],
  ['8h', 'Last 8 h'],
  ['1d', 'Last day'],
  ['7d', 'Last 7 days'],
] as const;
const statuses = [
  ['', 'Any status'],
  ['2xx', '2xx'],
  ['3xx', '3xx'],
  ['4xx', '4xx'],
  ['5xx', '5xx'],
  ['4xx,5xx', '4xx and 5xx'],
] as const;

/** Search and filters of a log. */
export function LogBar({
  host,
  app,
  wanted,
  onWanted,
  matches,
  onMatch,
  errors,
  children,
}: {
  host: string;
  app: string | null;
  wanted: Wanted;
  onWanted: (change: Partial<Wanted>) => void;
  matches: number;
  onMatch: (by: 1 | -1) => void;
  errors: number;
  children: React.ReactNode;
}) {
  return (
    <div className="log-bar">
      <div className="input low search">
        <Search className="icon s" aria-hidden />
        <input
          data-filter
          aria-label={wanted.only ? 'Only lines with this text' : 'Mark this text'}
          placeholder={wanted.only ? 'Only lines with…' : 'Search'}
          value={wanted.text}
          maxLength={500}
          onChange={(event) => onWanted({ text: event.target.value })}
          onKeyDown={(event) => {
            if (event.key === 'Escape' && wanted.text !== '') onWanted({ text: '' });
            else if (event.key === 'Enter') onMatch(event.shiftKey ? 1 : -1);
          }}
        />
        {wanted.text !== '' && (
          <>
            <span className="small third whole">{count(matches, 'match', 'matches')}</span>
            {!wanted.only && matches > 0 && (
              <span className="line tight">
                <IconButton size="mini" icon={ChevronUp} label="The match before" onClick={() => onMatch(-1)} />
                <IconButton size="mini" icon={ChevronDown} label="The next match" onClick={() => onMatch(1)} />
              </span>
            )}
          </>
        )}
        <Segmented<'mark' | 'only'>
          label="What a search does"
          value={wanted.only ? 'only' : 'mark'}
          onValue={(value) => onWanted({ only: value === 'only' })}
          options={[
            ['mark', 'Mark'],
            ['only', 'Only these'],
          ]}
        />
      </div>
      <Segmented<Wanted['level']>
        label="Which lines"
        value={wanted.level}
        onValue={(level) => onWanted({ level })}
        options={[
          ['all', 'All'],
          ['warning', 'Warnings'],
          [
            'error',
            errors > 0 ? (
              <>
                Errors <span className="third">{errors}</span>
              </>
            ) : (
              'Errors'
            ),
          ],
        ]}
      />
      {app === null ? <Unit value={wanted.unit} onValue={(unit) => onWanted({ unit })} /> : <OfApp host={host} app={app} wanted={wanted} onWanted={onWanted} />}
      <Time host={host} app={app} wanted={wanted} onWanted={onWanted} />
      <span className="grow" />
      {children}
    </div>
  );
}

function Choice({ label, value, options, onValue }: { label: string; value: string; options: readonly (readonly [string, string])[]; onValue: (value: string) => void }) {
  return (
    <div className="log-choice">
      <label className="heard" htmlFor={`log-${label}`}>
        {label}
      </label>
      <SelectBox id={`log-${label}`} value={value} onValue={onValue} options={options} />
    </div>
  );
}

/** From when on; or the time of one release. */
function Time({ host, app, wanted, onWanted }: { host: string; app: string | null; wanted: Wanted; onWanted: (change: Partial<Wanted>) => void }) {
  const { data } = useOperation('releases.list', { host, app: app ?? '' }, { enabled: app !== null });
  const kept = (data?.releases ?? []).map(({ release, state }): [string, string] => [`r${release}`, state === 'live' ? `Release ${release}, live` : `Release ${release}`]);
  const choose = (value: string) => onWanted(value.startsWith('r') ? { release: value.slice(1), since: '' } : { release: '', since: value });
  return <Choice label="Time" value={wanted.release === '' ? wanted.since : `r${wanted.release}`} options={[...ranges, ...kept]} onValue={choose} />;
}

function OfApp({ host, app, wanted, onWanted }: { host: string; app: string; wanted: Wanted; onWanted: (change: Partial<Wanted>) => void }) {
  const sources = useOperation('logs.sources', { host, app }).data;
  const { processes = ['web'], nginx = [] } = sources ?? {};
  const listed: [string, string][] = [
    ['', processes.length === 1 ? 'App' : processes.length < 4 ? processes.join(', ') : 'All processes'],
    ...(processes.length > 1 ? processes.map((name): [string, string] => [name, name]) : []),
    ...(nginx.includes('nginx:access')
      ? ([
          ['nginx:access', 'Requests'],
          [`${processes.join(',')},nginx:access`, 'App and requests'],
        ] as [string, string][])
      : []),
    ...(nginx.includes('nginx:error') ? ([['nginx:error', 'Errors of nginx']] as [string, string][]) : []),
  ];
  const requests = wanted.source.includes('nginx:access');
  return (
    <>
      <Choice label="Source" value={wanted.source} options={listed} onValue={(source) => onWanted({ source })} />
      {requests && (
        <>
          <Choice label="Status" value={wanted.status} options={statuses} onValue={(status) => onWanted({ status })} />
          <div className="input low path">
            <input
              aria-label="Paths that begin so"
              placeholder="/path"
              value={wanted.path}
              maxLength={500}
              spellCheck={false}
              onChange={(event) => onWanted({ path: event.target.value })}
            />
          </div>
        </>
      )}
    </>
  );
}

function Unit({ value, onValue }: { value: string; onValue: (value: string) => void }) {
  return (
    <div className="input low path">
      <input aria-label="Only of this unit" placeholder="All units" value={value} maxLength={200} spellCheck={false} onChange={(event) => onValue(event.target.value)} />
    </div>
  );
}
