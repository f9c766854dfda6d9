import { useVirtualizer } from '@tanstack/react-virtual';
import { AlignLeft, ArrowDown, Copy, Pause, Play, Search } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { clock, clockOfDay, count } from '../../lib/format.ts';
import { useStream } from '../../lib/query.ts';
import { useToasts } from '../../stores/toasts.ts';
import { Button } from '../../ui/Button.tsx';
import { Segmented, Switch } from '../../ui/Field.tsx';
import { Empty, Problem } from '../../ui/Panel.tsx';
import { AppFrame } from '../apps/AppFrame.tsx';
import { asText, createLines, filtered, type Line } from './lines.ts';
import './LogsPage.css';

type Level = 'all' | 'warnings' | 'errors';

/** The log of an app as it comes. Scrolling up stops following; what is newer is counted. */
export function LogsPage({ host = '', app = '' }: { host?: string; app?: string }) {
  const store = useRef(createLines());
  const frame = useRef(0);
  const [lines, setLines] = useState<Line[]>([]);
  const [waiting, setWaiting] = useState(0);
  const [text, setText] = useState('');
  const [level, setLevel] = useState<Level>('all');
  const [paused, setPaused] = useState(false);
  const [follow, setFollow] = useState(true);
  const [read, setRead] = useState(false);
  const say = useToasts(({ say }) => say);

  const paint = useCallback(() => {
    if (frame.current !== 0) return;
    frame.current = requestAnimationFrame(() => {
      frame.current = 0;
      setWaiting(store.current.waiting());
      if (!pause.current) setLines(store.current.take());
    });
  }, []);
  const pause = useRef(paused);
  pause.current = paused;
  useEffect(() => paint(), [paint]);
  useEffect(
    () => () => {
      cancelAnimationFrame(frame.current);
      frame.current = 0;
    },
    [],
  );

  const { failure, again } = useStream(
    'logs.tail',
    { host, app, lines: 1000, follow: true },
    {
      onStart: () => {
        store.current.clear();
        setTimeout(() => setRead(true), 600);
      },
      onEvent: (entry) => {
        if (entry.type === 'line') store.current.push(entry);
        paint();
      },
    },
  );

  const shown = useMemo(() => filtered(lines, text, level), [lines, text, level]);
  const errors = useMemo(() => lines.filter((line) => line.level === 'error').length, [lines]);
  const copy = () => {
    void window.board.copyText(shown.slice(-5_000).map(asText).join('\n'));
    say({ tone: 'done', title: `Copied ${count(Math.min(shown.length, 5_000), 'line')}` });
  };
  return (
    <AppFrame host={host} app={app}>
      <div className="page flush">
        <div className="log-bar">
          <div className="input low">
            <Search className="icon s" aria-hidden />
            <input
              data-filter
              aria-label="Only lines with this text"
              placeholder="Only lines with…"
              value={text}
              onChange={(event) => setText(event.target.value)}
              onKeyDown={(event) => event.key === 'Escape' && setText('')}
            />
            {text !== '' && <span className="small third whole">{count(shown.length, 'match', 'matches')}</span>}
          </div>
          <Segmented<Level>
            label="Which lines"
            value={level}
            onValue={setLevel}
            options={[
              ['all', 'All'],
              ['warnings', 'Warnings'],
              ['errors', errors > 0 ? `Errors ${errors}` : 'Errors'],
            ]}
          />
          <span className="grow" />
          <Button kind="ghost" icon={paused ? Play : Pause} onClick={() => setPaused(!paused)}>
            {paused ? (waiting > 0 ? `Go on, ${count(waiting, 'line')} waiting` : 'Go on') : 'Pause'}
          </Button>
          <Button kind="ghost" icon={Copy} onClick={copy}>
            Copy
          </Button>
          <span className="line second">
            Follow
            <Switch label="Follow" data-follow checked={follow} onChecked={setFollow} />
          </span>
        </div>
        {failure !== null && <Problem failure={failure} actions={<Button onClick={again}>Read again</Button>} />}
        <LogView lines={shown} follow={follow && !paused} onFollow={setFollow} match={text.trim()}>
          {shown.length === 0 && (lines.length > 0 || (read && failure === null)) && (
            <Empty icon={AlignLeft} title={lines.length > 0 ? 'No such line' : 'Nothing logged yet'}>
              {lines.length > 0 ? `None of the last ${count(lines.length, 'line')}.` : `What ${app} prints appears here as it comes.`}
            </Empty>
          )}
        </LogView>
      </div>
    </AppFrame>
  );
}

function LogView({
  lines,
  follow,
  onFollow,
  match,
  children,
}: {
  lines: readonly Line[];
  follow: boolean;
  onFollow: (follow: boolean) => void;
  match: string;
  children: React.ReactNode;
}) {
  const box = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState(0);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => box.current,
    estimateSize: () => 19,
    overscan: 20,
    getItemKey: (index) => lines[index]?.number ?? index,
  });
  const last = lines.at(-1)?.number ?? 0;
  useEffect(() => {
    if (!follow || lines.length === 0) return;
    virtual.scrollToIndex(lines.length - 1, { align: 'end' });
    setSeen(last);
  }, [follow, last, lines.length, virtual]);
  const newer = follow ? 0 : lines.filter(({ number }) => number > seen).length;
  const wheel = (up: boolean) => {
    const element = box.current;
    if (element === null) return;
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < 24;
    if (up && follow) onFollow(false);
    else if (!up && atEnd && !follow) onFollow(true);
  };
  return (
    <div className="log-frame">
      <div
        className="log"
        role="log"
        aria-live="off"
        aria-label="Log"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
        tabIndex={0}
        ref={box}
        onWheel={(event) => wheel(event.deltaY < 0)}
        onKeyDown={(event) => (['ArrowUp', 'PageUp', 'Home'].includes(event.key) ? wheel(true) : event.key === 'End' ? onFollow(true) : undefined)}
      >
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map((item) => {
            const line = lines[item.index];
            return line === undefined ? null : (
              <div key={item.key} ref={virtual.measureElement} data-index={item.index} className={`log-line ${line.level}`} style={{ transform: `translateY(${item.start}px)` }}>
                <time dateTime={line.at} title={clock(line.at)}>
                  {clockOfDay(line.at, true)}
                </time>
                <span className="level">{line.level === 'warning' ? 'warn' : line.level}</span>
                <span className="source">{[line.process, line.slot].filter(Boolean).join(' ')}</span>
                <span className="text">{match === '' ? line.text : <Marked text={line.text} match={match} />}</span>
              </div>
            );
          })}
        </div>
        {children}
      </div>
      {newer > 0 && (
        <Button className="newer" icon={ArrowDown} onClick={() => onFollow(true)}>
          {count(newer, 'newer line')}
        </Button>
      )}
    </div>
  );
}

function Marked({ text, match }: { text: string; match: string }) {
  const parts = text.split(new RegExp(`(${match.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')})`, 'i'));
  // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text
  return parts.map((part, index) => (index % 2 === 1 ? <mark key={index}>{part}</mark> : part));
}
