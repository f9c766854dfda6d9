import { useQueryClient } from '@tanstack/react-query';
import { CircleX, FileArchive, FolderOpen, Info, FolderPlus, TriangleAlert, Upload } from 'lucide-react';
import { useState } from 'react';
import type { Inspection } from '../../../shared/contract/imports.ts';
import { type ImportAnswers, importEntryRule } from '../../../shared/rules/import-settings.ts';
import { archiveForm } from '../../../shared/rules/archive.ts';
import { appNameRule, suggestAppName } from '../../../shared/rules/names.ts';
import { useApi } from '../../lib/context.ts';
import { bytes, count, seconds, sentence } from '../../lib/format.ts';
import { useOperation } from '../../lib/query.ts';
import { go } from '../../lib/router.ts';
import { useImports } from '../../stores/imports.ts';
import { useRuns } from '../../stores/runs.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { Field, Select } from '../../ui/Field.tsx';
import { Empty, Panel, Problem, Skeleton } from '../../ui/Panel.tsx';
import { startImport } from '../deployments/running.ts';
import { useApps, useHosts } from '../hosts/facts.ts';
import { Bar } from '../window/Bar.tsx';
import { useChosenHost } from '../window/chosen.ts';
import { Besides } from './Besides.tsx';
import { ExactChanges } from './ExactChanges.tsx';
import { HowItRuns } from './HowItRuns.tsx';
import { type Inspected, useInspection } from './inspection.ts';
import { Kept } from './Kept.tsx';
import { Needs } from './Needs.tsx';
import { answersOf, dotenvOf, keptOf, needsOf, plannedSettings, type Said, variablesToSet } from './plan.ts';
import { Stays } from './Stays.tsx';
import './ImportPage.css';

/** The plan of a folder that was dropped: what was found, what is needed, what travels. Nothing is sent before its one button. */
export function ImportPage() {
  const { brought, bring } = useImports();
  const chosen = useChosenHost();
  const choose = async (from: 'folder' | 'archive' = 'folder') => {
    const folder = await (from === 'folder' ? window.board.chooseFolder() : window.board.chooseArchive());
    if (folder !== null) bring({ folder, host: brought?.host ?? chosen ?? undefined });
  };
  if (brought !== null) return <Plan key={brought.folder.handle} onChoose={(from) => void choose(from)} />;
  return (
    <>
      <Bar title="Add an app" />
      <div className="page">
        <Empty
          icon={FolderOpen}
          title="No folder yet"
          actions={
            <>
              <Button kind="primary" icon={FolderOpen} onClick={() => void choose()}>
                Choose a folder
              </Button>
              <Button icon={FileArchive} onClick={() => void choose('archive')}>
                Choose an archive
              </Button>
              <Button icon={FolderPlus} onClick={() => go('/new')}>
                New app from a template
              </Button>
            </>
          }
        >
          Drop the folder of an app, or a .zip or .tar.gz of it, anywhere on the window. It is looked at here; nothing is sent.
        </Empty>
      </div>
    </>
  );
}

