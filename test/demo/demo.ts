import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { root } from '../../build/run.ts';
import type { Outcome } from '../../electron/dispatch.ts';
import { eventPrinter } from '../../electron/doors/cli/words.ts';
import { failureText } from '../../electron/doors/cli/print.ts';
import { forge } from '../../electron/forge.ts';
import { openLog } from '../../electron/store/log.ts';
import type { DeploymentResult } from '../../shared/contract/deployments.ts';
import type { Question } from '../../shared/contract/questions.ts';
import { Failure } from '../../shared/errors.ts';
import { cacheFolder } from '../hosts/cache.ts';
import { ensurePackages, missingRequirements, rigPackages } from '../hosts/debian.ts';
import { bootHost } from '../hosts/host.ts';
import { stopHost } from '../hosts/running.ts';
import { ask, startLoad } from './load.ts';

/*
 * The main job, on a Debian host that it boots itself or on the user's own server (--host USER@ADDRESS [--identity FILE]):
 * prepare, deploy the sample, change one file, deploy again while visitors ask for pages. --json prints one document as
 * its last line and takes everything down; otherwise the host stays up until --stop.
 */
const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    stop: { type: 'boolean', default: false },
    host: { type: 'string' },
    identity: { type: 'string' },
    fingerprint: { type: 'string' },
  },
});
const home = join(cacheFolder(), 'demo');
const eventText = eventPrinter(false);
const say = (text: string) => process.stderr.write(`${text}\n`);

process.env.FORGEBOARD_HOME = join(home, 'forgeboard');
if (options.host === undefined) {
  // Nobody's own keys or agent: the embedded server has a key of its own.
  process.env.FORGEBOARD_CACHE = cacheFolder();
  process.env.HOME = join(home, 'user');
  delete process.env.SSH_AUTH_SOCK;
}
if (options.stop) await stop();
else
  await demo().catch((error: unknown) => {
    process.stderr.write(error instanceof Failure ? failureText(error.toJSON()) : `${String(error)}\n`);
    process.exitCode = 1;
  });

interface Server {
  name: string;
  address: string;
  identity: string | undefined;
  fingerprint: string | undefined;
  bootMs: number | null;
  takeDown: () => Promise<void>;
}

async function demo(): Promise<void> {
  await stop();
  const server = options.host === undefined ? await embeddedServer() : ownServer(options.host);
  const folder = join(home, 'sample');
  await cp(new URL('../../assets/samples/flask', import.meta.url).pathname, folder, { recursive: true });
  const board = forge({ home: process.env.FORGEBOARD_HOME as string, log: openLog(home) });
  const call = async <T>(name: string, input: object): Promise<T> => {
    const outcome: Outcome = await board.dispatch(name, input, {
      actor: { name: 'demo', role: 'admin' },
      emit: (event) => void process.stderr.write(eventText(event as never)),
      ask: (question) => answer(question),
      signal: new AbortController().signal,
    });
    if (!outcome.ok) throw Failure.from(outcome.failure);
    return outcome.value as T;
  };
  try {
    const { name, identity, fingerprint, bootMs } = server;
    await call('hosts.add', { name, address: server.address, identity, fingerprint });
    const { address } = await call<{ address: string }>('hosts.get', { name });
    say(`\nPreparing ${name}`);
    const prepareFrom = performance.now();
    await call('hosts.prepare', { name, yes: options.host === undefined });
    const prepareMs = Math.round(performance.now() - prepareFrom);
    const { changes: secondPrepareChanges } = await call<{ changes: number }>('hosts.prepare', { name, yes: true });

    say('\nDeploying the sample');
    const app = 'sample';
    const deploy = () => call<DeploymentResult & { url: string }>('deployments.start', { folder: board.openFolder(folder), host: name, app });
    const first = await deploy();
    const reachable = await ask(first.url);
    if (reachable !== null) say(`${first.url} does not answer from here (${reachable}): a firewall may stand before the server. No visitors are sent.`);
    const load = reachable === null ? startLoad(first.url) : null;
    await new Promise((resolve) => setTimeout(resolve, 500));

    say('\nChanging one file and deploying again, while visitors ask for pages');
    await writeFile(join(folder, 'message.py'), 'MESSAGE = "Hello from release 2"\n');
    const second = await deploy();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { sent, failed, reasons } = (await load?.stop()) ?? { sent: 0, failed: 0, reasons: [] };
    for (const reason of reasons) say(`failed: ${reason}`);

    const releases = [first, second].map(({ release, url, ms, uploadedFiles }) => ({ number: release, url, deployMs: ms, uploadedFiles }));
    const document = { host: { address, bootMs, prepareMs, secondPrepareChanges }, releases, requests: { sent, failed } };
    if (options.json) {
      board.close();
      await server.takeDown();
      process.stdout.write(`${JSON.stringify(document)}\n`);
    } else {
      say(`
The second release was live after ${(second.ms / 1000).toFixed(2)} s; ${sent} requests meanwhile, ${failed} failed.

  Open it        ${second.url}
  Look around    FORGEBOARD_HOME=${process.env.FORGEBOARD_HOME} npm run -s forgeboard -- apps get ${app} --host ${name}
  Its log        FORGEBOARD_HOME=${process.env.FORGEBOARD_HOME} npm run -s forgeboard -- logs ${app} --host ${name}
  Change it      ${folder}, then: ... deploy ${folder} --host ${name} --app ${app}
  ${options.host === undefined ? 'Take it down   npm run demo -- --stop' : `Take it off    ... apps remove ${app} --host ${name}`}`);
    }
    if (!options.json && hasDisplay()) openWindow();
    if (secondPrepareChanges !== 0 || failed > 0 || second.uploadedFiles !== 1) process.exitCode = 1;
  } catch (error) {
    await server.takeDown();
    throw error;
  } finally {
    board.close();
  }
}

