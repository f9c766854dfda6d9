import { useQueryClient } from '@tanstack/react-query';
import { Clock, Copy, KeyRound, Lock, Plus, Search, Users } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { Output } from '../../lib/api.ts';
import { useApi } from '../../lib/context.ts';
import { count } from '../../lib/format.ts';
import { useCommand, useOperation } from '../../lib/query.ts';
import { useRuns } from '../../stores/runs.ts';
import { useToasts } from '../../stores/toasts.ts';
import { Banner } from '../../ui/Banner.tsx';
import { Button } from '../../ui/Button.tsx';
import { Empty, Panel, Problem, Skeleton } from '../../ui/Panel.tsx';
import { Table } from '../../ui/Table.tsx';
import { AppFrame } from '../apps/AppFrame.tsx';
import { startVariables } from '../deployments/running.ts';
import { useApp } from '../hosts/facts.ts';
import { type Draft, inputOf, newDraft, type Row, rowsOf, whyNot, words } from './changes.ts';
import { keep, keptOf, useKept } from './kept.ts';
import { PasteDialog } from './PasteDialog.tsx';
import { type RowActs, VariableRow } from './VariableRow.tsx';
import { VersionsDialog } from './VersionsDialog.tsx';
import './VariablesPage.css';

type Known = Output<'variables.list'>;