function Plan({ onChoose }: { onChoose: (from: 'folder' | 'archive') => void }) {
  const { brought, bring } = useImports();
  const folder = brought?.folder ?? { handle: '', name: '' };
  const hosts = useHosts().data?.hosts ?? [];
  const chosen = useChosenHost();
  const tools = { api: useApi(), client: useQueryClient() };
  const travelling = useOperation('imports.files', { folder: folder.handle });
  const [host, setHost] = useState(brought?.host ?? chosen ?? '');
  const place = host || hosts[0]?.name || '';
  const { inspection, failure, ms, reading } = useInspection(folder.handle, place);
  const [typed, setTyped] = useState<string | null>(brought?.name ?? null);
  const [corrected, setCorrected] = useState<ImportAnswers | null>(brought?.corrected ?? null);
  const [unkept, setUnkept] = useState<readonly string[]>(brought?.unkept ?? []);
  const [exact, setExact] = useState(false);
  const [said, setSaid] = useState<Record<string, Said>>({});
  const [others, setOthers] = useState(false);
  const [dropped, setDropped] = useState<readonly string[]>(brought?.dropped ?? []);
  const runs = useRuns(({ runs }) => runs);
  const apps = useApps(place).data?.apps;

  const name = typed ?? suggestAppName(folder.name);
  const taken = apps?.some(({ app }) => app === name) ?? false;
  const running = Object.values(runs).some((run) => run.end === null && run.host === place && run.app === name);
  const refused = brought?.refused;
  const saidOf = (...fields: string[]) => (refused !== undefined && fields.includes(refused.field ?? '') ? [refused.message, refused.hint].filter(Boolean).join('. ') : null);
  const wrongName = sentence(appNameRule(name)) ?? saidOf('app');

  const answers = corrected ?? (inspection === null ? null : answersOf(inspection));
  const wrongEntry = answers === null ? null : (sentence(importEntryRule(answers)) ?? saidOf('entryPoint', 'entrypoint', 'entry_point', 'settings'));
  const dotenv = dotenvOf(travelling.data, answers?.root ?? '.');
  const needs = inspection === null ? [] : needsOf(inspection, dotenv, said);
  const missing = needs.filter((need) => need.missing);
  const noApp = inspection !== null && !inspection.app && corrected === null;

  const off =
    inspection === null || ms === null
      ? 'The folder is still being read'
      : noApp
        ? 'It was not found to be an app: choose its kind if it is one'
        : wrongName !== null
          ? wrongName
          : place === ''
            ? 'Add a server first'
            : importEntryRule(answers ?? answersOf(inspection)) !== null
              ? 'Say what starts it'
              : missing.length > 0
                ? `${missing[0]?.name} is needed; give it a value, or say that it is not needed`
                : running && `${name} is being deployed`;

  // Values that are missing change nothing of what is made.
  const exactOff = missing.length > 0 && wrongName === null && !noApp && inspection !== null && ms !== null ? false : off;
  const settings = inspection === null ? null : plannedSettings(inspection, corrected, keptOf(inspection, unkept), dropped);
  const send = () => {
    if (off !== false || settings === null) return;
    const { typed: values, dotenv: taking } = variablesToSet(needs, dotenv, others);
    bring({ folder, host: place, name, corrected, unkept, dropped });
    startImport(tools, {
      folder,
      host: place,
      app: name,
      settings,
      remember: corrected !== null || unkept.length > 0 || dropped.length > 0,
      values,
      dotenv: taking,
    });
  };
  const note = travelling.data === undefined ? '' : `, ${count(travelling.data.files, 'file')}, ${bytes(travelling.data.bytes)}`;
  const read = ms !== null ? `Read in ${seconds(ms)}; nothing has been sent.` : reading === null ? 'Reading it' : readSoFar(reading);

  return (
    <form
      className="form-page import"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <Bar
        title={`Add ${name || folder.name}`}
        actions={
          <>
            <IconButton icon={FileArchive} label="Choose an archive" onClick={() => onChoose('archive')} />
            <Button kind="ghost" icon={FolderOpen} onClick={() => onChoose('folder')}>
              Choose another folder
            </Button>
          </>
        }
      >
        <span className="small third cut">
          from {folder.name}
          {note}. {read}
        </span>
      </Bar>
      <div className="page tight">
        {failure !== null && <Problem failure={failure} />}
        {travelling.error !== null && <Problem failure={travelling.error} />}
        {refused !== undefined && !['app', 'entryPoint', 'entrypoint', 'entry_point', 'settings'].includes(refused.field ?? '') && <Problem failure={refused} />}
        <div className="pair">
          <Field
            label="Name"
            value={name}
            onValue={setTyped}
            wrong={wrongName}
            word={wrongName === null && apps !== undefined ? taken ? <span className="is-warn small">taken</span> : <span className="is-live small">free</span> : undefined}
            help={taken ? `This becomes the next release of ${name}` : undefined}
            data-first
          />
          <Select label="Server" value={place} onValue={setHost} options={hosts.map((one) => [one.name, one.name] as const)} />
        </div>
        {inspection !== null && noApp && (
          <div className="no-app" role="status">
            <TriangleAlert className="icon is-warn" aria-hidden />
            <span className="wrap">
              <b>This does not look like an app.</b> {inspection.reason}. If it is one, say below how it runs.
            </span>
          </div>
        )}
        {inspection === null && failure === null && (
          <Panel title="How it runs" note="reading the folder">
            <Skeleton rows={5} />
          </Panel>
        )}
        {inspection !== null && answers !== null && (
          <HowItRuns inspection={inspection} answers={answers} corrected={corrected !== null} wrongEntry={wrongEntry} onAnswers={setCorrected} />
        )}
        {inspection !== null && inspection.persist.length > 0 && answers?.type !== 'static' && <Kept of={inspection.persist} unkept={unkept} onUnkept={setUnkept} />}
        {inspection !== null && <Findings of={inspection.findings} />}
        {inspection !== null && <Besides reasons={inspection.plan.reasons} dropped={dropped} onDropped={setDropped} />}
        <div className="two">
          <Needs needs={needs} dotenv={dotenv} others={others} onSaid={(one, to) => setSaid((before) => ({ ...before, [one]: to }))} onOthers={setOthers} />
          <Stays travelling={travelling.data} taken={dotenv !== null && needs.some(({ from }) => from !== null) ? dotenv.path : null} />
        </div>
      </div>
      <footer className="act-bar">
        {missing.length > 0 && <TriangleAlert className="icon s is-warn" aria-hidden />}
        <span className="grow cut second" role="status">
          {missing.length > 0 ? (
            <>
              <b>{count(missing.length, 'value')} missing:</b> {missing.map((one) => one.name).join(', ')}
            </>
          ) : corrected !== null || unkept.length > 0 ? (
            archiveForm(folder.name) === null ? (
              'What you put right is remembered in forgeboard.yml in the folder.'
            ) : (
              'What you put right is remembered on the server; the archive stays as it is.'
            )
          ) : (
            'Nothing has been sent yet.'
          )}
        </span>
        <Button kind="ghost" off={exactOff} onClick={() => setExact(true)}>
          Exact changes
        </Button>
        <Button
          onClick={() => {
            bring(null);
            go(place === '' ? '/' : `/hosts/${place}/apps`);
          }}
        >
          Cancel
        </Button>
        <Button kind="primary" icon={Upload} type="submit" off={off}>
          Deploy {name}
        </Button>
      </footer>
      {exact && settings !== null && <ExactChanges of={{ folder: folder.handle, host: place, app: name, settings }} travelling={travelling.data} onClose={() => setExact(false)} />}
    </form>
  );
}

