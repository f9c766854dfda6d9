import { apps } from './apps.ts';
import { deployments } from './deployments.ts';
import { hosts } from './hosts.ts';
import { logs } from './logs.ts';
import { releases } from './releases.ts';
import { settings } from './settings.ts';
import { terminals } from './terminals.ts';

/** Every operation of ForgeBoard. A new noun is one line here. */
export const contract = { hosts, apps, deployments, releases, logs, terminals, settings };

export type Contract = typeof contract;
