import { createDispatch, type Dispatch } from './dispatch.ts';
import { createArchives } from './engine/archives.ts';
import { createTerminals, type Terminals } from './engine/terminals.ts';
import { adoptionsFeature } from './features/adoptions.ts';
import { appsFeature } from './features/apps.ts';
import { deploymentsFeature } from './features/deployments.ts';
import { domainsFeature } from './features/domains.ts';
import { filesFeature } from './features/files.ts';
import { forwardsFeature } from './features/forwards.ts';
import { hostStates } from './features/hosts/states.ts';
import { hostsFeature } from './features/hosts.ts';
import { importsFeature } from './features/imports.ts';
import { keysFeature } from './features/keys.ts';
import { knownHostsFeature } from './features/known-hosts.ts';
import { logsFeature } from './features/logs.ts';
import { releasesFeature } from './features/releases.ts';
import { settingsFeature } from './features/settings.ts';
import { snippetsFeature } from './features/snippets.ts';
import { templatesFeature } from './features/templates.ts';
import { terminalsFeature } from './features/terminals.ts';
import { variablesFeature } from './features/variables.ts';
import { createKits } from './hostkit/kits.ts';
import { KnownHosts } from './ssh/known-hosts.ts';
import { lazyConnections } from './ssh/lazy.ts';
import { createFolderHandles, openFolderMemory } from './store/folders.ts';
import { openInventory } from './store/inventory.ts';
import type { Keychain } from './store/keychain.ts';
import type { KeptLog } from './store/log.ts';
import { openSecrets } from './store/secrets.ts';
import { sessionLogs } from './store/session-logs.ts';
import { type Looks, openSettings } from './store/settings.ts';
import { openSnippets } from './store/snippets.ts';
import { openTemplates } from './store/templates.ts';

export interface Forge {
  dispatch: Dispatch;
  /** A handle for a folder the user chose; only doors call this. */
  openFolder(path: string): string;
  /** The same for a handle that main made. */
  nameFolder(handle: string, path: string): void;
  /** The terminal that a ticket stands for; each is given once. */
  terminal: Terminals['take'];
  /** The same for a command's streams. */
  command: Terminals['takeCommand'];
  /** The machine slept: connections are looked at now. */
  wake(): void;
  close(): void;
}

export interface ForgeOptions {
  home: string;
  log: KeptLog;
  /** Where secrets may be remembered; left out, they last as long as the process. */
  keychain?: Keychain;
  onLooks?: (looks: Looks) => void;
}

/** The composition root: every entry (command line, window, server) calls it once and hands its dispatch on. */
export function forge({ home, log, keychain, onLooks = () => {} }: ForgeOptions): Forge {
  const recovered: string[] = [];
  const recover = (text: string): void => {
    recovered.push(text);
    log(text);
  };
  const knownHosts = new KnownHosts();
  const inventory = openInventory(home, recover);
  const secrets = openSecrets(keychain);
  const connections = lazyConnections({ hostKeys: { known: knownHosts } });
  const kits = createKits(connections, secrets, log);
  const terminals = createTerminals(kits, sessionLogs(home));
  const folders = createFolderHandles();
  const archives = createArchives();
  const memory = openFolderMemory(home);
  const forget = async (host: string): Promise<void> => {
    await Promise.all([secrets.forgetAll(`${host} `), memory.forget(host)]);
  };
  const dispatch = createDispatch(
    {
      hosts: hostsFeature({ inventory, kits, knownHosts, states: hostStates(connections), forget }),
      imports: importsFeature({ home, archives, inventory, kits, folders }),
      templates: templatesFeature({ folders, templates: openTemplates(home, recover) }),
      adoptions: adoptionsFeature({ inventory, kits }),
      apps: appsFeature({ inventory, kits }),
      deployments: deploymentsFeature({ home, archives, inventory, kits, folders, memory }),
      domains: domainsFeature({ inventory, kits }),
      releases: releasesFeature({ inventory, kits }),
      variables: variablesFeature({ inventory, kits, folders }),
      logs: logsFeature({ inventory, kits, terminals }),
      terminals: terminalsFeature({ inventory, terminals }),
      snippets: snippetsFeature({ snippets: openSnippets(home, recover) }),
      files: filesFeature({ inventory, kits, folders }),
      forwards: forwardsFeature({ inventory, kits }),
      keys: keysFeature({ inventory, kits }),
      'known-hosts': knownHostsFeature({ inventory, knownHosts }),
      settings: settingsFeature({
        home,
        settings: openSettings(home, recover),
        keyring: () => (keychain === undefined ? { name: null, reason: 'secrets last as long as this program' } : { name: keychain.name, reason: keychain.reason() }),
        recovered,
        onLooks,
      }),
    },
    log,
  );
  return {
    dispatch,
    openFolder: folders.open,
    nameFolder: folders.name,
    terminal: terminals.take,
    command: terminals.takeCommand,
    wake: () => void connections.wake(),
    close() {
      archives.close();
      kits.closeAll();
    },
  };
}
