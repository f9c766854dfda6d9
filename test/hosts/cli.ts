import { images } from './images.ts';
import { bootHost } from './host.ts';
import type { Release } from './packages.ts';
import { pidsOf, runningHosts, stopHost, stopStale } from './running.ts';

const usage = `A real Debian host to try things on.
  npx tsx test/hosts/cli.ts boot [base|web] [bookworm|trixie]   boots one that stays until it is stopped
  npx tsx test/hosts/cli.ts list
  npx tsx test/hosts/cli.ts stop NAME
  npx tsx test/hosts/cli.ts stop-stale                          removes those whose process has gone
  npx tsx test/hosts/cli.ts images [bookworm|trixie]            builds what the hosts boot from`;

function chosen<T extends string>(words: string[], choices: readonly T[]): T {
  return choices.find((choice) => words.includes(choice)) ?? choices[0]!;
}

const verbs: Record<string, (words: string[]) => Promise<void> | void> = {
  async boot(words) {
    const host = await bootHost({ image: chosen(words, ['web', 'base']), release: releaseOf(words), keep: true });
    const known = `-o UserKnownHostsFile=${host.identity}.known_hosts -o StrictHostKeyChecking=accept-new`;
    console.log(`${host.name} booted in ${host.bootMs} ms. Users: root, deploy (sudo with password), ops (sudo without).`);
    console.log(`  ssh -i ${host.identity} -o IdentitiesOnly=yes ${known} ops@${host.address}`);
    console.log(`  npx tsx test/hosts/cli.ts stop ${host.name}`);
  },
  list() {
    for (const host of runningHosts()) {
      const { leader } = pidsOf(host);
      console.log(`${host.name}  ${host.address}  ${leader ? `runs (PID 1 is ${leader} here)` : 'is off'}  ${host.keep ? 'kept' : `of process ${host.owner.pid}`}`);
    }
  },
  stop([name = '']) {
    if (!stopHost(name)) throw new Error(`No host is called "${name}"; see: npx tsx test/hosts/cli.ts list`);
  },
  'stop-stale'() {
    for (const name of stopStale()) console.log(`removed ${name}`);
  },
  async images(words) {
    const started = performance.now();
    const { lower, debs, wheels } = await images('web', releaseOf(words));
    console.log([...lower, debs, wheels].join('\n'));
    console.log(`ready after ${((performance.now() - started) / 1000).toFixed(1)} s`);
  },
};

function releaseOf(words: string[]): Release {
  return chosen(words, ['bookworm', 'trixie']);
}

const [verb = '', ...words] = process.argv.slice(2);
const run = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
try {
  if (!run) throw new Error(usage);
  await run(words);
} catch (error) {
  console.error(error instanceof Error ? [error.message, error.cause instanceof Error ? error.cause.message : ''].join('\n').trim() : error);
  process.exitCode = 1;
}
