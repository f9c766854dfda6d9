import { appNameRule } from '../../rules/names.ts';
import { ruled } from '../../rules/refine.ts';
import { hostName } from '../hosts.ts';

/* Which app, and where: fields of almost every operation. */
export const appName = ruled(appNameRule, 'Name of the app: 1 to 28 of a-z, 0-9 and hyphens');
export const onHost = hostName.meta({ description: 'The server it runs on' });
