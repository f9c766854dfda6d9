import type { Host, Sample } from '../../../shared/contract/hosts.ts';
import { Failure } from '../../../shared/errors.ts';
import type { Context } from '../../dispatch.ts';
import { metricSample } from '../../hostkit/actions.ts';
import type { Kits } from '../../hostkit/kits.ts';

const betweenTries = 1_000;

/**
 * Tells a host's figures once a second, through lost connections and sleep, until cancelled. Someone who reads slowly gets
 * fewer of them: the kit's channel is shared, so nobody may hold it up.
 */
export async function watch(kits: Kits, host: Host, context: Context<Sample>): Promise<{ samples: number }> {
  let samples = 0;
  let held = false;
  const onEvent = (bytes: unknown): void => {
    if (held) return;
    samples += 1;
    const { at, ...figures } = metricSample.parse(bytes);
    const taken = context.emit({ at: new Date(at * 1000).toISOString(), ...figures });
    if (taken === undefined) return;
    held = true;
    void taken.then(() => {
      held = false;
    });
  };
  while (!context.signal.aborted) {
    try {
      const kit = await kits.get(host, context);
      await kit.call('metrics.follow', {}, { signal: context.signal, onEvent });
    } catch (error) {
      if (context.signal.aborted) break;
      if (!(error instanceof Failure) || error.problem !== 'unreachable') throw error;
      await pause(betweenTries, context.signal);
    }
  }
  return { samples };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}
