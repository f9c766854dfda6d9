import {
  AlignLeft,
  ArrowLeftRight,
  Box,
  ExternalLink,
  FolderOpen,
  HardDrive,
  Info,
  KeyRound,
  type LucideIcon,
  Plus,
  Rocket,
  Server,
  Settings,
  FolderPlus,
  SquareTerminal,
  Terminal,
  Undo2,
  Upload,
} from 'lucide-react';
import { contract } from '../../../shared/contract/index.ts';
import type { Operation } from '../../../shared/contract/operation.ts';
import type { App } from '../../../shared/contract/apps.ts';
import { filesPlace } from '../files/places.ts';

/** One thing that the palette offers. */
export interface Entry {
  id: string;
  group: string;
  icon: LucideIcon;
  title: string;
  note: string;
  /** What will happen, a sentence or two. */
  text: string;
  facts?: readonly (readonly [string, string])[];
  /** The same on the command line. */
  command?: string;
  run:
    | { kind: 'go'; path: string }
    | { kind: 'deploy'; host?: string; app?: string }
    | { kind: 'rollback'; host: string; app: string }
    | { kind: 'terminal'; host: string; app: string | null; environment?: boolean }
    | { kind: 'open'; url: string }
    | { kind: 'operation'; name: string };
}

/** Every operation of the contract by its full name. */
export const allOperations: readonly (readonly [name: string, operation: Operation])[] = Object.entries(contract).flatMap(([noun, verbs]) =>
  Object.entries(verbs).map(([verb, operation]) => [`${noun}.${verb}`, operation as Operation] as const),
);

const icons: Record<string, LucideIcon> = {
  hosts: Server,
  apps: Box,
  deployments: Rocket,
  files: FolderOpen,
  variables: KeyRound,
  logs: AlignLeft,
  settings: Settings,
  terminals: Terminal,
  templates: FolderPlus,
};

interface Place {
  host: string | null;
  app: string | null;
  hosts: readonly string[];
  apps: readonly App[];
}

