import type { DeploymentProgress } from '../../shared/contract/deployments.ts';
import type { Host } from '../../shared/contract/hosts.ts';
import { Failure, type FailureRecord } from '../../shared/errors.ts';
import type { Asker, Kits } from '../hostkit/kits.ts';
import type { KnownSpec } from '../../shared/rules/explain/said.ts';
import { type Complete, explained } from './explained.ts';
import { type End, follow } from './follow.ts';

export interface Run {
  host: Host;
  app: string;
  /** Names this deployment before the host has given it a number, so that it is found again after a lost connection. */
  token: string;
  /** What it runs as, where that is known: a failure is explained by it. */
  spec?: KnownSpec;
  complete?: Complete;
}

export interface Ran {
  deployment: number;
  outcome: 'live' | 'unchanged';
  release: number;
}

/**
 * Starts a deployment and tells it to its end, through lost connections.
 * @throws Failure of the step that failed; unknown-outcome only where the host could not be asked again
 */
export async function run(
  kits: Kits,
  wanted: Run,
  start: () => Promise<{ deployment: number }>,
  emit: (event: DeploymentProgress) => void | Promise<void>,
  asker: Asker,
): Promise<Ran> {
  const end = await runToEnd(kits, wanted, start, emit, asker);
  if (end.outcome === 'applied' || end.release === null) throw await failureOf(end, wanted);
  return { deployment: end.deployment, outcome: end.outcome, release: end.release };
}

/** The same for what may end without a process that was started. */
export async function runToEnd(
  kits: Kits,
  wanted: Run,
  start: () => Promise<{ deployment: number }>,
  emit: (event: DeploymentProgress) => void | Promise<void>,
  asker: Asker,
): Promise<End & { outcome: 'live' | 'unchanged' | 'applied' }> {
  const { host, app, token } = wanted;
  const end = await follow(kits, { host, app, token, deployment: await numberOf(start) }, emit, asker);
  if (end.outcome !== 'live' && end.outcome !== 'unchanged' && end.outcome !== 'applied') throw await failureOf(end, wanted);
  return { ...end, outcome: end.outcome };
}

/** The number of the deployment, or null where the connection went before it was told. */
async function numberOf(start: () => Promise<{ deployment: number }>): Promise<number | null> {
  try {
    return (await start()).deployment;
  } catch (error) {
    if (error instanceof Failure && error.problem === 'unknown-outcome') return null;
    throw error;
  }
}

async function failureOf(end: End, { app, spec = null, complete }: Run): Promise<Failure> {
  if (end.outcome === 'cancelled') return new Failure('cancelled', `The deployment of ${app} was cancelled; what served before still does`);
  return end.failure === null ? new Failure('start-failed', `The deployment of ${app} failed`) : explained(end.failure as FailureRecord, spec, complete);
}
