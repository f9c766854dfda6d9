import type { Deployment } from '../../shared/contract/apps.ts';
import type { Answer } from '../hostkit/actions.ts';

/** A deployment as people read it, from what the host's journal says. */
export function deploymentFrom(record: Answer<'deployments.get'>): Deployment {
  return {
    deployment: record.deployment,
    kind: record.kind,
    changes: record.changes,
    startedAt: new Date(record.startedAt * 1000).toISOString(),
    actor: record.actor,
    outcome: record.switchedBack !== null ? 'switched-back' : (record.end?.outcome ?? (record.running ? 'running' : 'interrupted')),
    release: record.end?.release ?? null,
    target: record.target,
    ms: record.end?.at ?? null,
    reason:
      record.switchedBack?.reason ??
      record.end?.failure?.message ??
      (record.notCold === null ? null : `it serves, but did not start again without its warm slot: ${record.notCold}`),
    warm: record.end?.warm ?? false,
  };
}