/** What can be done, nearest first: with the app of the page, with its server, elsewhere, and every operation by its name. */
export function entries({ host, app, hosts, apps }: Place): Entry[] {
  const found: Entry[] = [];
  const here = apps.find((one) => one.app === app);
  if (host !== null && app !== null) {
    const group = `On ${app}`;
    const at = `/hosts/${host}/apps/${app}`;
    found.push(
      {
        id: 'deploy',
        group,
        icon: Upload,
        title: `Deploy ${app}`,
        note: 'choose or drop its folder',
        text: 'The folder is uploaded, built and started beside what serves now. Visitors are switched to it once it answered.',
        facts: [
          ['Downtime', 'none'],
          ['Undo', 'roll back'],
        ],
        command: `forgeboard deploy FOLDER --host ${host} --app ${app}`,
        run: { kind: 'deploy', host, app },
      },
      {
        id: 'rollback',
        group,
        icon: Undo2,
        title: `Roll back ${app}`,
        note: 'asks first',
        text: 'The release that was live before starts again with the settings it had. Visitors are switched to it once it answered.',
        facts: [
          ['Downtime', 'none'],
          ['Undo', 'roll back again'],
        ],
        command: `forgeboard rollback ${app} --host ${host}`,
        run: { kind: 'rollback', host, app },
      },
      {
        id: 'logs',
        group,
        icon: AlignLeft,
        title: `Log of ${app}`,
        note: 'live',
        text: `What ${app} prints, as it comes.`,
        command: `forgeboard logs ${app} --host ${host} --follow`,
        run: { kind: 'go', path: `${at}/logs` },
      },
      {
        id: 'variables',
        group,
        icon: KeyRound,
        title: `Environment of ${app}`,
        note: 'variables and secrets',
        text: `What ${app} reads from its environment. A change is applied without a failed request.`,
        command: `forgeboard variables list ${app} --host ${host}`,
        run: { kind: 'go', path: `${at}/variables` },
      },
      {
        id: 'terminal',
        group,
        icon: SquareTerminal,
        title: `Terminal of ${app}`,
        note: 'its folder',
        text: `A shell on ${host}, in the folder of ${app}.`,
        run: { kind: 'terminal', host, app },
      },
      {
        id: 'terminal-environment',
        group,
        icon: SquareTerminal,
        title: `Terminal of ${app} with its environment`,
        note: 'its variables, packages and user',
        text: `A shell on ${host} as the user of ${app}, with the variables and packages of the release that serves. The app runs on; this is a second process.`,
        run: { kind: 'terminal', host, app, environment: true },
      },
      {
        id: 'history',
        group,
        icon: Rocket,
        title: `Deployments of ${app}`,
        note: '',
        text: 'Every deployment with who did it, and how it went.',
        command: `forgeboard deployments list ${app} --host ${host}`,
        run: { kind: 'go', path: `${at}/deployments` },
      },
    );
    if (here?.url) found.push({ id: 'open', group, icon: ExternalLink, title: `Open ${app}`, note: here.url, text: 'In your browser.', run: { kind: 'open', url: here.url } });
  }
  if (host !== null) {
    const group = `On ${host}`;
    found.push(
      {
        id: 'deploy-new',
        group,
        icon: Plus,
        title: `Add an app to ${host}`,
        note: 'a folder',
        text: 'Choose a folder, give it a name, and it is live a moment later.',
        command: `forgeboard deploy FOLDER --host ${host}`,
        run: { kind: 'deploy', host },
      },
      {
        id: 'host-files',
        group,
        icon: FolderOpen,
        title: `Files of ${host}`,
        note: 'look, copy to and from',
        text: `What lies on ${host}, as the account that signs in sees it.`,
        command: `forgeboard files list ${host}`,
        run: { kind: 'go', path: filesPlace(host) },
      },
      {
        id: 'host-forwards',
        group,
        icon: ArrowLeftRight,
        title: `Forwards of ${host}`,
        note: 'reach its database from here',
        text: `Ports of this computer that lead to what ${host} reaches, and the other way round.`,
        command: `forgeboard forward ${host} 5433:5432`,
        run: { kind: 'go', path: `/hosts/${host}/forwards` },
      },
      { id: 'host-terminal', group, icon: SquareTerminal, title: `Terminal on ${host}`, note: '', text: `A shell on ${host}.`, run: { kind: 'terminal', host, app: null } },
    );
    for (const one of apps)
      if (one.app !== app)
        found.push({
          id: `app ${one.app}`,
          group: 'Apps',
          icon: Box,
          title: one.app,
          note: one.state === 'live' ? `release ${one.release ?? ''}` : one.state,
          text: `The page of ${one.app} on ${host}.`,
          run: { kind: 'go', path: `/hosts/${host}/apps/${one.app}` },
        });
  }
  for (const name of hosts)
    found.push({
      id: `host ${name}`,
      group: 'Servers',
      icon: HardDrive,
      title: name,
      note: 'server',
      text: `Processor, memory, disk and network of ${name}, its check-up and its apps.`,
      command: `forgeboard hosts get ${name}`,
      run: { kind: 'go', path: `/hosts/${name}` },
    });
  found.push(
    {
      id: 'new',
      group: 'ForgeBoard',
      icon: FolderPlus,
      title: 'New app from a template',
      note: 'Flask, FastAPI, Django, worker, MkDocs, plain pages',
      text: 'Makes a folder with all that it takes to be deployed, on this computer. Then you see its plan.',
      command: 'forgeboard templates create TEMPLATE NAME FOLDER',
      run: { kind: 'go', path: '/new' },
    },
    {
      id: 'add',
      group: 'ForgeBoard',
      icon: Plus,
      title: 'Add a server',
      note: '',
      text: 'From ~/.ssh/config or by its address. Nothing on it changes before you agree to a plan.',
      command: 'forgeboard hosts add NAME USER@ADDRESS',
      run: { kind: 'go', path: '/add' },
    },
    {
      id: 'settings',
      group: 'ForgeBoard',
      icon: Settings,
      title: 'Settings',
      note: 'theme, text size',
      text: 'How the window looks, and what keeps its secrets.',
      run: { kind: 'go', path: '/settings' },
    },
  );
  found.push({
    id: 'about',
    group: 'ForgeBoard',
    icon: Info,
    title: 'About ForgeBoard',
    note: 'version, license',
    text: 'Its version, what it runs on, and where it keeps its files.',
    run: { kind: 'go', path: '/settings' },
  });
  for (const [name, operation] of allOperations) {
    const [noun = '', verb = ''] = name.split('.');
    found.push({
      id: `operation ${name}`,
      group: 'Operations',
      icon: icons[noun] ?? Terminal,
      title: `${noun} ${verb}`,
      note: operation.summary.replace(/\.$/, ''),
      text: operation.summary,
      facts: [
        ['Changes', operation.kind === 'command' ? 'yes' : 'nothing'],
        ['Needs', { read: 'viewer', deploy: 'dev', administer: 'admin' }[operation.permission]],
      ],
      ...(!operation.cli.hidden && { command: `forgeboard ${noun} ${verb}` }),
      run:
        operation.cli.page !== undefined && host !== null && app !== null ? { kind: 'go', path: `/hosts/${host}/apps/${app}/${operation.cli.page}` } : { kind: 'operation', name },
    });
  }
  return found;
}
