import type { Host } from '../../../shared/contract/hosts.ts';
import { Failure } from '../../../shared/errors.ts';

export const unknownApp = (app: string, host: Host) =>
  new Failure('not-found', `There is no app called ${app} on ${host.name}`, { field: 'app', hint: `See those that are there: forgeboard apps list --host ${host.name}` });
