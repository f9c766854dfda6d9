import { randomBytes } from 'node:crypto';
import type { AppliedResult } from '../../shared/contract/apps/configuration.ts';
import type { DeploymentProgress } from '../../shared/contract/deployments.ts';
import type { Host } from '../../shared/contract/hosts.ts';
import type { Asker, Kits } from '../hostkit/kits.ts';
import type { MadePlan } from './plan.ts';
import { runToEnd } from './run.ts';
import { urlOf } from './url.ts';

/**
 * Carries a plan out on its host: a deployment that outlives the connection, or a write of apps.yml alone for an app that
 * was never set up.
 * @throws Failure conflict where the host is not what the plan was made from; else of the step that failed, taken back whole
 */
export async function applyPlan(
  kits: Kits,
  { host, app, plan, actor }: { host: Host; app: string; plan: MadePlan; actor: string },
  emit: (event: DeploymentProgress) => void | Promise<void>,
  asker: Asker,
): Promise<AppliedResult> {
  const began = performance.now();
  const changes = plan.settings.length > 0 ? plan.settings.map(({ name }) => name) : plan.files.map(({ path }) => path);
  const url = plan.spec === null ? null : urlOf(host, plan.spec);
  const told = { app, changes, url };
  const ms = () => Math.round(performance.now() - began);
  if (plan.changes === 0) return { ...told, outcome: 'unchanged', deployment: null, release: null, ms: ms() };

  const kit = await kits.get(host, asker);
  const token = randomBytes(12).toString('hex');
  const args = {
    app,
    spec: plan.spec,
    apply: { files: plan.rendered, registry: plan.registry, entry: plan.entry },
    state: plan.state,
    changes,
    actor,
    origin: '',
    token,
  };
  if (plan.spec === null) {
    await kit.call('configuration.apply', args, { signal: asker.signal });
    return { ...told, outcome: 'applied', deployment: null, release: null, ms: ms() };
  }
  const start = async () => ({ deployment: (await kit.call('configuration.apply', args)).deployment ?? 0 });
  const end = await runToEnd(kits, { host, app, token }, start, emit, asker);
  return { ...told, outcome: end.outcome, deployment: end.deployment, release: end.release, ms: ms() };
}
