import { ready, start } from './boot.ts';
import { missingRequirements } from './debian.ts';
import { startDelay } from './delay.ts';
import { type TestHost, testHost } from './guest.ts';
import { images } from './images.ts';
import type { Release } from './packages.ts';
import { remove, type RunningHost, runningHosts, stopStale } from './running.ts';

export { deployPassword } from './images.ts';
export type { TestHost } from './guest.ts';

export interface HostOptions {
  /** 'web' has nginx and python3-venv installed; 'base' (the default) is a plain Debian whose apt can install them. */
  image?: 'base' | 'web';
  release?: Release;
  /** What the whole host may use and sees in /proc/meminfo: '512M', '2G'. */
  memory?: string;
  /** Adds a proxy that makes each round trip this much longer; address and port are the proxy's then. */
  delayMs?: number;
  /** Lets the host outlive this process; stopHost(name) ends it. */
  keep?: boolean;
}

/** Boots a fresh Debian with systemd and sshd. The first call on a machine builds the images (half a minute); later ones take about a second. */
export async function bootHost(options: HostOptions = {}): Promise<TestHost> {
  const missing = missingRequirements();
  if (missing.length > 0) throw new Error(missing.join(' '));
  stopStale();
  const layers = await images(options.image ?? 'base', options.release ?? 'bookworm');
  const started = performance.now();
  const { host, identity } = await start(layers, { memory: bytes(options.memory), keep: options.keep ?? false });
  if (!options.keep) stopAtExit(host);
  try {
    await ready(host);
    const bootMs = Math.round(performance.now() - started);
    const delay = options.delayMs ? await startDelay({ host: host.address, port: 22 }, options.delayMs) : undefined;
    const booted = testHost(host, { identity, bootMs, delay });
    if (!options.keep) owned.set(host, booted);
    return booted;
  } catch (error) {
    remove(host);
    throw error;
  }
}

function bytes(size: string | undefined): number | undefined {
  const [, number, unit = ''] = /^(\d+)([KMG]?)$/.exec(size ?? '') ?? [];
  if (size && !number) throw new Error(`memory is a number with K, M or G, not ${size}`);
  return number ? Number(number) * { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }[unit]! : undefined;
}

// A host that is still booting has nothing to tell yet.
const owned = new Map<RunningHost, TestHost | undefined>();
let watching = false;

function stopAtExit(host: RunningHost): void {
  if (!watching) {
    watching = true;
    const stopAll = () => {
      for (const one of owned.keys()) if (runs(one)) remove(one);
      owned.clear();
    };
    process.once('exit', stopAll);
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const) {
      process.once(signal, () => {
        stopAll();
        process.exit(code);
      });
    }
  }
  owned.set(host, undefined);
}

const runs = (host: RunningHost) => runningHosts().some((other) => other.name === host.name);

/** What the hosts of this process that still run have in their journals, for printing after a failure. */
export async function ownJournals(): Promise<{ name: string; journal: string }[]> {
  const running = [...owned].flatMap(([host, booted]) => (booted && runs(host) ? [booted] : []));
  const unread = (error: Error) => `The journal could not be read: ${error.message}`;
  return Promise.all(running.map(async (host) => ({ name: host.name, journal: await host.journal().catch(unread) })));
}
