import { FilePen, TriangleAlert } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { AppSetting } from '../../../shared/contract/apps/configuration.ts';
import type { FailureRecord } from '../../../shared/errors.ts';
import { count } from '../../lib/format.ts';
import { useOperation } from '../../lib/query.ts';
import { noDrafts, useDrafts } from '../../stores/drafts.ts';
import { Banner } from '../../ui/Banner.tsx';
import { Button } from '../../ui/Button.tsx';
import { Panel, Problem, Skeleton } from '../../ui/Panel.tsx';
import { useApp } from '../hosts/facts.ts';
import { PlanDialog } from './PlanDialog.tsx';
import { SettingRow, textOf } from './SettingRow.tsx';

const groups: readonly (readonly [title: string, note: string, names: readonly string[]])[] = [
  ['What runs', 'kept in /etc/forgeboard/apps.yml', ['type', 'entry_point', 'command', 'processes', 'schedules', 'python', 'packages', 'workers', 'root', 'folder']],
  ['Limits', 'of each process', ['memory', 'cpu', 'tasks']],
  [
    'Around a release',
    'commands are words without a shell',
    ['build', 'before', 'after', 'persist', 'health_path', 'check_seconds', 'watch_seconds', 'drain_seconds', 'keep_releases'],
  ],
];
const grouped = new Set(groups.flatMap(([, , names]) => names));

/** The setting that a failure is about; the host says entrypoint where apps.yml says entry_point. */
const settingOf = (failure: Pick<FailureRecord, 'field'> | null | undefined, all: readonly AppSetting[]) => {
  const field = failure?.field === 'entrypoint' ? 'entry_point' : failure?.field;
  return all.find(({ name }) => name === field)?.name ?? null;
};

/** Every setting of an app: what it is, where that comes from, and changing it by a plan. */
export function SettingsPanel({ host, app }: { host: string; app: string }) {
  const facts = useOperation('apps.settings', { host, app });
  const pending = useApp(host, app).data?.pending;
  const { texts, failure } = useDrafts(({ of }) => of[`${host}/${app}`]) ?? noDrafts;
  const { keep, drop } = useDrafts.getState();
  const [open, setOpen] = useState(false);
  const all = facts.data?.settings ?? [];
  const changed = all.filter((one) => texts[one.name] !== undefined && texts[one.name] !== textOf(one));
  const set = changed.flatMap(({ name }) => ((texts[name] ?? '').trim() === '' ? [] : [`${name}=${texts[name]}`]));
  const unset = changed.flatMap(({ name }) => ((texts[name] ?? '').trim() === '' ? [name] : []));
  const refused = settingOf(failure, all);
  const broken = facts.data?.problem ?? null;
  useEffect(() => {
    if (refused !== null) document.querySelector<HTMLElement>(`[data-setting="${refused}"]`)?.focus();
  }, [refused]);
  const wrongOf = (name: string) => (refused === name ? (failure?.message ?? null) : broken?.field === name ? broken.message : null);
  const draw = (names: (name: string) => boolean) =>
    all
      .filter(({ name }) => names(name))
      .map((one) => (
        <SettingRow
          key={one.name}
          one={one}
          draft={texts[one.name]}
          wrong={wrongOf(one.name)}
          onDraft={(text) => keep(host, app, { texts: { ...texts, [one.name]: text }, ...(refused === one.name && { failure: null }) })}
        />
      ));
  const action = (
    <div className="line">
      {changed.length > 0 && <Button onClick={() => drop(host, app)}>Discard</Button>}
      <Button kind="primary" off={changed.length === 0 && 'Nothing is changed'} onClick={() => setOpen(true)}>
        {changed.length === 0 ? 'Show plan' : `Show plan of ${count(changed.length, 'change')}`}
      </Button>
    </div>
  );
  return (
    <>
      {pending?.problem && (
        <Banner tone="fail" icon={TriangleAlert} fact="apps.yml cannot be applied.">
          {pending.problem}
        </Banner>
      )}
      {pending !== undefined && pending.changes > 0 && (
        <Banner
          tone="accent"
          icon={FilePen}
          fact={`apps.yml has ${count(pending.changes, 'change')} that ${pending.changes === 1 ? 'is' : 'are'} not applied.`}
          actions={<Button onClick={() => setOpen(true)}>Show plan</Button>}
        />
      )}
      {failure !== null && refused === null && <Problem failure={failure} />}
      {groups.map(([title, note, names], at) => (
        <Panel key={title} title={title} note={note} {...(at === 0 && { action })}>
          {at === 0 && facts.error !== null && <Problem failure={facts.error} />}
          {facts.data === undefined && facts.error === null && <Skeleton />}
          {draw((name) => names.includes(name))}
          {at === groups.length - 1 && draw((name) => !grouped.has(name))}
        </Panel>
      ))}
      {open && (
        <PlanDialog
          host={host}
          app={app}
          set={set}
          unset={unset}
          onClose={() => setOpen(false)}
          onRefused={(failure) => {
            if (settingOf(failure, all) === null) return;
            setOpen(false);
            keep(host, app, { failure });
          }}
        />
      )}
    </>
  );
}
