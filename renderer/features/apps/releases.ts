import type { Output } from '../../lib/api.ts';

/** The release that was live before the one that is; as its deployments tell where the kept ones are not known yet. */
export function previousRelease(app: Output<'apps.get'>, releases?: Output<'releases.list'>['releases']): number | null {
  if (releases !== undefined) return releases.find(({ state }) => state === 'previous')?.release ?? null;
  return app.deployments.find(({ outcome, release }) => outcome === 'live' && release !== app.release)?.release ?? null;
}

/** The deployment that made live what is live: after a rollback its number is not that of its release. */
export function liveDeployment(app: Pick<Output<'apps.get'>, 'release' | 'deployments'>): Output<'apps.get'>['deployments'][number] | null {
  return app.deployments.find(({ outcome, release }) => outcome === 'live' && release === app.release) ?? null;
}
