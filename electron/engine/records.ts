import type { Deployment } from '../../shared/contract/apps.ts';
import type { Answer } from '../hostkit/actions.ts';

/** A deployment as people read it, from what the host's journal says. */
export function deploymentFrom(record: Answer<'deployments.get'>): Deployment {
  return {
    deployment: record.deployment,
    kind: record.kind,
    startedAt: new Date(record.startedAt * 1000).toISOString(),
    actor: record.actor,
    outcome: record.switchedBack !== null ? 'switched-back' : (record.end?.outcome ?? (record.running ? 'running' : 'interrupted')),
    release: record.end?.release ?? null,
    reason: record.switchedBack?.reason ?? record.end?.failure?.message ?? null,
  };
}
