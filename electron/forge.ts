import type { KeptLog } from './store/log.ts';
import { createDispatch, type Dispatch } from './dispatch.ts';
import { appsFeature } from './features/apps.ts';
import { deploymentsFeature } from './features/deployments.ts';
import { hostsFeature } from './features/hosts.ts';
import { logsFeature } from './features/logs.ts';
import { releasesFeature } from './features/releases.ts';
import { createKits } from './hostkit/kits.ts';
import { openConnections } from './ssh/connections.ts';
import { KnownHosts } from './ssh/known-hosts.ts';
import { createFolderHandles, openFolderMemory } from './store/folders.ts';
import { openInventory } from './store/inventory.ts';

export interface Forge {
  dispatch: Dispatch;
  /** A handle for a folder the user chose; only doors call this. */
  openFolder(path: string): string;
  close(): void;
}

/** The composition root: every entry (command line, window, server) calls it once and hands its dispatch on. */
export function forge(options: { home: string; log: KeptLog }): Forge {
  const knownHosts = new KnownHosts();
  const inventory = openInventory(options.home);
  const kits = createKits(openConnections({ hostKeys: { known: knownHosts } }), options.log);
  const folders = createFolderHandles();
  const memory = openFolderMemory(options.home);
  const dispatch = createDispatch(
    {
      hosts: hostsFeature({ inventory, kits, knownHosts }),
      apps: appsFeature({ inventory, kits }),
      deployments: deploymentsFeature({ home: options.home, inventory, kits, folders, memory }),
      releases: releasesFeature({ inventory, kits }),
      logs: logsFeature({ inventory, kits }),
    },
    options.log,
  );
  return { dispatch, openFolder: folders.open, close: () => kits.closeAll() };
}
