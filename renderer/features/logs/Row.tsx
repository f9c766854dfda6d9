import { Bookmark, ChevronRight, Copy } from 'lucide-react';
import { clock, clockOfDay, count, bytes as sized } from '../../lib/format.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import type { Line } from './lines.ts';
import { type Row, structured } from './rows.ts';
import { folded } from './tracebacks.ts';

export interface RowActs {
  match: string;
  chosen(number: number): boolean;
  marked(number: number): boolean;
  unfolded(key: string): boolean;
  mark(number: number): void;
  unfold(key: string): void;
  copy(lines: readonly Line[]): void;
  split(signature: string): void;
}

/** One row of a log. */
export function LogRow({ row, acts }: { row: Row; acts: RowActs }) {
  switch (row.kind) {
    case 'line':
      return <LineRow row={row} acts={acts} />;
    case 'traceback':
      return <Card row={row} acts={acts} />;
    case 'left-out':
      return (
        <div className="log-gap">
          {count(row.lines, 'line was', 'lines were')} left out here
          <span className="third">{row.reason === 'rate' ? `, ${sized(row.bytes)}: more came than is sent` : ": more came than the server's journal takes"}</span>
        </div>
      );
    case 'note':
      return (
        <div className="log-note">
          {row.text}, {clockOfDay(row.at)}
        </div>
      );
    case 'marker':
      return <div className="log-marker">{row.text}</div>;
  }
}

const levelWords = { error: 'error', warning: 'warn', info: 'info', debug: 'debug' } as const;
const sourceWords: Record<string, string> = { 'nginx:access': 'nginx', 'nginx:error': 'nginx' };

function LineRow({ row: { line, key }, acts }: { row: Extract<Row, { kind: 'line' }>; acts: RowActs }) {
  const fields = structured(line.text);
  const open = acts.unfolded(key);
  const marked = acts.marked(line.number);
  const source = [sourceWords[line.process] ?? line.process, line.slot].filter(Boolean).join(' ');
  const more = line.request !== null || fields !== null;
  return (
    <div className={['log-line', line.level, acts.chosen(line.number) && 'chosen', marked && 'marked'].filter(Boolean).join(' ')} data-row data-number={line.number} tabIndex={-1}>
      <time dateTime={line.at} title={clock(line.at)}>
        {clockOfDay(line.at, true)}
      </time>
      <span className="level">{levelWords[line.level]}</span>
      <span className="source" title={line.release === null ? source : `${source}, release ${line.release}`}>
        {source}
      </span>
      <span className="text">
        {more && (
          <button type="button" className={open ? 'fold open' : 'fold'} aria-expanded={open} aria-label="All fields" onClick={() => acts.unfold(key)}>
            <ChevronRight className="icon s" aria-hidden />
          </button>
        )}
        <Said line={line} fields={fields} match={acts.match} />
        {open && <Fields line={line} fields={fields?.fields ?? []} />}
      </span>
      <span className="acts">
        <IconButton size="mini" icon={Bookmark} label={marked ? 'Take the bookmark away' : 'Bookmark'} aria-pressed={marked} tabIndex={-1} onClick={() => acts.mark(line.number)} />
        <IconButton size="mini" icon={Copy} label="Copy line" tabIndex={-1} onClick={() => acts.copy([line])} />
      </span>
    </div>
  );
}

function Said({ line, fields, match }: { line: Line; fields: ReturnType<typeof structured>; match: string }) {
  if (fields !== null) {
    return (
      <>
        <Marked text={fields.message} match={match} />
        {fields.fields.map(([name, value]) => (
          <span key={name} className="pair">
            {' '}
            <span className="third">{name}=</span>
            <Marked text={value.length > 200 ? `${value.slice(0, 200)}…` : value} match={match} />
          </span>
        ))}
      </>
    );
  }
  const ms = line.request?.ms;
  if (ms === undefined || ms === null) return <Marked text={line.text} match={match} />;
  return (
    <>
      <Marked text={line.text.replace(/ \d+ ms$/, '')} match={match} />
      <span className="third"> {ms} ms</span>
    </>
  );
}

function Fields({ line, fields }: { line: Line; fields: [name: string, value: string][] }) {
  const { request } = line;
  const all =
    request === null
      ? fields
      : ([
          ['from', request.address],
          ['sent', sized(request.bytes)],
          ['agent', request.agent],
          ['referer', request.referer],
        ] as [string, string][]);
  return (
    <dl className="log-fields">
      {all.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Card({ row, acts }: { row: Extract<Row, { kind: 'traceback' }>; acts: RowActs }) {
  const { last, count: times, first, until, releases } = row;
  const whole = acts.unfolded(row.key);
  const number = last.lines[0]?.number ?? 0;
  const when = times === 1 ? `at ${clockOfDay(until)}` : `from ${clockOfDay(first)} to ${clockOfDay(until)}`;
  const where =
    releases.length === 0
      ? null
      : releases.length === 1
        ? `${times === 1 ? '' : 'only '}in release ${releases[0]}`
        : `in releases ${[...releases].sort((a, b) => a - b).join(', ')}`;
  return (
    <section className={acts.marked(number) ? 'log-card marked' : 'log-card'} data-row data-number={number} tabIndex={-1} aria-label={`${last.title}, ${count(times, 'time')}`}>
      <header>
        {times > 1 && <span className="times">{count(times, 'time')}</span>}
        <b className="cut">
          <Marked text={last.title} match={acts.match} />
        </b>
        <span className="second cut">{[last.place === null ? null : `in ${last.place}`, when, where].filter(Boolean).join(', ')}</span>
        <span className="grow" />
        <IconButton
          size="mini"
          icon={Bookmark}
          label={acts.marked(number) ? 'Take the bookmark away' : 'Bookmark'}
          aria-pressed={acts.marked(number)}
          onClick={() => acts.mark(number)}
        />
        <Button size="mini" kind="ghost" icon={Copy} onClick={() => acts.copy(last.lines)}>
          Copy
        </Button>
        {times > 1 && (
          <Button size="mini" onClick={() => acts.split(row.signature)}>
            One by one
          </Button>
        )}
      </header>
      <pre>
        {last.frames.length > 0 && <div>Traceback (most recent call last):</div>}
        {(whole ? last.frames : folded(last.frames)).map((frame, index) =>
          'count' in frame ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: frames of one traceback, which does not change
            <button key={index} type="button" className="folded" aria-expanded={false} onClick={() => acts.unfold(row.key)}>
              ▸ {count(frame.count, 'frame')} in {frame.of.join(', ')}
            </button>
          ) : (
            // biome-ignore lint/suspicious/noArrayIndexKey: the same
            <div key={index} className={frame.library === null ? undefined : 'third'}>
              {'  File "'}
              <span className="place">{frame.file}</span>
              {'", line '}
              <span className="place">{frame.line}</span>
              {frame.name !== '' && `, in ${frame.name}`}
              {frame.code.map((code, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: the same
                <div key={at} className="second">{`    ${code}`}</div>
              ))}
            </div>
          ),
        )}
        {last.end.map((text, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the same
          <div key={index} className="raised">
            <Marked text={text} match={acts.match} />
          </div>
        ))}
      </pre>
    </section>
  );
}

function Marked({ text, match }: { text: string; match: string }) {
  if (match === '') return text;
  const parts = text.split(new RegExp(`(${match.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')})`, 'i'));
  // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text
  return parts.map((part, index) => (index % 2 === 1 ? <mark key={index}>{part}</mark> : part));
}
