import type { ComponentType } from 'react';
import { AppPage } from './features/apps/AppPage.tsx';
import { AppSettings } from './features/apps/AppSettings.tsx';
import { AppsPage } from './features/apps/AppsPage.tsx';
import { DeploymentPage } from './features/deployments/DeploymentPage.tsx';
import { DeploymentsPage } from './features/deployments/DeploymentsPage.tsx';
import { DomainsPage } from './features/domains/DomainsPage.tsx';
import { AddServer } from './features/hosts/AddServer.tsx';
import { HostPage } from './features/hosts/HostPage.tsx';
import { HostSettings } from './features/hosts/HostSettings.tsx';
import { KeyPage } from './features/hosts/KeyPage.tsx';
import { ImportPage } from './features/imports/ImportPage.tsx';
import { LogsPage } from './features/logs/LogsPage.tsx';
import { SettingsPage } from './features/settings/SettingsPage.tsx';
import { NewApp } from './features/templates/NewApp.tsx';
import { VariablesPage } from './features/variables/VariablesPage.tsx';
import { TerminalOf, TerminalPage } from './features/terminals/TerminalPage.tsx';
import { First } from './features/window/First.tsx';

/** Every page of the window: its address, and what is shown there. A new page is one line. */
export const pages: readonly (readonly [pattern: string, page: ComponentType<Record<string, string>>])[] = [
  ['/', First],
  ['/add', AddServer],
  ['/import', ImportPage],
  ['/new', NewApp],
  ['/hosts/:host', HostPage],
  ['/hosts/:host/key', KeyPage],
  ['/hosts/:host/terminal', TerminalOf],
  ['/hosts/:host/settings', HostSettings],
  ['/hosts/:host/apps', AppsPage],
  ['/hosts/:host/apps/:app', AppPage],
  ['/hosts/:host/apps/:app/deployments', DeploymentsPage],
  ['/hosts/:host/apps/:app/deployments/:number', DeploymentPage],
  ['/hosts/:host/apps/:app/logs', LogsPage],
  ['/hosts/:host/apps/:app/variables', VariablesPage],
  ['/hosts/:host/apps/:app/domains', DomainsPage],
  ['/hosts/:host/apps/:app/terminal', TerminalOf],
  ['/hosts/:host/apps/:app/settings', AppSettings],
  ['/terminal', TerminalPage],
  ['/settings', SettingsPage],
];
