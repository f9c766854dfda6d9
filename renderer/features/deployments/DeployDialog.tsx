import { useQueryClient } from '@tanstack/react-query';
import { FolderOpen, Upload } from 'lucide-react';
import { useEffect, useState } from 'react';
import { appNameRule, entrypointRule, suggestAppName } from '../../../shared/rules/names.ts';
import { useApi } from '../../lib/context.ts';
import { go } from '../../lib/router.ts';
import { useFolders } from '../../stores/folders.ts';
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
  return pending === null ? null : <Form key={`${pending.host}/${pending.app}/${pending.folder?.handle}`} />;
}

const sentence = (wrong: string | null) => (wrong === null ? null : wrong.charAt(0).toUpperCase() + wrong.slice(1));

function Form() {
  const { pending, drop, offer, of } = useFolders();
  const hosts = useHosts().data?.hosts ?? [];
  const chosen = useChosenHost();
  const tools = { api: useApi(), client: useQueryClient() };
  const [host, setHost] = useState(pending?.host ?? chosen ?? '');
  const before = pending?.app === undefined ? undefined : of[`${host}/${pending.app}`];
  const folder = pending?.folder ?? before ?? null;
  const [typed, setTyped] = useState<string | null>(null);
  const [entryPoint, setEntryPoint] = useState('');
  const [tried, setTried] = useState(false);
  const name = pending?.app ?? typed ?? suggestAppName(folder?.name ?? '');
  const apps = useApps(host).data?.apps;
  const taken = apps?.some(({ app }) => app === name) ?? false;
  const wrong = (tried || typed !== null) && (folder !== null || typed !== null) ? sentence(appNameRule(name)) : null;
  const wrongEntry = entryPoint === '' ? null : sentence(entrypointRule(entryPoint));
  const runs = useRuns(({ runs }) => runs);
  const running = Object.values(runs).some((run) => run.end === null && run.host === host && run.app === name);

  useEffect(() => {
    if (hosts.length === 0) {
      drop();
      go('/add');
    }
  }, [hosts.length, drop]);

  const choose = async () => {
    const picked = await window.board.chooseFolder();
    if (picked !== null) offer({ ...pending, folder: picked, host });
  };
  const send = () => {
    setTried(true);
    if (folder === null || host === '' || appNameRule(name) !== null || wrongEntry !== null || running) return;
    drop();
    startRun(tools, { folder, host, app: name, ...(entryPoint !== '' && { entryPoint }) });
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
      <div className="folder">
        <FolderOpen className="icon" strokeWidth={1.6} aria-hidden />
        {folder === null ? <span className="second grow">Drop a folder on the window, or choose one</span> : <b className="grow cut">{folder.name}</b>}
        <Button onClick={() => void choose()} data-first={folder === null ? '' : undefined}>
          {folder === null ? 'Choose a folder' : 'Choose another'}
        </Button>
      </div>
      {pending?.app === undefined && (
        <div className="pair">
          <Field
            label="Name"
            value={name}
            onValue={setTyped}
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
        <details>
          <summary className="second small">How it starts: found in the folder</summary>
          <Field
            label="Starts with"
            mono
            placeholder="app:app"
            value={entryPoint}
            onValue={setEntryPoint}
            wrong={wrongEntry}
            help="module:object of a WSGI app such as Flask. Left empty it is found in the Python files."
          />
        </details>
      )}
    </Dialog>
  );
}
