import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../build/run.ts';
import { command } from '../hosts/command.ts';
import type { TestHost } from '../hosts/host.ts';
import { idle } from './boot.ts';
import { changeVersion } from './fixture.ts';
import type { Laptop } from './laptop.ts';
import { timed } from './watch.ts';

/** One thing that is measured. */
export interface Way {
  name: string;
  /** The app of ours that it deploys; its old slot is watched for a while afterwards. */
  app?: string;
  /** What must be there before the clock starts. Gives the text that the page says afterwards. */
  prepare(laptop: Laptop, version: string): Promise<string>;
  run(laptop: Laptop): Promise<unknown>;
  /** What goes on after a deploy besides the watch of its old slot. */
  settled?(): Promise<unknown>;
  /** Ends what it had begun; a line for the table. */
  ended?(): Promise<string>;
  /** Where the text is looked for; without it the time is that until the call has returned. */
  url?: string;
}

/** Projects that the app does not need; each makes another set of packages. */
const projects = 'bottle six certifi idna chardet redis sqlparse whitenoise pyyaml requests sniffio h11 urllib3 tornado asgiref'.split(' ');

/** What ForgeBoard is measured at, by row. Each app is deployed twice before, so that both of its slots have had a release. */
export async function ourWays(host: TestHost, first: Laptop, fixture: string, scratch: string, chosen: (row: string) => boolean): Promise<Record<string, Way>> {
  const ways: Record<string, Way> = {};
  const folderOf = async (row: string) => {
    const folder = join(scratch, `app-${row}`);
    await cp(fixture, folder, { recursive: true });
    return folder;
  };
  const twice = async (folder: string, app: string) => {
    const one = await first.board.deploy(folder, app);
    await changeVersion(folder, 'set-up');
    return [one, await first.board.deploy(folder, app)] as const;
  };
  const urlOf = (url: string) => `http://${host.ownAddress}:${new URL(url).port}/`;

  if (chosen('change')) {
    const folder = await folderOf('change');
    const [{ url }] = await twice(folder, 'change');
    ways.change = { name: 'one file changed', app: 'change', url: urlOf(url), prepare: changed(folder), run: ({ board }) => board.deploy(folder, 'change') };
  }
  if (chosen('warm')) {
    const folder = await folderOf('warm');
    const [{ url }] = await twice(folder, 'warm');
    const { settled, ended } = await kept(host, first, 'warm');
    ways.warm = {
      name: 'warm: one file changed',
      app: 'warm',
      url: urlOf(url),
      prepare: changed(folder),
      run: ({ board }) => board.deploy(folder, 'warm').then(isWarm(first)),
      settled,
      ended,
    };
  }
  if (chosen('warm-rollback')) {
    const folder = await folderOf('warm-rollback');
    const [one, other] = await twice(folder, 'warm-rollback');
    const { settled } = await kept(host, first, 'warm-rollback');
    let turn = 0;
    ways['warm-rollback'] = {
      name: 'warm: rollback',
      app: 'warm-rollback',
      url: urlOf(one.url),
      prepare: async () => {
        turn += 1;
        return turn % 2 === 1 ? '0' : 'set-up';
      },
      run: ({ board }) =>
        board.call<Deployed>('deployments.rollback', { host: 'box', app: 'warm-rollback', release: turn % 2 === 1 ? one.release : other.release }).then(isWarm(first)),
      settled,
    };
  }
  if (chosen('nothing')) {
    const folder = await folderOf('nothing');
    await twice(folder, 'nothing');
    ways.nothing = { name: 'nothing changed (to the return)', prepare: async () => '', run: ({ board }) => board.deploy(folder, 'nothing') };
  }
  if (chosen('variables')) {
    const folder = await folderOf('variables');
    await writeFile(join(folder, 'version.py'), 'import os\n\nVERSION = os.environ.get("TOLD", "0")\n');
    const { url } = await first.board.deploy(folder, 'variables');
    let told = '';
    ways.variables = {
      name: 'variables only',
      app: 'variables',
      url: urlOf(url),
      prepare: async (_laptop, version) => {
        told = version;
        return version;
      },
      run: ({ board }) => board.call('variables.set', { host: 'box', app: 'variables', values: [`TOLD=${told}`] }),
    };
  }
  if (chosen('rollback')) {
    const folder = await folderOf('rollback');
    const [one, other] = await twice(folder, 'rollback');
    let turn = 0;
    ways.rollback = {
      name: 'rollback',
      app: 'rollback',
      url: urlOf(one.url),
      prepare: async () => {
        turn += 1;
        return turn % 2 === 1 ? '0' : 'set-up';
      },
      run: ({ board }) => board.call('deployments.rollback', { host: 'box', app: 'rollback', release: turn % 2 === 1 ? one.release : other.release }),
    };
  }
  if (chosen('dependency')) {
    const folder = await folderOf('dependency');
    const [{ url }] = await twice(folder, 'dependency');
    let next = 0;
    ways.dependency = {
      name: 'one package more in requirements.txt',
      app: 'dependency',
      url: urlOf(url),
      async prepare(_laptop, version) {
        await writeFile(join(folder, 'requirements.txt'), `flask\n${projects[next % projects.length]}\n`);
        next += 1;
        return changed(folder)(_laptop, version);
      },
      run: ({ board }) => board.deploy(folder, 'dependency'),
    };
  }
  if (chosen('first')) {
    const folder = await folderOf('first');
    const { url } = await first.board.deploy(folder, 'first');
    ways.first = {
      name: 'first deploy of an app',
      url: urlOf(url),
      async prepare(laptop, version) {
        // Its port is free again, so it gets the same one.
        await laptop.board.call('apps.remove', { host: 'box', app: 'first', archive: false, yes: true });
        return changed(folder)(laptop, version);
      },
      run: ({ board }) => board.deploy(folder, 'first'),
    };
  }
  if (chosen('cli')) {
    const folder = await folderOf('cli');
    const [{ url }] = await twice(folder, 'cli');
    const argv = [process.execPath, '--import', 'tsx', join(root, 'electron/cli.ts'), 'deploy', folder, '--host', 'box', '--app', 'cli'];
    ways.cli = {
      name: 'one file changed, command line from a cold start',
      app: 'cli',
      url: urlOf(url),
      prepare: changed(folder),
      run: ({ board }) => command(argv, { cwd: root, env: { ...process.env, FORGEBOARD_HOME: board.home } }),
    };
  }
  return ways;
}

