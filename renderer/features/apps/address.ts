import type { App } from '../../../shared/contract/apps.ts';

/** Where visitors reach an app, for the node before its slots; one that was deployed and has no address has processes only. */
export function addressOf(host: string, app: Pick<App, 'url' | 'state'> | undefined): { address: string; about: string } {
  const url = app?.url ?? null;
  if (url === null) return { address: app === undefined || app.state === 'never-deployed' ? 'No address yet' : 'Processes only', about: `on ${host}` };
  const port = /:(\d+)\/?$/.exec(url)?.[1];
  return { address: url.replace(/^https?:\/\//, '').replace(/\/$/, ''), about: port === undefined ? `on ${host}` : `Port ${port} of ${host}` };
}
