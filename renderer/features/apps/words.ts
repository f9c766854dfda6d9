import type { App, Deployment } from '../../../shared/contract/apps.ts';
import type { State } from '../../ui/Status.tsx';

/** An app's shape. */
export function appState(app: App): State {
  if (app.deploying !== null) return 'deploying';
  return ({ live: 'live', starting: 'deploying', stopped: 'stopped', failed: 'failed', 'never-deployed': 'stopped' } as const)[app.state];
}

/** The word of its state. */
export function appLong(app: App): string {
  if (app.deploying !== null) return 'Deploying';
  return { live: 'Live', starting: 'Starting', stopped: 'Stopped', failed: 'Failed', 'never-deployed': 'Not live yet' }[app.state];
}

/** The same for the sidebar, where what is simply live needs no word. */
export const appWord = (app: App) => (app.state === 'live' && app.deploying === null ? '' : appLong(app).toLowerCase());

/** Trouble first, then by name. */
export function byTrouble(one: App, other: App): number {
  const rank = (app: App) => ['failed', 'starting', 'stopped', 'never-deployed', 'live'].indexOf(app.deploying === null ? app.state : 'starting');
  return rank(one) - rank(other) || (one.app < other.app ? -1 : 1);
}

/** What is wrong with an app, in the place of its figures. */
export function wrongWith(app: App): string | null {
  if (app.state === 'failed') return app.restarts > 0 ? `Release ${app.release ?? '?'} ended ${app.restarts} times and is down` : `Release ${app.release ?? '?'} is down`;
  if (app.state === 'never-deployed') return 'No release of it went live yet';
  if (app.state === 'stopped') return 'Stopped on the server';
  return null;
}

/** What a kind of deployment did to a release, and is doing. */
export const kindWords = {
  deploy: ['Deployed', 'Deploying'],
  rollback: ['Rolled back to', 'Rolling back to'],
  restart: ['Restarted', 'Restarting'],
  start: ['Started', 'Starting'],
  variables: ['Changed variables of', 'Changing variables of'],
  configure: ['Changed settings of', 'Changing settings of'],
} as const satisfies Record<Deployment['kind'], readonly [did: string, doing: string]>;

/** The same where it came to nothing. */
export const attemptWords = {
  deploy: 'Deploy of',
  rollback: 'Rollback to',
  restart: 'Restart of',
  start: 'Start of',
  variables: 'Change of variables of',
  configure: 'Change of settings of',
} as const satisfies Record<Deployment['kind'], string>;

/** The same as things. */
export const kindNames = {
  deploy: 'deploy',
  rollback: 'rollback',
  restart: 'restart',
  start: 'start',
  variables: 'change of variables',
  configure: 'change of settings',
} as const satisfies Record<Deployment['kind'], string>;

/** A past deployment as shape and word; `live` is the number of the one that made live what is live. */
export function outcomeWords(deployment: Deployment, live: number | null): readonly [State, string] {
  switch (deployment.outcome) {
    case 'running':
      return ['deploying', 'Running'];
    case 'live':
      return deployment.deployment === live ? ['live', 'Live'] : ['kept', 'Was live'];
    case 'applied':
      return ['kept', 'Applied'];
    case 'unchanged':
      return ['kept', 'Unchanged'];
    case 'failed':
      return ['failed', 'Failed'];
    case 'cancelled':
      return ['stopped', 'Stopped'];
    case 'interrupted':
      return ['warning', 'Interrupted'];
    case 'switched-back':
      return ['failed', 'Switched back'];
  }
}
