import { useQueryClient } from '@tanstack/react-query';
import { FolderOpen, Upload } from 'lucide-react';
import { useEffect, useState } from 'react';
import { appNameRule, entrypointRule, suggestAppName } from '../../../shared/rules/names.ts';
import { sentence } from '../../lib/format.ts';
import { useApi } from '../../lib/context.ts';
import { useOperation } from '../../lib/query.ts';
import { go } from '../../lib/router.ts';
import { type Folder, useFolders } from '../../stores/folders.ts';
import { useRuns } from '../../stores/runs.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Field, Select } from '../../ui/Field.tsx';
import { useApps, useHosts } from '../hosts/facts.ts';
import { useChosenHost } from '../window/chosen.ts';
import { startRun } from './running.ts';
import './DeployDialog.css';

/** A folder on its way: its name as an app, its server, go. */
export function DeployDialog() {
  const pending = useFolders(({ pending }) => pending);
  return pending === null ? null : <Form key={`${pending.host}/${pending.app}/${pending.folder?.handle}/${pending.refused?.message}`} />;
}

/** The folder that an app was deployed from before this session; asked for only where none is chosen. */
function useFolderBefore(host: string, app: string | undefined, wanted: boolean): { folder: Folder | null; gone: string | null } {
  const { data } = useOperation('deployments.folder', { host, app: app ?? '' }, { enabled: wanted && app !== undefined });
  if (!wanted || app === undefined || data === undefined) return { folder: null, gone: null };
  return { folder: data.folder === null ? null : { ...data.folder, again: true }, gone: data.gone };
}

function Form() {
  const { pending, drop, offer, of } = useFolders();
  const hosts = useHosts().data?.hosts ?? [];
  const chosen = useChosenHost();
  const tools = { api: useApi(), client: useQueryClient() };
  const [host, setHost] = useState(pending?.host ?? chosen ?? '');
  const before = pending?.app === undefined ? undefined : of[`${host}/${pending.app}`];
  const chosenFolder = pending?.folder ?? before ?? null;
  const known = useFolderBefore(host, pending?.app, chosenFolder === null);
  const folder = chosenFolder ?? known.folder;
  const [typed, setTyped] = useState<string | null>(pending?.name ?? null);
  const [entryPoint, setEntryPoint] = useState(pending?.entryPoint ?? '');
  // What was said of a field when it was sent before, until that field is changed.
  const [refused, setRefused] = useState(pending?.refused);
  const saidOf = (...fields: string[]) =>
    refused !== undefined && fields.includes(refused.field ?? '') ? sentence([refused.message, refused.hint].filter(Boolean).join('. ')) : null;
  const [tried, setTried] = useState(false);
  const name = pending?.app ?? typed ?? suggestAppName(folder?.name ?? '');
  const apps = useApps(host).data?.apps;
  const taken = apps?.some(({ app }) => app === name) ?? false;
  const wrong = ((tried || typed !== null) && (folder !== null || typed !== null) ? sentence(appNameRule(name)) : null) ?? saidOf('app');
  const wrongEntry = (entryPoint === '' ? null : sentence(entrypointRule(entryPoint))) ?? saidOf('entryPoint', 'entrypoint');
  const wrongFolder = saidOf('folder') ?? (known.gone === null || folder !== null ? null : `The folder ${known.gone}, which it was deployed from before, is not there any more`);
  const runs = useRuns(({ runs }) => runs);
  const running = Object.values(runs).some((run) => run.end === null && run.host === host && run.app === name);

  useEffect(() => {
    if (hosts.length === 0) {
      drop();
      go('/add');
    }
  }, [hosts.length, drop]);

  // Known a moment after the form opened: Enter deploys it, as it does a folder that was known at once.
  const again = folder?.again === true;
  useEffect(() => {
    if (again) document.querySelector<HTMLElement>('.dialog [type=submit]')?.focus();
  }, [again]);

  const choose = async () => {
    const picked = await window.board.chooseFolder();
    if (picked !== null) offer({ ...pending, folder: picked, host, refused: undefined });
  };
  const send = () => {
    setTried(true);
    if (folder === null || host === '' || appNameRule(name) !== null || (entryPoint !== '' && entrypointRule(entryPoint) !== null) || running) return;
    drop();
    startRun(tools, { folder, host, app: name, named: pending?.app === undefined, ...(entryPoint !== '' && { entryPoint }) });
  };

  const title = pending?.app !== undefined ? `Deploy ${pending.app} to ${host}` : folder === null ? 'Deploy a folder' : `Deploy ${folder.name}`;
  return (
    <Dialog
      title={title}
      open
      onClose={drop}
      onSubmit={send}
      footer={
        <>
          <span className="small third">{taken ? 'Visitors notice nothing until it answers.' : 'Nothing has been sent yet.'}</span>
          <Button onClick={drop}>Cancel</Button>
          <Button
            kind="primary"
            icon={Upload}
            type="submit"
            off={folder === null ? 'Choose a folder first' : running && `${name} is being deployed`}
            data-first={folder === null ? undefined : ''}
          >
            Deploy
          </Button>
        </>
      }
    >
      <div className="field">
        <div className={wrongFolder === null ? 'folder' : 'folder wrong'}>
          <FolderOpen className="icon" strokeWidth={1.6} aria-hidden />
          {folder === null ? (
            <span className="second grow">Drop a folder on the window, or choose one</span>
          ) : (
            <div className="grow">
              <b className="cut">{folder.name}</b>
              {folder.again && <div className="small third">As the last time, from this computer</div>}
            </div>
          )}
          <Button onClick={() => void choose()} data-first={folder === null ? '' : undefined} aria-describedby={wrongFolder === null ? undefined : 'folder-help'}>
            {folder === null ? 'Choose a folder' : 'Choose another'}
          </Button>
        </div>
        {wrongFolder !== null && (
          <div id="folder-help" className="help wrong wrap" role="alert">
            {wrongFolder}
          </div>
        )}
      </div>
      {pending?.app === undefined && (
        <div className="pair">
          <Field
            label="Name"
            value={name}
            onValue={(given) => {
              setTyped(given);
              if (refused?.field === 'app') setRefused(undefined);
            }}
            wrong={wrong}
            word={
              wrong === null && name !== '' && apps !== undefined ? taken ? <span className="is-warn small">taken</span> : <span className="is-live small">free</span> : undefined
            }
            help={taken ? `This becomes the next release of ${name}` : 'Lower case, digits and hyphens'}
          />
          <Select label="Server" value={host} onValue={setHost} options={hosts.map((one) => [one.name, one.name] as const)} />
        </div>
      )}
      {!taken && (
        <details open={wrongEntry !== null || undefined}>
          <summary className="second small">How it starts: found in the folder</summary>
          <Field
            label="Starts with"
            mono
            placeholder="app:app"
            value={entryPoint}
            onValue={(given) => {
              setEntryPoint(given);
              if (saidOf('entryPoint', 'entrypoint') !== null) setRefused(undefined);
            }}
            wrong={wrongEntry}
            help="module:object of a WSGI app such as Flask. Left empty it is found in the Python files."
          />
        </details>
      )}
    </Dialog>
  );
}
