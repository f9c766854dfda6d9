import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Kit } from '../../electron/hostkit/hostkit.ts';
import type { Connection } from '../../electron/ssh/connection.ts';
import { bootHost, type TestHost } from '../hosts/host.ts';
import { applied, deploy, fetched, firstDeploy, load, plain, stepsOf } from './deploying.ts';
import { connectAs, kitAs, prepare } from './over-ssh.ts';

let host: TestHost;
let connection: Connection;
let kit: Kit;

beforeAll(async () => {
  host = await bootHost({ image: 'web' });
  connection = await connectAs(host, 'root');
  kit = await kitAs(connection, 'root', { log: (text) => process.stderr.write(text) });
  await prepare(kit, 'root');
});

afterAll(async () => {
  kit?.close();
  connection?.close();
  await host?.stop();
});

const out = async (...argv: string[]) => (await host.run(argv, { check: false })).stdout.trim();
const drained = (app: string) => host.run(['flock', `/var/lib/forgeboard/locks/${app}.drain`, 'true']);
const running = async (app: string) =>
  (await out('systemctl', 'list-units', '--no-legend', '--plain', `forgeboard-${app}.web@*`)).split('\n').map((line) => line.replace(/.*@(.)\.service +loaded (\w+) .*/, '$1 $2'));

/** Answers well, and dies a moment later. */
const dying = (answer: string, seconds: number) =>
  plain(answer, {
    'app.py': `import os\nimport sys\nimport threading\n\n\ndef die():\n    print("ValueError: out of luck", file=sys.stderr, flush=True)\n    os.kill(os.getppid(), 9)\n\n\nthreading.Timer(${seconds}, die).start()\n\n\ndef app(environ, start_response):\n    start_response("200 OK", [])\n    return [b"${answer}"]\n`,
  });

describe('F24: the watch window', () => {
  it('switches back by itself when the new release crashes, with its configuration, and says so', async () => {
    const spec = await firstDeploy(kit, 'falls', 8500, plain('a'), { watchSeconds: 30 });
    const kept = ['/etc/systemd/system/forgeboard-falls.web@.service', '/var/lib/forgeboard/apps/falls.json'];
    const before = await out('cat', ...kept);
    const changed = { ...spec, workers: 1 };
    const { end, deployment } = await deploy(kit, 'falls', dying('b', 1.5), { spec: changed, apply: applied(changed) });
    expect(end).toMatchObject({ outcome: 'live', release: 2 }); // told at the switch
    expect(await running('falls')).toEqual(['a active', 'b active']);
    await drained('falls');
    expect(await fetched(host, 8500)).toEqual({ status: 200, body: 'a' });
    const { app, deployments } = await kit.call('apps.get', { app: 'falls' });
    expect(app).toMatchObject({ live: 'a', release: 1, state: 'live', deploying: null });
    const reason = expect.stringMatching(/^it crashed \d s after the switch: ValueError: out of luck$/);
    expect(deployments[0]).toMatchObject({ deployment, end: { outcome: 'live' }, switchedBack: { release: 1, slot: 'a', reason } });
    expect(await running('falls')).toEqual(['a active']);
    expect(await out('cat', ...kept)).toBe(before);
    expect((await kit.call('releases.list', { app: 'falls' })).releases.map(({ state }) => state)).toEqual(['kept', 'live']);
    expect((await deploy(kit, 'falls', plain('c'))).end).toMatchObject({ outcome: 'live', slot: 'b', release: 3 });
    expect((await fetched(host, 8500)).body).toBe('c');
  });

  it('is ended by the next deployment, which waits for the drain alone, and loses no request', async () => {
    await firstDeploy(kit, 'quick', 8501, plain('a'), { watchSeconds: 300 });
    const stop = load(host, 8501);
    for (const round of ['b', 'c', 'd']) {
      const { end, events } = await deploy(kit, 'quick', plain(round));
      expect(end?.outcome).toBe('live');
      expect(stepsOf(events).includes('wait done')).toBe(round !== 'b');
    }
    expect(await running('quick')).toEqual(['a active', 'b active']);
    const { failed, bodies } = await stop();
    expect(failed).toEqual([]);
    expect(bodies).toEqual(['a', 'b', 'c', 'd']);
    expect(await kit.call('apps.remove', { app: 'quick', registry: null })).toMatchObject({ changed: expect.arrayContaining(['user fb-quick']) });
  });

  it('takes a stop by hand for no crash, and stops the old slot when it is over', async () => {
    await firstDeploy(kit, 'calm', 8502, plain('a'), { watchSeconds: 3 });
    await deploy(kit, 'calm', plain('b'));
    await host.run(['systemctl', 'stop', 'forgeboard-calm.web@b.service']);
    await drained('calm');
    expect((await kit.call('apps.get', { app: 'calm' })).app).toMatchObject({ live: 'b', state: 'stopped' });
    expect(await running('calm')).toEqual(['']);
  });
});