interface Deployed {
  app: string;
  deployment: number;
}

/** Has an app kept warm, as its open page does. settled waits until it is so again; ended takes the client away. */
async function kept(host: TestHost, { board }: Laptop, app: string): Promise<Required<Pick<Way, 'settled' | 'ended'>>> {
  let state = '';
  const leave = new AbortController();
  const looks = new Set<() => void>();
  const onEvent = (event: { state: string; memory: number | null; reason: string | null }) => {
    ({ state } = event);
    if (state === 'warm') console.error(`${app} is warm: ${Math.round((event.memory ?? 0) / 1e6)} MB`);
    if (state === 'off') throw new Error(`${app} is not warm: ${event.reason}`);
    for (const look of looks) look();
  };
  board.call('apps.warm', { host: 'box', app }, { onEvent, signal: leave.signal }).catch((error: unknown) => leave.signal.aborted || console.error(error));
  const settled = () =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (state !== 'warm') return;
        looks.delete(look);
        resolve();
      };
      looks.add(look);
      look();
    });
  await settled();
  return {
    settled,
    async ended() {
      await settled();
      const [, unit] = await idle(host, app);
      await host.run(['systemctl', 'is-active', '--quiet', unit]);
      const ms = await timed(async () => {
        leave.abort();
        await host.run(['sh', '-c', 'while systemctl is-active --quiet "$1"; do sleep 0.005; done', 'sh', unit]);
      });
      return `A warm slot has ended ${Math.round(ms)} ms after its client left, with the 20 ms and more that asking takes.`;
    },
  };
}

/** A row that says warm has to have been so. */
const isWarm =
  ({ board }: Laptop) =>
  async ({ app, deployment }: Deployed): Promise<void> => {
    const { deployments } = await board.call<{ deployments: { deployment: number; warm: boolean }[] }>('deployments.list', { host: 'box', app });
    if (deployments.find((one) => one.deployment === deployment)?.warm !== true) throw new Error(`deployment ${deployment} of ${app} was not warm`);
  };

const changedAt = new Map<string, number>();
const second = (): number => Math.floor(Date.now() / 1000);

/** Writes the version into the one file that tells releases apart; in another second than before, for rsync compares no finer. */
export const changed =
  (folder: string) =>
  async (_laptop: Laptop, version: string): Promise<string> => {
    while (changedAt.get(folder) === second()) await new Promise((resolve) => setTimeout(resolve, 20));
    await changeVersion(folder, version);
    changedAt.set(folder, second());
    return version;
  };