/** Above a second there are words for what goes on. */
const readSoFar = (reading: NonNullable<Inspected['reading']>) =>
  reading.type === 'unpacking'
    ? `Unpacking it: ${count(reading.files, 'file')}, ${Math.floor(reading.part * 100)} %`
    : `Read ${count(reading.modules || reading.files, 'file')} so far`;

const severities = { stop: [CircleX, 'is-fail'], warning: [TriangleAlert, 'is-warn'], note: [Info, 'third'] } as const;

/** What is worth knowing before it is sent, the worst first. */
function Findings({ of }: { of: Inspection['findings'] }) {
  if (of.length === 0) return null;
  const order = ['stop', 'warning', 'note'];
  return (
    <Panel title="Worth knowing">
      <ul className="worth">
        {[...of]
          .sort((one, other) => order.indexOf(one.severity) - order.indexOf(other.severity))
          .map((finding) => {
            const [Icon, tone] = severities[finding.severity];
            const [first] = finding.evidence;
            return (
              <li key={`${finding.text} ${first?.file} ${first?.line}`} className="line">
                <Icon className={`icon s ${tone}`} aria-hidden />
                <span className="grow wrap">{finding.text}</span>
                {first !== undefined && <span className="mono small third cut">{`${first.file}${first.line === null ? '' : `:${first.line}`}`}</span>}
              </li>
            );
          })}
      </ul>
    </Panel>
  );
}
