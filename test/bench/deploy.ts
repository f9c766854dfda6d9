import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openKit } from '../../electron/hostkit/hostkit.ts';
import { connect } from '../../electron/ssh/connect.ts';
import { noCredentials } from '../../electron/ssh/credentials.ts';
import { openBoard } from '../electron/board.ts';
import { bootHost, type TestHost } from '../hosts/host.ts';
import { figure, print } from './figures.ts';
import { changeVersion, writeApp } from './fixture.ts';
import { startRivals } from './rivals.ts';

/**
 * One changed file of a 300-file Flask app, from the command to the first answer of the new release through nginx: ours
 * inside a running client (connection and kit open, slot cold), beside what people use instead, interleaved on one host.
 */
export async function benchDeploy({ rounds, delayMs }: { rounds: number; delayMs: number }): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'forgeboard-bench-'));
  const host = await bootHost({ image: 'web', ...(delayMs > 0 && { delayMs }) });
  const board = await openBoard(host);
  try {
    const folder = join(scratch, 'app');
    await writeApp(folder);
    await board.call('hosts.prepare', { name: 'box', yes: true });
    const { release } = await board.deploy(folder, 'bench');
    const url = `http://${host.ownAddress}:8100/`;
    const rivals = await startRivals(host, folder, scratch);
    const ways: Record<string, { url: string; run: () => Promise<unknown> }> = {
      'ForgeBoard (check, release, way back)': { url, run: () => board.deploy(folder, 'bench') },
      'rsync + gunicorn HUP': { url: rivals.url, run: () => rivals.hup(folder) },
      'rsync + systemctl restart': { url: rivals.url, run: () => rivals.restart(folder) },
    };
    const none = () => Object.fromEntries(Object.keys(ways).map((name) => [name, [] as number[]]));
    const [seen, returned] = [none(), none()];
    let version = release;
    for (let round = 0; round <= rounds; round += 1) {
      const names = Object.keys(ways);
      for (const name of [...names.slice(round % names.length), ...names.slice(0, round % names.length)]) {
        const { url: watched, run } = ways[name] as { url: string; run: () => Promise<unknown> };
        version += 1;
        await changeVersion(folder, `v${version}`);
        const from = performance.now();
        const answered = firstAnswer(watched, `v${version}`).then(() => performance.now() - from);
        await run();
        const back = performance.now() - from;
        // The first round warms files and caches of every way and is not counted.
        if (round > 0) {
          seen[name]?.push(await answered);
          returned[name]?.push(back);
        } else await answered;
        await new Promise((resolve) => setTimeout(resolve, 700));
        // The old slot is watched for ten seconds; a deploy within them would pay for ending the watch, which nobody else has.
        await host.run(['flock', '/var/lib/forgeboard/locks/bench.drain', 'true']);
      }
    }
    const rows = Object.fromEntries(Object.entries(seen).map(([name, times]) => [name, figure(times)]));
    const rpc = await benchCalls(host);
    const connects: number[] = [];
    for (let index = 0; index < 7; index += 1) {
      const laptop = await openBoard(host);
      // The first call connects, signs in, starts the kit and asks it.
      connects.push(await timed(() => laptop.call('apps.list', { host: 'box' })));
      await laptop.close();
    }
    await rivals.close();
    print(
      `One-file deploy, 300 files, 2 gunicorn workers, ${delayMs} ms round trip: command to first answer of the new release`,
      [
        'Included: scan, upload, release, start, check, switch. Dependencies unchanged, cold slot, connection and kit open.',
        'The rivals keep their ssh connection open too. rsync + HUP has no release, no check and no way back; restart drops requests.',
        'A page is asked every 5 ms by a poller on the same two cores as client, host and load.',
      ],
      { ...rows, 'one call to the kit': figure(rpc), 'connect to first answer': figure(connects) },
      { delayMs, returned: Object.fromEntries(Object.entries(returned).map(([name, times]) => [name, figure(times)])) },
    );
  } finally {
    await board.close();
    await host.stop();
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Small questions to an open kit, one after the other. */
async function benchCalls(host: TestHost): Promise<number[]> {
  const target = { address: host.address, port: host.port, user: 'root', identity: host.identity };
  const connection = await connect(target, { hostKeys: { pinned: await host.hostKeyFingerprint() }, credentials: noCredentials });
  const kit = await openKit((line) => connection.exec(line), { user: 'root', askSudo: async () => undefined });
  const times: number[] = [];
  for (let index = 0; index < 500; index += 1) times.push(await timed(() => kit.call('registry.read', {})));
  kit.close();
  connection.close();
  return times;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

/** Resolves when the page says the version. */
async function firstAnswer(url: string, version: string): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const until = Date.now() + 60_000;
  while ((await text(url, agent)) !== version) {
    if (Date.now() > until) throw new Error(`${url} never said ${version}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  agent.destroy();
}

function text(url: string, agent: Agent): Promise<string> {
  return new Promise((resolve) => {
    const request = get(url, { agent }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      response.on('end', () => resolve(body.trim()));
    });
    request.on('error', () => resolve(''));
  });
}
