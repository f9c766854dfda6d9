import { Failure } from '../../shared/errors.ts';
import { type AppSpec, appSpec } from '../../shared/rules/spec.ts';
import type { Answer } from '../hostkit/actions.ts';
import type { Kit } from '../hostkit/hostkit.ts';

/** What a host knows of an app, its deployments newest first, so many of them; null where it never heard of it. */
export async function knownApp(kit: Kit, app: string, signal?: AbortSignal, deployments = 50): Promise<Answer<'apps.get'> | null> {
  try {
    return await kit.call('apps.get', { app, deployments }, { signal });
  } catch (error) {
    if (error instanceof Failure && error.problem === 'not-found') return null;
    throw error;
  }
}

/** What was last applied of an app. @throws Failure not-found */
export async function appliedSpec(kit: Kit, app: string, signal?: AbortSignal): Promise<AppSpec> {
  const status = (await knownApp(kit, app, signal))?.app;
  const spec = appSpec.safeParse(status?.spec);
  if (!spec.success && status?.adopted != null) {
    throw new Failure('conflict', `${app} still runs in ${status.adopted.unit}`, {
      field: 'app',
      hint: `Start and stop it there, or move it to slots first: forgeboard adoptions move ${app}`,
    });
  }
  if (!spec.success) throw new Failure('not-found', `${app} has not been set up on this server`, { field: 'app' });
  return spec.data;
}