/** The variables of an app: changed in place, gathered, and applied together. */
export function VariablesPage({ host = '', app = '' }: { host?: string; app?: string }) {
  const facts = useOperation('variables.list', { host, app }, { every: 15_000 });
  const live = useApp(host, app).data;
  const tools = { api: useApi(), client: useQueryClient() };
  const say = useToasts(({ say }) => say);
  const store = useCommand('variables.set', { touches: ['variables.', 'apps.'] });
  const runs = useRuns(({ runs }) => runs);
  const { drafts, base, failure } = useKept(host, app);
  const [open, setOpen] = useState<string | null>(null);
  const [filter, setFilter] = useState('');
  const [dialog, setDialog] = useState<'paste' | 'versions' | null>(null);

  const known = facts.data?.variables ?? [];
  const rows = rowsOf(known, drafts);
  const changes = rows.filter(({ state }) => state !== 'same');
  const version = facts.data?.version ?? 0;
  const change = (next: readonly Draft[]) => {
    keep(host, app, { drafts: next, failure: null, base: drafts.length === 0 ? version : base });
  };
  const edit = (row: Row, to: Partial<Draft>) => {
    const draft = { ...(row.draft ?? newDraft(row.name)), ...to };
    change(row.draft === null ? [...drafts, draft] : drafts.map((one) => (one === row.draft ? draft : one)));
  };
  const undo = (row: Row) => {
    change(drafts.filter((draft) => draft !== row.draft));
    setOpen(null);
  };
  const add = () => {
    const draft = newDraft('', { isNew: true, value: '' });
    change([...drafts, draft]);
    setFilter('');
    setOpen(`new ${draft.id}`);
  };
  const acts = useRef<RowActs>({ open: setOpen, edit, undo });
  acts.current = { open: setOpen, edit, undo };
  const discard = () => {
    change([]);
    setOpen(null);
  };

  const busy = (live?.deploying ?? null) !== null || Object.values(runs).some((run) => run.end === null && run.host === host && run.app === app);
  const off = whyNot(rows) ?? (busy ? 'A deployment of it is running' : null);
  const apply = () => {
    if (facts.data === undefined || changes.length === 0 || off !== null || store.isPending) return;
    const input = { host, app, version, ...inputOf(rows) };
    setOpen(null);
    if (facts.data.serves) {
      keep(host, app, { failure: null });
      startVariables(tools, input, live?.release ?? null, (failure) => {
        if (failure !== null) keep(host, app, { failure });
        else if (keptOf(host, app).drafts === drafts) keep(host, app, { drafts: [], base: null });
      });
      return;
    }
    store.mutate(input, {
      onSuccess: (done) => {
        discard();
        say({ tone: 'done', title: `Stored ${count(changes.length, 'change')}`, text: `Version ${done.version}: ${app} starts with it.` });
      },
      onError: (error) => keep(host, app, { failure: error.toJSON() }),
    });
  };
  const latest = useRef(apply);
  latest.current = apply;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 's' || event.altKey || !(window.board.platform === 'darwin' ? event.metaKey : event.ctrlKey)) return;
      event.preventDefault();
      latest.current();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);

  const shown = rows.filter(({ name, state }) => state !== 'same' || name.toLowerCase().includes(filter.trim().toLowerCase()));
  return (
    <AppFrame
      host={host}
      app={app}
      actions={
        <>
          <Button icon={Copy} onClick={() => setDialog('paste')}>
            Paste .env
          </Button>
          <Button icon={Clock} onClick={() => setDialog('versions')}>
            Versions
          </Button>
          <Button icon={Plus} onClick={add}>
            Add
          </Button>
        </>
      }
    >
      <div className="page tight">
        {base !== null && base !== version && changes.length > 0 && facts.data !== undefined && (
          <Banner
            tone="warn"
            icon={Users}
            fact={`The variables were changed meanwhile: version ${version}.`}
            actions={<Button onClick={() => keep(host, app, { base: version })}>Keep my changes</Button>}
          >
            What you see is the new state; your changes come on top.
          </Banner>
        )}
        <div className="variables">
          <Panel
            label="Variables"
            title={facts.data === undefined ? 'Variables' : count(known.length, 'variable')}
            note={facts.data === undefined ? `reading from ${host}` : noteOf(facts.data, changes.length)}
            action={
              known.length > 0 && (
                <div className="input low">
                  <Search className="icon s" aria-hidden />
                  <input
                    data-filter
                    aria-label="Filter by name"
                    placeholder="Filter"
                    value={filter}
                    onChange={(event) => setFilter(event.target.value)}
                    onKeyDown={(event) => event.key === 'Escape' && setFilter('')}
                  />
                </div>
              )
            }
          >
            {facts.data === undefined ? (
              facts.error === null ? (
                <Skeleton />
              ) : (
                <Problem failure={facts.error} />
              )
            ) : rows.length === 0 ? (
              <Empty
                icon={KeyRound}
                title="No variables yet"
                actions={
                  <>
                    <Button icon={Copy} onClick={() => setDialog('paste')}>
                      Paste a .env
                    </Button>
                    <Button icon={Plus} onClick={add}>
                      Add one
                    </Button>
                  </>
                }
              >
                What {app} reads from its environment: addresses, keys, switches. They stay on {host}.
              </Empty>
            ) : shown.length === 0 ? (
              <Empty icon={Search} title={`Nothing called “${filter}”`} actions={<Button onClick={() => setFilter('')}>Clear</Button>}>
                Looked at the names of {count(known.length, 'variable')}.
              </Empty>
            ) : (
              <Table
                columns={[{ head: 'Name', className: 'of-name' }, { head: 'Value' }, { head: 'Change', width: 84 }, { head: 'Since', width: 92, className: 'wide-only' }]}
                acts={76}
                heard
              >
                {shown.map((row) => (
                  <VariableRow key={row.key} row={row} open={open === row.key} acts={acts} />
                ))}
              </Table>
            )}
          </Panel>
          <aside>
            {(changes.length > 0 || failure !== null) && (
              <Panel label="Changes" title={changes.length > 0 ? `${count(changes.length, 'change')} to version ${version}` : 'Not applied'}>
                <ChangeList changes={changes} unchanged={rows.length - changes.length} />
                {failure !== null && <Problem failure={failure} />}
                {changes.length > 0 && (
                  <div className="apply">
                    <p className="small second">
                      {facts.data?.serves
                        ? `${live?.release ? `Release ${live.release}` : app} starts with them in slot ${live?.slot === 'a' ? 'b' : 'a'}, is checked, then switched. No request fails. Where it does not start, all stays as it is.`
                        : `${app} does not run now: they are stored, and it starts with them.`}
                    </p>
                    <Button kind="primary" size="large" off={off ?? false} working={store.isPending && 'Storing'} onClick={apply}>
                      Apply {count(changes.length, 'change')}
                    </Button>
                    <Button kind="ghost" onClick={discard}>
                      Discard {count(changes.length, 'change')}
                    </Button>
                  </div>
                )}
              </Panel>
            )}
            <Panel label="About secrets">
              <div className="inside about">
                <h2 className="line">
                  <Lock className="icon s third" aria-hidden />
                  Secrets are write-only
                </h2>
                <p className="small second">They are stored on {host}, readable by root and the app. ForgeBoard can replace a secret, not show it.</p>
              </div>
            </Panel>
          </aside>
        </div>
      </div>
      {dialog === 'paste' && <PasteDialog known={known} drafts={drafts} onClose={() => setDialog(null)} onTake={change} />}
      {dialog === 'versions' && <VersionsDialog host={host} app={app} onClose={() => setDialog(null)} />}
    </AppFrame>
  );
}

function noteOf({ version, live }: Known, changes: number): string {
  const state = version === 0 ? 'none were ever set' : version === live ? `version ${version} is live` : `version ${version} waits for the next start`;
  return changes === 0 ? state : `${state}, ${count(changes, 'change')} not applied`;
}

/** Everything that would be different, a line each. */
function ChangeList({ changes, unchanged }: { changes: readonly Row[]; unchanged: number }) {
  if (changes.length === 0) return null;
  return (
    <ul className="changes mono">
      {changes.map((row) => (
        <li key={row.key} className={row.state} title={words(row)}>
          <span aria-hidden>{{ new: '+', changed: '~', removed: '−', same: '' }[row.state]}</span>
          <span className="heard">{row.state}</span>
          <span className="cut">{words(row)}</span>
        </li>
      ))}
      {unchanged > 0 && (
        <li className="third">
          <span />
          <span>{unchanged} unchanged</span>
        </li>
      )}
    </ul>
  );
}
