import type { DeploymentProgress } from '../../shared/contract/deployments.ts';
import { Failure } from '../../shared/errors.ts';
import { entryText, withEntryText } from '../../shared/rules/registry.ts';
import { migratedSince, rollbackTarget } from '../../shared/rules/rollback.ts';
import { type AppSpec, appSpec } from '../../shared/rules/spec.ts';
import type { Asker, Kits } from '../hostkit/kits.ts';
import { type Ran, type Run, run } from './run.ts';

export interface RollbackRequest extends Run {
  actor: string;
  /** The one that was live before, where not given. */
  release: number | undefined;
}

/**
 * Makes an older release live again with the configuration that it had, without upload and build. Its entry goes back into
 * apps.yml, so that what is wanted is what runs.
 * @throws Failure not-found where there is no such release, invalid where it is live, and those of a deployment
 */
export async function rollback(
  kits: Kits,
  request: RollbackRequest,
  emit: (event: DeploymentProgress) => void | Promise<void>,
  asker: Asker,
): Promise<Ran & { spec: AppSpec | null }> {
  const { host, app, actor, token } = request;
  const kit = await kits.get(host, asker);
  const [registry, { releases }] = await Promise.all([kit.call('registry.read', {}, { signal: asker.signal }), kit.call('releases.list', { app }, { signal: asker.signal })]);
  const target = rollbackTarget(app, releases, request.release);
  await emit({ type: 'note', text: `Back to release ${target.release} of ${new Date(target.createdAt * 1000).toISOString()}, by ${target.actor}` });
  const migrated = migratedSince(releases, target.release);
  if (migrated.length > 0)
    await emit({ type: 'note', text: `Commands before the start ran for release ${migrated.join(', ')} since (migrations?): what they changed in ${app}'s data stays as it is` });
  const change = changed(registry, app, target.entry);
  const args = { app, release: target.release, registry: change, actor, origin: '', token };
  const done = await run(kits, request, async () => kit.call('deployments.rollback', args), emit, asker);
  const spec = appSpec.safeParse(target.spec);
  return { ...done, spec: spec.success ? spec.data : null };
}

function changed(registry: { text: string; digest: string }, app: string, entry: string | null): { text: string; digest: string } | null {
  if (entry === null || entryText(registry.text, app) === entry) return null;
  try {
    return { text: withEntryText(registry.text, app, entry), digest: registry.digest };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure('config-invalid', `${error.message}, so the entry of ${app} could not be put back`, { hint: error.hint });
  }
}
