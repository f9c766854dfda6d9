import { describe, expect, it } from 'vitest';
import { applied, deploy, fetched, firstDeploy, load, plain, stepsOf } from './deploying.ts';
import { host, kit, withPreparedHost } from './prepared-host.ts';

withPreparedHost();

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

  /** Runs well for a while, and dies with a word. */
  const mortal = (name: string, seconds: number | null) =>
    `import sys\nimport time\nprint("${name} begins", flush=True)\n${seconds === null ? 'while True:\n    time.sleep(60)\n' : `time.sleep(${seconds})\nsys.exit("KeyError: '${name}'")\n`}`;
  const states = (app: string, name: string) => out('systemctl', 'is-active', `forgeboard-${app}.${name}@a.service`, `forgeboard-${app}.${name}@b.service`);

  it('counts every process: one beside the web process that crashes takes the whole release back', async () => {
    const processes = [{ name: 'mail', command: 'python3 mail.py' }];
    const spec = await firstDeploy(kit, 'beside', 8503, plain('a', { 'mail.py': mortal('one', null) }), { watchSeconds: 30, processes });
    const { end, deployment } = await deploy(kit, 'beside', plain('b', { 'mail.py': mortal('two', 1.5) }));
    expect(end).toMatchObject({ outcome: 'live', release: 2 });
    await drained('beside');
    expect(await fetched(host, 8503)).toEqual({ status: 200, body: 'a' });
    expect(await states('beside', 'mail')).toBe('active\ninactive');
    const reason = expect.stringMatching(/^its process mail crashed \d s after the switch: KeyError: 'two'$/);
    expect((await kit.call('apps.get', { app: 'beside' })).deployments[0]).toMatchObject({ deployment, switchedBack: { release: 1, slot: 'a', reason } });
    // One that ends well and is started again has not crashed.
    const short = { ...spec, watchSeconds: 4 };
    await deploy(kit, 'beside', plain('c', { 'mail.py': 'import time\ntime.sleep(1)\n' }), { spec: short, apply: applied(short) });
    await drained('beside');
    expect(await fetched(host, 8503)).toEqual({ status: 200, body: 'c' });
    expect((await kit.call('apps.get', { app: 'beside' })).deployments[0]).toMatchObject({ end: { outcome: 'live' }, switchedBack: null });
  });

  it('watches an app of processes only: the ones before run again', async () => {
    const worker = {
      type: 'worker',
      entrypoint: '',
      server: [],
      watchSeconds: 30,
      processes: [
        { name: 'mail', command: 'python3 mail.py' },
        { name: 'sync', command: 'python3 sync.py' },
      ],
    } as const;
    const folder = (mail: string, sync: string) => ({ 'mail.py': mail, 'sync.py': sync, 'requirements.txt': '' });
    await firstDeploy(kit, 'works', 8504, folder(mortal('one', null), mortal('one', null)), { ...worker, server: [], processes: [...worker.processes] });
    expect((await deploy(kit, 'works', folder(mortal('two', null), mortal('two', 4)))).end).toMatchObject({ outcome: 'live', release: 2 });
    await drained('works');
    const { app, deployments } = await kit.call('apps.get', { app: 'works' });
    expect(app).toMatchObject({ live: 'a', release: 1, state: 'live' });
    expect(deployments[0]).toMatchObject({ switchedBack: { release: 1, reason: expect.stringContaining('its process sync crashed') } });
    expect([await states('works', 'mail'), await states('works', 'sync')]).toEqual(['active\ninactive', 'active\ninactive']);
    expect((await deploy(kit, 'works', folder(mortal('three', null), mortal('three', null)))).end).toMatchObject({ outcome: 'live', release: 3 });
  });
});