/** Whether a window would be seen by somebody. */
function hasDisplay(): boolean {
  return process.platform !== 'linux' || Boolean(process.env.DISPLAY) || Boolean(process.env.WAYLAND_DISPLAY);
}

/** The app, on the server and in the home folder of this demo; it lives on when the demo has ended. */
function openWindow(): void {
  say('\nOpening the window.');
  const log = openSync(join(home, 'window.log'), 'a');
  spawn(process.execPath, [...process.execArgv, join(root, 'build/start.ts')], { cwd: root, detached: true, stdio: ['ignore', log, log] }).unref();
}

async function embeddedServer(): Promise<Server> {
  const missing = missingRequirements();
  if (missing.length > 0) throw new Failure('missing-requirement', missing.join(' '), { hint: 'On your own server instead: npm run demo -- --host USER@ADDRESS' });
  say('Booting a Debian server (the first time its image is built, which takes a minute)');
  await ensurePackages(rigPackages);
  const host = await bootHost({ image: 'base', keep: !options.json });
  await mkdir(home, { recursive: true });
  await writeFile(join(home, 'host'), host.name);
  say(`It answers at ${host.address} after ${host.bootMs} ms`);
  return { name: 'demo', address: `root@${host.address}`, identity: host.identity, fingerprint: await host.hostKeyFingerprint(), bootMs: host.bootMs, takeDown: () => host.stop() };
}

function ownServer(address: string): Server {
  return { name: 'demo', address, identity: options.identity, fingerprint: options.fingerprint, bootMs: null, takeDown: async () => {} };
}

/** Takes down what an earlier run left up, and forgets it. */
async function stop(): Promise<void> {
  const name = await readFile(join(home, 'host'), 'utf8').catch(() => null);
  if (name !== null) {
    await stopHost(name);
    if (options.stop) say(`${name} is gone.`);
  } else if (options.stop) say('No demo host is up.');
  await rm(home, { recursive: true, force: true });
}

async function answer(question: Question): Promise<boolean | undefined> {
  if (question.kind !== 'confirm' || process.stdin.isTTY !== true) return undefined;
  say([question.text, ...question.lines.map((line) => `  ${line}`)].join('\n'));
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const typed = await lines.question(`${question.verb}? [y/N] `);
  lines.close();
  return /^y(es)?$/i.test(typed.trim());
}
