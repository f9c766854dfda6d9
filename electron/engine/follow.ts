import type { DeploymentProgress } from '../../shared/contract/deployments.ts';
import type { Host } from '../../shared/contract/hosts.ts';
import { Failure } from '../../shared/errors.ts';
import { type DeploymentEvent, deploymentEvent } from '../hostkit/actions.ts';
import type { Asker, Kits } from '../hostkit/kits.ts';
import { knownApp } from './known-app.ts';

export interface Followed {
  host: Host;
  app: string;
  /** Null where only the token is known: the connection went while it was being started. */
  deployment: number | null;
  token: string | null;
}

export type End = Extract<DeploymentEvent, { type: 'end' }> & { deployment: number };

/** How long a host is asked again and again after the connection was lost. */
const patience = 10 * 60_000;

/**
 * Tells a deployment's events from the first one on, without a gap or a repeat, through lost connections: the host goes on
 * by itself, so the outcome is asked of it and never guessed. Aborting the asker's signal stops the telling, not the run.
 * @throws Failure unknown-outcome where the host did not answer again in ten minutes
 */
export async function follow(kits: Kits, followed: Followed, emit: (event: DeploymentProgress) => void | Promise<void>, asker: Asker): Promise<End> {
  let seen = 0;
  let end: End | undefined;
  let lostAt: number | undefined;
  let number = followed.deployment;
  let told = false;
  let telling: Promise<void> = Promise.resolve();
  const notStarted = new Failure('unreachable', `The connection to ${followed.host.name} was lost before the deployment started there: nothing was changed`, {
    hint: 'Deploy again.',
  });

  for (;;) {
    try {
      const kit = await kits.get(followed.host, asker);
      number ??= await numberOf(kit, followed);
      if (number === null) throw notStarted;
      if (!told) await emit({ type: 'started', app: followed.app, deployment: number });
      told = true;
      if (lostAt !== undefined) await emit({ type: 'note', text: `${followed.host.name} answers again.` });
      lostAt = undefined;
      await kit.call(
        'deployments.follow',
        { app: followed.app, deployment: number, after: seen },
        {
          signal: asker.signal,
          // Not awaited: a slow reader must not hold back everybody else's answers from this host. What waits here is
          // bounded by what a deployment says in all.
          onEvent: (bytes) => {
            const event = deploymentEvent.parse(bytes);
            seen += 1;
            if (event.type === 'end') end = { ...event, deployment: number as number };
            else telling = telling.then(() => emit(progressOf(event)));
          },
        },
      );
      await telling;
      if (end !== undefined) return end;
      return await interrupted(followed, number);
    } catch (error) {
      if (error === notStarted || !(error instanceof Failure) || !['unreachable', 'unknown-outcome'].includes(error.problem) || asker.signal.aborted) throw error;
      await telling;
      if (end !== undefined) return end;
      lostAt ??= Date.now();
      if (Date.now() - lostAt > patience) {
        throw new Failure('unknown-outcome', `The connection to ${followed.host.name} was lost and it does not answer; it finishes or rolls back by itself`, {
          hint: `Ask it later: forgeboard deployments follow ${followed.app} --host ${followed.host.name}`,
        });
      }
      await emit({ type: 'note', text: `The connection to ${followed.host.name} was lost. It goes on by itself; asking again.` });
      await pause(1000, asker.signal);
    }
  }

  async function interrupted({ app, host }: Followed, deployment: number): Promise<never> {
    throw new Failure('start-failed', `Deployment ${deployment} of ${app} was interrupted on ${host.name}; what served before still does`, { hint: 'Deploy again.' });
  }
}

/** Null where the host, asked again, knows of no such deployment. */
async function numberOf(kit: Awaited<ReturnType<Kits['get']>>, { app, token }: Followed): Promise<number | null> {
  return (await knownApp(kit, app))?.deployments.find((record) => record.token === token)?.deployment ?? null;
}

function progressOf(event: Exclude<DeploymentEvent, { type: 'end' }>): DeploymentProgress {
  if (event.type === 'output') return event;
  const { at: _at, ...step } = event;
  return step as DeploymentProgress;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, ms);
    const stop = () => {
      clearTimeout(timer);
      reject(new Failure('cancelled', 'Cancelled'));
    };
    signal.addEventListener('abort', stop, { once: true });
    function done() {
      signal.removeEventListener('abort', stop);
      resolve();
    }
  });
}
