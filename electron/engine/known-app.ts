import { Failure } from '../../shared/errors.ts';
import { appSpec } from '../../shared/rules/spec.ts';
import type { Answer } from '../hostkit/actions.ts';
import type { Kit } from '../hostkit/hostkit.ts';

/** What a host knows of an app, its deployments newest first; null where it never heard of it. */
export async function knownApp(kit: Kit, app: string, signal?: AbortSignal): Promise<Answer<'apps.get'> | null> {
  try {
    return await kit.call('apps.get', { app }, { signal });
  } catch (error) {
    if (error instanceof Failure && error.problem === 'not-found') return null;
    throw error;
  }
}

/** Where nginx listens for the app, by what was last applied. */
export async function portOf(kit: Kit, app: string, signal?: AbortSignal): Promise<number> {
  const spec = appSpec.safeParse((await knownApp(kit, app, signal))?.app.spec);
  if (!spec.success) throw new Failure('not-found', `${app} has not been set up on this server`, { field: 'app' });
  return spec.data.port;
}
