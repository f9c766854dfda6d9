import { AlignLeft, Bookmark, Copy, Download, SquareTerminal } from 'lucide-react';
import { type KeyboardEvent, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import type { Deployment } from '../../../shared/contract/apps.ts';
import { clockOfDay, count } from '../../lib/format.ts';
import { useOperation } from '../../lib/query.ts';
import { go } from '../../lib/router.ts';
import { useTabs } from '../../stores/tabs.ts';
import { useToasts } from '../../stores/toasts.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { Switch } from '../../ui/Field.tsx';
import { Empty, Problem } from '../../ui/Panel.tsx';
import { everything, filtersOf, LogBar, type Wanted } from './Bar.tsx';
import { after, LogList } from './List.tsx';
import { asText, type Entry } from './lines.ts';
import { useLog } from './reading.ts';
import type { RowActs } from './Row.tsx';
import { type Marker, type Row, rowsOf } from './rows.ts';
import './Log.css';

const typingPause = 300; // ms
const mostCopied = 5_000;

/** A log with its filters: of an app, or a server's own journal (app: null). */
export function Log({ host, app }: { host: string; app: string | null }) {
  const [wanted, setWanted] = useState<Wanted>(everything);
  const [follow, setFollow] = useState(true);
  // Each keystroke would be a search on the server; a choice is one at once.
  const typed = useSettled(JSON.stringify([wanted.text.trim(), wanted.path, wanted.unit]));
  const settled = useMemo(() => {
    const [text, path, unit] = JSON.parse(typed) as [string, string, string];
    return JSON.stringify(filtersOf({ ...wanted, path, unit }, text));
  }, [wanted, typed]);
  const filters = useMemo(() => JSON.parse(settled), [settled]);
  const log = useLog(host, app, filters, !follow);
  const entries = useDeferredValue(log.entries);
  const markers = useMarkers(host, app);
  const [apart, setApart] = useState<ReadonlySet<string>>(new Set());
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [bookmarks, setBookmarks] = useState<ReadonlySet<number>>(new Set());
  const [chosen, setChosen] = useState<{ from: number; to: number } | null>(null);
  const [goal, setGoal] = useState<{ key: string; at: number } | null>(null);
  const say = useToasts(({ say }) => say);
  const rows = useMemo(() => rowsOf(entries, markers, apart), [entries, markers, apart]);
  const match = wanted.text.trim();
  const found = useMemo(() => (match === '' ? [] : rows.filter((row) => says(row, match))), [rows, match]);
  const errors = useMemo(() => rows.reduce((sum, row) => sum + (row.kind === 'traceback' ? row.count : row.kind === 'line' && row.line.level === 'error' ? 1 : 0), 0), [rows]);
  const last = entries.at(-1)?.number ?? 0;
  const seen = useRef(0);
  if (follow) seen.current = last;

  const show = (row: Row | undefined) => {
    if (row === undefined) return;
    setFollow(false);
    setGoal({ key: row.key, at: (goal?.at ?? 0) + 1 });
  };
  const step = (among: readonly Row[], by: 1 | -1) => {
    const at = among.findIndex(({ key }) => key === goal?.key);
    show(among[at < 0 ? (by < 0 ? among.length - 1 : 0) : (at + by + among.length) % among.length]);
  };
  const marked = useMemo(
    () => rows.filter((row) => (row.kind === 'line' && bookmarks.has(row.line.number)) || (row.kind === 'traceback' && bookmarks.has(row.last.lines[0]?.number ?? 0))),
    [rows, bookmarks],
  );
  const copy = (lines: readonly Entry[]) => {
    const some = lines.slice(-mostCopied);
    void window.board.copyText(some.map(asText).join('\n'));
    say({ tone: 'done', title: some.length < lines.length ? `Copied the last ${count(some.length, 'line')}` : `Copied ${count(some.length, 'line')}` });
  };
  const selection = () => {
    if (chosen === null) return [];
    const [low, high] = [Math.min(chosen.from, chosen.to), Math.max(chosen.from, chosen.to)];
    return entries.filter(({ number }) => number >= low && number <= high);
  };
  const save = async () => {
    const name = `${app ?? host}-${new Date().toISOString().slice(0, 16).replace(/[:T]/g, '-')}.log`;
    const saved = await window.board.saveText(name, `${entries.map(asText).join('\n')}\n`);
    if (saved !== null) say({ tone: 'done', title: `Saved ${count(entries.length, 'line')} as ${saved}` });
  };
  const openTerminal = () => {
    useTabs.getState().show(host, app, { log: filters });
    go('/terminal');
  };
  const toggled = <T,>(set: ReadonlySet<T>, one: T) => new Set(set.has(one) ? [...set].filter((other) => other !== one) : [...set, one]);
  const choose = (number: number, more: boolean) =>
    setChosen((was) => (more && was !== null ? { from: was.from, to: number } : was?.from === number && was.to === number ? null : { from: number, to: number }));
  const acts: RowActs = {
    match,
    chosen: (number) => chosen !== null && number >= Math.min(chosen.from, chosen.to) && number <= Math.max(chosen.from, chosen.to),
    marked: (number) => bookmarks.has(number),
    unfolded: (key) => open.has(key),
    mark: (number) => setBookmarks((was) => toggled(was, number)),
    unfold: (key) => setOpen((was) => toggled(was, key)),
    copy,
    split: (signature) => setApart((was) => toggled(was, signature)),
  };
  const press = (event: KeyboardEvent) => {
    const row = (event.target as HTMLElement).closest<HTMLElement>('[data-number]');
    const number = row === null ? null : Number(row.dataset.number);
    const ctrl = event.ctrlKey || event.metaKey;
    if (ctrl && event.key === 'c' && getSelection()?.isCollapsed !== false) {
      const lines = chosen !== null ? selection() : entries.filter((entry) => entry.number === number);
      if (lines.length > 0) copy(lines);
    } else if (event.key === 'Escape' && chosen !== null) setChosen(null);
    else if (number !== null && !ctrl && event.target === row && event.key === 'b') acts.mark(number);
    else if (number !== null && !ctrl && event.target === row && (event.key === 'Enter' || event.key === ' ')) choose(number, event.shiftKey);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const filtered = settled !== '{}';
  return (
    <div className="page flush">
      <LogBar
        host={host}
        app={app}
        wanted={wanted}
        onWanted={(change) => setWanted((was) => ({ ...was, ...change }))}
        matches={found.length}
        onMatch={(by) => step(found, by)}
        errors={errors}
      >
        {marked.length > 0 && (
          <Button kind="ghost" icon={Bookmark} onClick={() => step(marked, 1)}>
            {marked.length}
          </Button>
        )}
        {chosen !== null && (
          <Button kind="ghost" icon={Copy} onClick={() => copy(selection())}>
            Copy {count(selection().length, 'line')}
          </Button>
        )}
        <span className="line second">
          Follow
          <Switch label="Follow" data-follow checked={follow} onChecked={setFollow} />
        </span>
        <IconButton icon={SquareTerminal} label="Open in terminal" onClick={openTerminal} />
        <IconButton icon={Download} label="Save as a file" off={entries.length === 0 && 'There is nothing to save'} onClick={() => void save()} />
      </LogBar>
      {log.failure !== null && <Problem failure={log.failure} actions={<Button onClick={log.again}>Read again</Button>} />}
      <LogList
        rows={rows}
        acts={acts}
        follow={follow}
        onFollow={setFollow}
        newer={follow ? 0 : after(rows, seen.current) + log.waiting}
        goal={goal}
        older={log.read ? log.older : null}
        loadOlder={log.loadOlder}
        onKey={press}
        onChoose={choose}
      >
        {log.entries.length === 0 && log.failure === null && log.read && (
          <Empty
            icon={AlignLeft}
            title={filtered ? 'No such line' : 'Nothing logged yet'}
            actions={
              filtered ? (
                <>
                  {log.older.state !== 'begun' && <Button onClick={log.loadOlder}>{log.older.state === 'loading' ? 'Searching…' : 'Search further back'}</Button>}
                  <Button onClick={() => setWanted(everything)}>Show all lines</Button>
                </>
              ) : undefined
            }
          >
            {filtered ? 'New ones that fit appear here as they come.' : `What ${app ?? host} says appears here as it comes.`}
          </Empty>
        )}
      </LogList>
    </div>
  );
}

/** A value once it has not changed for a moment. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), typingPause);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

function says(row: Row, match: string): boolean {
  const wanted = match.toLowerCase();
  if (row.kind === 'line') return row.line.text.toLowerCase().includes(wanted);
  return row.kind === 'traceback' && row.last.lines.some(({ text }) => text.toLowerCase().includes(wanted));
}

const words: Partial<Record<Deployment['kind'], string>> = {
  deploy: 'went live',
  rollback: 'is live again',
  variables: 'runs with other variables',
  restart: 'was restarted',
  start: 'was started',
};

/** When each release of an app went live. */
function useMarkers(host: string, app: string | null): Marker[] {
  const { data } = useOperation('apps.get', { host, app: app ?? '' }, { keep: true, every: 5_000, enabled: app !== null });
  return useMemo(
    () =>
      (data?.deployments ?? []).flatMap(({ kind, outcome, startedAt, ms, target, release }) => {
        if (!['live', 'switched-back'].includes(outcome) || ms === null || words[kind] === undefined) return [];
        const at = Date.parse(startedAt) + ms;
        return [{ at, text: `Release ${target ?? release} ${words[kind]}, ${clockOfDay(new Date(at).toISOString())}` }];
      }),
    [data],
  );
}
