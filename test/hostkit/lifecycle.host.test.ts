import { describe, expect, it } from 'vitest';
import { deploy, fetched, firstDeploy, follow, load, plain, stepsOf } from './deploying.ts';
import { host, kit, reconnect, withPreparedHost } from './prepared-host.ts';

withPreparedHost();

const asked = { actor: 'bea', origin: '', token: '' };
const again = async (action: 'apps.restart' | 'apps.start', app: string) => follow(kit, app, (await kit.call(action, { app, ...asked })).deployment);
const state = async (app: string) => (await kit.call('apps.get', { app })).app.state;

describe('apps.restart', () => {
  it('runs the live release anew through the other slot and fails no request', async () => {
    await firstDeploy(kit, 'again', 8700, plain('a'));
    await deploy(kit, 'again', plain('b'));
    const stop = load(host, 8700);
    const { end, events } = await again('apps.restart', 'again');
    expect(end).toMatchObject({ outcome: 'live', release: 2, slot: 'a' });
    expect(stepsOf(events).filter((step) => step !== 'wait done')).toEqual(['start done', 'check done', 'switch done']);
    expect((await again('apps.restart', 'again')).end).toMatchObject({ release: 2, slot: 'b' });
    const { failed, bodies } = await stop();
    expect(failed).toEqual([]);
    expect(bodies).toEqual(['b']);
    const { deployments } = await kit.call('apps.get', { app: 'again' });
    expect(deployments.map(({ deployment, kind }) => `${deployment} ${kind}`)).toEqual(['4 restart', '3 restart', '2 deploy', '1 deploy']);
    // Both slots hold release 2 now, and still the one before is known.
    expect((await kit.call('releases.list', { app: 'again' })).releases.map(({ state }) => state)).toEqual(['live', 'previous']);
  });
});

describe('limits of an app', () => {
  it('count for every kind of start, also where nobody says them', async () => {
    const slow =
      'import os, time\n\nif os.path.exists(os.environ["DATA_DIR"] + "/slow"):\n    time.sleep(60)\n\n\ndef app(environ, start_response):\n    start_response("200 OK", [])\n    return [b"ok"]\n';
    await firstDeploy(kit, 'slow', 8350, plain('', { 'app.py': slow }), { checkSeconds: 5, workers: 1 }); // a second worker might still be at its start below
    await host.run(['touch', '/srv/forgeboard/slow/data/slow']);
    const { deployment } = await kit.call('apps.restart', { app: 'slow', actor: 'ann', origin: '', token: 't' });
    expect((await follow(kit, 'slow', deployment)).end?.failure?.message).toContain('within 5 s');
    expect(await fetched(host, 8350)).toEqual({ status: 200, body: 'ok' });
    await host.run(['rm', '/srv/forgeboard/slow/data/slow']); // or its start would hang at the reboots below
  });
});

describe('apps.stop and apps.start', () => {
  it('stop an app also over a reboot, and start it again', async () => {
    await firstDeploy(kit, 'rests', 8701, plain('a'));
    await firstDeploy(kit, 'works', 8702, plain('w'));
    expect((await again('apps.start', 'rests')).end?.outcome).toBe('unchanged');
    expect((await kit.call('apps.stop', { app: 'rests', actor: 'bea' })).changed).toContain('forgeboard-rests.web@a.service');
    expect((await kit.call('apps.stop', { app: 'rests', actor: 'bea' })).changed).toEqual([]);
    expect(await state('rests')).toBe('stopped');
    expect((await fetched(host, 8701)).status).toBe(502);
    await host.reboot();
    await reconnect();
    await expect.poll(() => fetched(host, 8702), { timeout: 20_000 }).toEqual({ status: 200, body: 'w' });
    expect(await state('rests')).toBe('stopped');
    expect((await fetched(host, 8701)).status).toBe(502);
    expect((await again('apps.start', 'rests')).end).toMatchObject({ outcome: 'live', release: 1 });
    expect(await fetched(host, 8701)).toEqual({ status: 200, body: 'a' });
    await host.reboot();
    await reconnect();
    await expect.poll(() => fetched(host, 8701), { timeout: 20_000 }).toEqual({ status: 200, body: 'a' });
  });

  it('leave a stopped app stopped where its deployment fails, and a good one starts it', async () => {
    await firstDeploy(kit, 'sleeps', 8703, plain('a'));
    await kit.call('apps.stop', { app: 'sleeps', actor: 'bea' });
    expect((await deploy(kit, 'sleeps', { 'app.py': 'import flsk\n', 'requirements.txt': '' })).end?.outcome).toBe('failed');
    expect(await state('sleeps')).toBe('stopped');
    expect((await host.run(['systemctl', 'is-enabled', 'forgeboard-sleeps.boot.service'], { check: false })).stdout.trim()).toBe('disabled');
    expect((await deploy(kit, 'sleeps', plain('a'))).end?.outcome).toBe('live');
    expect((await host.run(['systemctl', 'is-enabled', 'forgeboard-sleeps.boot.service'])).stdout.trim()).toBe('enabled');
    await expect(kit.call('apps.stop', { app: 'unknown', actor: 'bea' })).rejects.toMatchObject({ problem: 'not-found' });
  });
});
