import { describe, expect, it } from 'vitest';
import { applied, deploy, fetched, firstDeploy, follow, load, plain, stepsOf } from './deploying.ts';
import { host, kit, withPreparedHost } from './prepared-host.ts';

withPreparedHost();

const out = async (...argv: string[]) => (await host.run(argv, { check: false })).stdout.trim();
const rollback = async (app: string, release: number) => {
  const { deployment } = await kit.call('deployments.rollback', { app, release, registry: null, actor: 'bea', origin: '', token: '' });
  return follow(kit, app, deployment);
};
const states = async (app: string) => (await kit.call('releases.list', { app })).releases.map(({ release, state }) => `${release} ${state}`);
const detail = (events: { type: string }[], name: string) =>
  (events as { type: string; name?: string; status?: string; detail?: string }[]).find((event) => event.name === name && event.status === 'done')?.detail;

describe('deployments.rollback', () => {
  it('puts an older release back without upload and build while no request fails, and back again', async () => {
    await firstDeploy(kit, 'back', 8400, plain('one'));
    await deploy(kit, 'back', plain('two'));
    const stop = load(host, 8400);
    const { end, events } = await rollback('back', 1);
    expect(end).toMatchObject({ outcome: 'live', release: 1, slot: 'a', failure: null });
    expect(stepsOf(events).filter((step) => step !== 'wait done')).toEqual(['verify done', 'start done', 'check done', 'switch done']);
    expect(await states('back')).toEqual(['2 previous', '1 live']);
    expect((await kit.call('apps.get', { app: 'back' })).deployments[0]).toMatchObject({ deployment: 3, kind: 'rollback', actor: 'bea', end: { release: 1 } });
    expect((await rollback('back', 2)).end).toMatchObject({ outcome: 'live', release: 2 });
    const { failed, bodies } = await stop();
    expect(failed).toEqual([]);
    expect(bodies).toEqual(['two', 'one']); // bodies in order of their first coming
    expect((await fetched(host, 8400)).body).toBe('two');
    expect((await deploy(kit, 'back', plain('five'))).end).toMatchObject({ outcome: 'live', release: 5 });
    expect(await states('back')).toEqual(['5 live', '2 previous', '1 kept']);
    await expect(rollback('back', 5)).rejects.toMatchObject({ problem: 'invalid', field: 'release' });
    await expect(rollback('back', 4)).rejects.toMatchObject({ problem: 'not-found', hint: 'Kept are: 1, 2, 5.' });
  });

  it('finds the one before also where only one release is kept, and no older one', async () => {
    const spec = await firstDeploy(kit, 'few', 8410, plain('one'), { keepReleases: 1 });
    await deploy(kit, 'few', plain('two'));
    await deploy(kit, 'few', plain('three'));
    await expect.poll(() => states('few'), { timeout: 20_000 }).toEqual(['3 live', '2 previous']);
    const { failure } = await deploy(kit, 'few', plain('four'), { spec: { ...spec, keepReleases: 51 }, apply: applied(spec) }).then(
      () => ({ failure: null }),
      (failure: unknown) => ({ failure }),
    );
    expect(failure).toMatchObject({ problem: 'invalid', field: 'keepReleases' });
    expect((await rollback('few', 2)).end).toMatchObject({ outcome: 'live', release: 2 });
    await expect.poll(() => states('few'), { timeout: 20_000 }).toEqual(['3 previous', '2 live']);
  });

  it('restores unit, site and what counts as applied, and leaves them where the older release does not start', async () => {
    const spec = await firstDeploy(kit, 'whole', 8401, plain('a'));
    const kept = ['/etc/systemd/system/forgeboard-whole.web@.service', '/etc/nginx/conf.d/forgeboard-whole.conf'];
    const before = await out('cat', ...kept);
    const moved = { ...spec, port: 8402, workers: 1 };
    expect((await deploy(kit, 'whole', plain('b'), { spec: moved, apply: applied(moved) })).end?.outcome).toBe('live');
    const after = await out('cat', ...kept);
    const { end } = await rollback('whole', 1);
    expect(end).toMatchObject({ outcome: 'live', release: 1 });
    expect(await out('cat', ...kept)).toBe(before);
    expect(JSON.parse(await out('cat', '/var/lib/forgeboard/apps/whole.json'))).toMatchObject({ spec: { port: 8401, workers: 2 }, deployment: 3 });
    expect(await fetched(host, 8401)).toEqual({ status: 200, body: 'a' });
    expect((await fetched(host, 8402)).status).toBe(0);
    await host.run(['sh', '-c', 'rm -r /srv/forgeboard/whole/venvs/*/bin && mkdir /srv/forgeboard/whole/venvs/x']);
    expect((await rollback('whole', 2)).end).toMatchObject({ outcome: 'failed', release: 1 });
    expect((await kit.call('apps.get', { app: 'whole' })).deployments[0]).toMatchObject({ kind: 'rollback', target: 2, end: { outcome: 'failed', release: 1 } });
    expect(await out('cat', ...kept)).not.toBe(after);
    expect(await out('cat', ...kept)).toBe(before);
  });

  it('takes a release whose manifest is of the first format, and leaves the configuration as it is', async () => {
    await firstDeploy(kit, 'older', 8403, plain('a'));
    await deploy(kit, 'older', plain('b'));
    const path = '/srv/forgeboard/older/releases/1.json';
    const { release, deployment, createdAt, actor, origin, venv, python, digest, files, bytes, list } = JSON.parse(await out('cat', path)) as Record<string, unknown>;
    // As version 0.1 wrote it, to the letter.
    await host.write(path, JSON.stringify({ release, deployment, createdAt, actor, origin, venv, python, digest, files, bytes, list }));
    expect((await kit.call('releases.list', { app: 'older' })).releases[1]).toMatchObject({ release: 1, spec: null, entry: null, commit: null, steps: {} });
    expect((await rollback('older', 1)).end).toMatchObject({ outcome: 'live', release: 1 });
    expect((await fetched(host, 8403)).body).toBe('a');
    expect((await kit.call('releases.compare', { app: 'older', from: 1, to: 2 })).changed).toEqual(['app.py']);
  });

  it('F48: sees files that were changed, added or lost on the server before anything is switched, and makes them again', async () => {
    await firstDeploy(kit, 'edited', 8404, plain('a', { 'lib/one.py': 'x = 1\n', 'lib/two.py': 'x = 2\n' }));
    await deploy(kit, 'edited', plain('b', { 'lib/one.py': 'x = 1\n' }));
    await host.run(['flock', '/var/lib/forgeboard/locks/edited.drain', 'true']);
    const tree = '/srv/forgeboard/edited/releases/1';
    await host.run(['sh', '-c', `cd ${tree} && sed -i s/1/7/ lib/one.py && echo "raise SystemExit" > sitecustomize.py && rm lib/two.py && chown -R root:fb-edited .`]);
    const { end, events } = await rollback('edited', 1);
    expect(end).toMatchObject({ outcome: 'live', release: 1 });
    expect(detail(events, 'verify')).toBe('made again, for it was changed on the server: lib/one.py, lib/two.py, sitecustomize.py');
    expect(await out('sh', '-c', `cd ${tree} && find . -type f | sort && cat lib/two.py`)).toBe(
      ['./__pycache__/app.cpython-311.pyc', './app.py', './lib/__pycache__/one.cpython-311.pyc', './lib/__pycache__/two.cpython-311.pyc']
        .concat(['./lib/one.py', './lib/two.py', './requirements.txt', 'x = 2'])
        .join('\n'),
    );
    expect((await fetched(host, 8404)).body).toBe('a');
  });

  it('F48: refuses a release whose content is lost, and makes packages again that are gone', async () => {
    await firstDeploy(kit, 'lost', 8405, plain('a', { 'requirements.txt': 'click\n' }));
    await deploy(kit, 'lost', plain('b'));
    await host.run(['flock', '/var/lib/forgeboard/locks/lost.drain', 'true']);
    const [old] = (await kit.call('releases.list', { app: 'lost' })).releases.slice(-1);
    await host.run(['rm', '-r', `/srv/forgeboard/lost/venvs/${old?.venv}`]);
    const again = await rollback('lost', 1);
    expect(again.end).toMatchObject({ outcome: 'live', release: 1 });
    expect(stepsOf(again.events)).toContain('packages done');
    // Written into, not replaced: the very file that the objects share.
    await host.run(['sh', '-c', 'f=/srv/forgeboard/lost/releases/2/app.py; sed "s/b\\"]/c\\"]/" $f > /tmp/x && cat /tmp/x > $f']);
    const { end } = await rollback('lost', 2);
    expect(end?.failure).toMatchObject({ problem: 'conflict', message: 'release 2 was changed on the server and cannot be made again: app.py', facts: { step: 'verify' } });
    expect((await fetched(host, 8405)).body).toBe('a');
  });
});
