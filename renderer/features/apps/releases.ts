import type { Output } from '../../lib/api.ts';

/** The release that was live before the one that is; it stays on disk in the other slot. */
export function previousRelease(app: Output<'apps.get'>): number | null {
  return app.deployments.find(({ outcome, release }) => outcome === 'live' && release !== app.release)?.release ?? null;
}
