import { adoptions } from './adoptions.ts';
import { apps } from './apps.ts';
import { deployments } from './deployments.ts';
import { domains } from './domains.ts';
import { files } from './files.ts';
import { forwards } from './forwards.ts';
import { hosts } from './hosts.ts';
import { imports } from './imports.ts';
import { keys } from './keys.ts';
import { knownHosts } from './known-hosts.ts';
import { logs } from './logs.ts';
import { releases } from './releases.ts';
import { settings } from './settings.ts';
import { snippets } from './snippets.ts';
import { templates } from './templates.ts';
import { terminals } from './terminals.ts';
import { variables } from './variables.ts';

/** Every operation of ForgeBoard. A new noun is one line here. */
export const contract = {
  hosts,
  imports,
  templates,
  adoptions,
  apps,
  deployments,
  domains,
  releases,
  variables,
  logs,
  terminals,
  snippets,
  files,
  forwards,
  'known-hosts': knownHosts,
  keys,
  settings,
};

export type Contract = typeof contract;
