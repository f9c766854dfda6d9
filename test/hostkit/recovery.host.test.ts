import { describe, expect, it } from 'vitest';
import { applied, deploy, fetched, firstDeploy, killHolder, plain, specOf, startDeploy } from './deploying.ts';
import { host, kit, withPreparedHost } from './prepared-host.ts';

withPreparedHost();

const out = async (...argv: string[]) => (await host.run(argv, { check: false })).stdout.trim();
const hanging = { 'app.py': 'import time\ntime.sleep(99)\n', 'requirements.txt': '' };
const at = (app: string, step: string) => expect.poll(async () => (await kit.call('apps.get', { app })).app.deploying?.step, { timeout: 20_000, interval: 20 }).toBe(step);
const ended = (app: string, deployment: number) =>
  expect.poll(async () => (await kit.call('apps.get', { app })).deployments.find((one) => one.deployment === deployment)?.end, { timeout: 15_000, interval: 50 });
const running = (app: string) => out('sh', '-c', `systemctl list-units --no-legend --plain 'forgeboard-${app}.web@*' | cut -d' ' -f1`);

describe('F4: a deployment that was cut', () => {
  it('before its switch is taken back at the next contact, with the configuration that came with it', async () => {
    const spec = await firstDeploy(kit, 'cut', 8600, plain('a'));
    const kept = ['/etc/systemd/system/forgeboard-cut.web@.service', '/etc/nginx/conf.d/forgeboard-cut.conf', '/var/lib/forgeboard/apps/cut.json', '/etc/forgeboard/apps.yml'];
    const before = await out('cat', ...kept);
    const moved = { ...spec, port: 8601, workers: 1 };
    const { digest } = await kit.call('registry.read', {});
    const number = await startDeploy(kit, 'cut', hanging, { spec: moved, apply: applied(moved, { registry: { text: 'apps: []\n', digest } }) });
    await at('cut', 'check');
    expect(await out('cat', ...kept)).not.toBe(before);
    await killHolder(host, 'cut');
    await ended('cut', number).toMatchObject({
      outcome: 'interrupted',
      release: 1,
      slot: 'a',
      failure: { message: 'interrupted at check; rolled back', facts: { step: 'check' } },
    });
    expect(await out('cat', ...kept)).toBe(before);
    expect(await running('cut')).toBe('forgeboard-cut.web@a.service');
    expect(await out('ls', '/srv/forgeboard/cut/releases')).toBe('1\n1.json');
    expect(await out('ls', '/var/lib/forgeboard/journal/cut')).toBe('1.jsonl\n2.jsonl');
    expect(await fetched(host, 8600)).toEqual({ status: 200, body: 'a' });
    expect((await deploy(kit, 'cut', plain('b'))).end).toMatchObject({ outcome: 'live', slot: 'b' });
  });

  it('and was the first of its app leaves nothing but its journal', async () => {
    const spec = specOf('unborn', 8602);
    const number = await startDeploy(kit, 'unborn', hanging, { spec, apply: applied(spec) });
    await at('unborn', 'check');
    await killHolder(host, 'unborn');
    await ended('unborn', number).toMatchObject({ outcome: 'interrupted', release: null, slot: null });
    expect(await out('sh', '-c', "find /etc /srv /run -xdev -name '*unborn*' -not -name '*.scope'; getent passwd fb-unborn")).toBe('');
    expect((await deploy(kit, 'unborn', plain('a'), { spec, apply: applied(spec) })).end?.outcome).toBe('live');
  });

  it('after its switch is brought to its end: the old slot drains and stops', async () => {
    await firstDeploy(kit, 'late', 8603, plain('a'), { watchSeconds: 300 });
    const { deployment } = await deploy(kit, 'late', plain('b'));
    await killHolder(host, 'late.drain');
    // As it is where the runner dies between the switch and its own word of it.
    await host.run(['sed', '-i', '/"type":"end"/,$d', `/var/lib/forgeboard/journal/late/${deployment}.jsonl`]);
    await host.run(['mkdir', '/srv/forgeboard/late/releases/7']); // the tree of one whose removal was cut
    await ended('late', deployment).toMatchObject({ outcome: 'live', release: 2, slot: 'b', failure: null });
    await expect.poll(() => running('late'), { timeout: 10_000 }).toBe('forgeboard-late.web@b.service');
    expect((await fetched(host, 8603)).body).toBe('b');
    expect((await kit.call('apps.get', { app: 'late' })).manifest).toMatchObject({ release: 2 });
    expect(await out('ls', '/srv/forgeboard/late/releases')).toBe('1\n1.json\n2\n2.json');
  });

  it('beside the one before it, which was still draining, leaves no slot running that serves nobody', async () => {
    await firstDeploy(kit, 'both', 8605, plain('a'), { watchSeconds: 300 });
    await deploy(kit, 'both', plain('b'));
    await host.run(['flock', '/var/lib/forgeboard/locks/both', 'true']); // its end is told a moment before it gives the app up
    // Stopped, so that the next one waits for it and is killed in its wait.
    await host.run(['sh', '-c', `kill -STOP $(sed 's/.*"pid": \\([0-9]*\\).*/\\1/' /var/lib/forgeboard/locks/both.drain)`]);
    const number = await startDeploy(kit, 'both', plain('c'));
    await at('both', 'wait');
    await killHolder(host, 'both');
    await killHolder(host, 'both.drain');
    await ended('both', number).toMatchObject({ outcome: 'interrupted', release: 2, slot: 'b', failure: { message: 'interrupted at wait; rolled back' } });
    await expect.poll(() => running('both'), { timeout: 10_000 }).toBe('forgeboard-both.web@b.service');
    expect((await fetched(host, 8605)).body).toBe('b');
  });

  it('in the middle of a write leaves no half-written file, and takes none of another app', async () => {
    await firstDeploy(kit, 'torn', 8606, plain('a'));
    const number = await startDeploy(kit, 'torn', hanging);
    await at('torn', 'check');
    const half = ['/srv/forgeboard/torn/releases/.1.json.', '/etc/systemd/system/.forgeboard-torn.web@.service.', '/var/lib/forgeboard/apps/.torn.json.'].map(
      (path) => `${path}77-1.forgeboard-new`,
    );
    const theirs = '/var/lib/forgeboard/apps/.torn-too.json.77-1.forgeboard-new';
    await host.run(['touch', ...half, theirs]);
    await killHolder(host, 'torn');
    await ended('torn', number).toMatchObject({ outcome: 'interrupted', release: 1 });
    expect(await out('sh', '-c', 'find /srv/forgeboard /etc /var/lib/forgeboard -name "*.forgeboard-new"')).toBe(theirs);
  });

  it('is settled by the next deployment where nobody looked before', async () => {
    await firstDeploy(kit, 'next', 8604, plain('a'));
    const number = await startDeploy(kit, 'next', hanging);
    await at('next', 'check');
    await killHolder(host, 'next');
    expect((await deploy(kit, 'next', plain('b'))).end).toMatchObject({ outcome: 'live', release: 3 });
    expect((await kit.call('deployments.get', { app: 'next', deployment: number })).end?.failure?.message).toBe('interrupted at check; rolled back');
    expect(await out('ls', '/srv/forgeboard/next/releases')).toBe('1\n1.json\n3\n3.json');
  });
});
