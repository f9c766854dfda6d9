import { type ComponentType, lazy } from 'react';
import { AppPage } from './features/apps/AppPage.tsx';
import { AppsPage } from './features/apps/AppsPage.tsx';
import { AddServer } from './features/hosts/AddServer.tsx';
import { HostPage } from './features/hosts/HostPage.tsx';
import { First } from './features/window/First.tsx';

type Page = ComponentType<Record<string, string>>;

/** A page that is not among the first ones somebody sees: its code is loaded when it is opened. */
const later = <Name extends string>(load: () => Promise<Record<Name, Page>>, name: Name) => lazy(async () => ({ default: (await load())[name] }));

const terminals = () => import('./features/terminals/TerminalPage.tsx');
const files = () => import('./features/files/FilesPage.tsx');
const logs = () => import('./features/logs/LogsPage.tsx');

const TerminalOf = later(terminals, 'TerminalOf');

/** Every page of the window: its address, and what is shown there. A new page is one line. */
export const pages: readonly (readonly [pattern: string, page: Page])[] = [
  ['/', First],
  ['/add', AddServer],
  ['/import', later(() => import('./features/imports/ImportPage.tsx'), 'ImportPage')],
  ['/new', later(() => import('./features/templates/NewApp.tsx'), 'NewApp')],
  ['/hosts/:host', HostPage],
  ['/hosts/:host/key', later(() => import('./features/hosts/KeyPage.tsx'), 'KeyPage')],
  ['/hosts/:host/known-hosts', later(() => import('./features/known-hosts/KnownHostsPage.tsx'), 'KnownHostsPage')],
  ['/hosts/:host/terminal', TerminalOf],
  ['/hosts/:host/settings', later(() => import('./features/hosts/HostSettings.tsx'), 'HostSettings')],
  ['/hosts/:host/logs', later(logs, 'HostLogPage')],
  ['/hosts/:host/files', later(files, 'FilesPage')],
  ['/hosts/:host/files/:path', later(files, 'FilesPage')],
  ['/hosts/:host/forwards', later(() => import('./features/forwards/ForwardsPage.tsx'), 'ForwardsPage')],
  ['/hosts/:host/apps', AppsPage],
  ['/hosts/:host/apps/:app', AppPage],
  ['/hosts/:host/apps/:app/deployments', later(() => import('./features/deployments/DeploymentsPage.tsx'), 'DeploymentsPage')],
  ['/hosts/:host/apps/:app/deployments/:number', later(() => import('./features/deployments/DeploymentPage.tsx'), 'DeploymentPage')],
  ['/hosts/:host/apps/:app/logs', later(logs, 'LogsPage')],
  ['/hosts/:host/apps/:app/variables', later(() => import('./features/variables/VariablesPage.tsx'), 'VariablesPage')],
  ['/hosts/:host/apps/:app/domains', later(() => import('./features/domains/DomainsPage.tsx'), 'DomainsPage')],
  ['/hosts/:host/apps/:app/terminal', TerminalOf],
  ['/hosts/:host/apps/:app/settings', later(() => import('./features/apps/AppSettings.tsx'), 'AppSettings')],
  ['/terminal', later(terminals, 'TerminalPage')],
  ['/keys', later(() => import('./features/keys/KeysPage.tsx'), 'KeysPage')],
  ['/known-hosts', later(() => import('./features/known-hosts/KnownHostsPage.tsx'), 'KnownHostsPage')],
  ['/settings', later(() => import('./features/settings/SettingsPage.tsx'), 'SettingsPage')],
];
