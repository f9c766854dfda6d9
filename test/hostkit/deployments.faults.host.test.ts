import { describe, expect, it } from 'vitest';
import { applied, contents, deploy, fetched, firstDeploy, follow, listed, load, plain, specOf, startDeploy } from './deploying.ts';
import { host, kit, reconnect, withPreparedHost } from './prepared-host.ts';

withPreparedHost();

const out = async (...argv: string[]) => (await host.run(argv, { check: false })).stdout.trim();
const runnerOf = async (app: string) => Number(JSON.parse((await out('cat', `/var/lib/forgeboard/locks/${app}`)) || '{}').pid ?? 0);
const free = async (app: string) => (await host.run(['flock', '--nonblock', `/var/lib/forgeboard/locks/${app}`, 'true'], { check: false })).code === 0;
const ended = (app: string) => expect.poll(() => free(app), { timeout: 60_000, interval: 50 }).toBe(true);

/** Exactly one slot runs, `live` names it, and nothing half-made counts as a release. */
async function whole(app: string): Promise<void> {
  const slot = (await out('readlink', `/srv/forgeboard/${app}/live`)).at(-1);
  expect(await out('systemctl', 'is-active', `forgeboard-${app}.web@${slot}.service`)).toBe('active');
  const names = (await out('ls', `/srv/forgeboard/${app}/releases`)).split('\n');
  const served = (await out('readlink', `/srv/forgeboard/${app}/slots/${slot}/release`)).split('/').at(-1);
  expect(names).toContain(`${served}.json`);
}

describe('F2: a deployment whose client goes away', () => {
  it.each(['tree', 'packages', 'bytecode', 'start', 'check'])('ends by itself when the connection is cut at "%s", and is found again without gap or repeat', async (step) => {
    const app = `cut-${step}`;
    const port = 8200 + step.length;
    await firstDeploy(kit, app, port, plain('a'));
    const stop = load(host, port);
    const number = await startDeploy(kit, app, plain('b', step === 'packages' ? { 'requirements.txt': 'click\n' } : {}));
    const seen: unknown[] = [];
    let cut: Promise<void> | undefined;
    const watch = follow(kit, app, number, {
      onEvent: (event) => {
        seen.push(event);
        if (event.type === 'step' && event.name === step) cut ??= host.resetConnections();
      },
    });
    await watch.catch(() => undefined);
    // Also where the deployment was quicker than the cut: what is connected next is not to be cut by it.
    await cut;
    await reconnect();
    const known = seen.length;
    const rest = await follow(kit, app, number, { after: known });
    expect(rest.end).toMatchObject({ outcome: 'live', release: number });
    const all = await follow(kit, app, number);
    expect([...seen, ...rest.events]).toEqual(all.events);
    const { failed } = await stop();
    expect(failed).toEqual([]);
    expect((await fetched(host, port)).body).toBe('b');
  });
});

describe('F4, F21: a runner that is killed', () => {
  it.each(['tree', 'packages', 'bytecode', 'start', 'check', 'switch'])('at "%s" leaves one release serving and the lock free, and the next deploy cleans up', async (step) => {
    const app = `kill-${step}`;
    const port = 8220 + step.length;
    await firstDeploy(kit, app, port, plain('a'));
    const stop = load(host, port);
    const number = await startDeploy(kit, app, plain('b', step === 'packages' ? { 'requirements.txt': 'click\nflask\n' } : {}));
    let killed: Promise<unknown> | undefined;
    const watched = await follow(kit, app, number, {
      onEvent: (event) => {
        if (event.type === 'step' && event.name === step) killed ??= runnerOf(app).then((pid) => (pid > 1 ? host.run(['kill', '-9', String(pid)], { check: false }) : undefined));
      },
    });
    // Before the next deployment, which else could be the one that is killed.
    await killed;
    await ended(app);
    const record = await kit.call('deployments.get', { app, deployment: number });
    expect(record.running).toBe(false);
    expect(record.end?.outcome ?? null).toBe(watched.end?.outcome ?? null);
    await whole(app);
    const again = await deploy(kit, app, plain('c', step === 'packages' ? { 'requirements.txt': 'click\nflask\n' } : {}));
    expect(again.end).toMatchObject({ outcome: 'live', release: number + 1 });
    const settled = await kit.call('deployments.get', { app, deployment: number });
    if (settled.end?.outcome !== 'live')
      expect(settled.end).toMatchObject({ outcome: 'interrupted', failure: { message: expect.stringMatching(/^interrupted at \w+; rolled back$/) } });
    await whole(app);
    expect((await fetched(host, port)).body).toBe('c');
    const { failed } = await stop();
    expect(failed).toEqual([]);
    await host.run(['flock', `/var/lib/forgeboard/locks/${app}.drain`, 'true']);
    expect(await out('sh', '-c', `ls /srv/forgeboard/${app}/releases | grep -c partial`)).toBe('0');
  });
});

describe('F5: a host that reboots', () => {
  it('in the middle of a deployment serves the old release again, and afterwards takes the next one', async () => {
    await firstDeploy(kit, 'reboot', 8240, plain('a'));
    const number = await startDeploy(kit, 'reboot', { 'app.py': 'import time\ntime.sleep(60)\n', 'requirements.txt': '' });
    await expect.poll(async () => (await kit.call('apps.get', { app: 'reboot' })).app.deploying?.step).toBe('check');
    await host.reboot({ hard: true });
    await reconnect();
    await expect.poll(() => fetched(host, 8240), { timeout: 20_000 }).toEqual({ status: 200, body: 'a' });
    expect(await kit.call('deployments.get', { app: 'reboot', deployment: number })).toMatchObject({ running: false, end: null });
    expect((await follow(kit, 'reboot', number)).end).toBeUndefined();
    expect((await deploy(kit, 'reboot', plain('b'))).end?.outcome).toBe('live');
    expect((await kit.call('deployments.get', { app: 'reboot', deployment: number })).end).toMatchObject({ failure: { message: 'interrupted at check; rolled back' } });
    expect((await fetched(host, 8240)).body).toBe('b');
  });
});

describe('F7: a full disk', () => {
  it('is named before an upload that does not fit, and one that fills up on the way leaves nothing behind', async () => {
    await firstDeploy(kit, 'full', 8241, plain('a'));
    const used = Number((await out('du', '-sm', '/srv/forgeboard')).split('\t')[0]);
    const restore = await host.shrinkDisk('/srv/forgeboard', used + 24);
    try {
      const big = plain('b', Object.fromEntries([1, 2, 3].map((number) => [`big${number}.bin`, String(number).repeat(12 << 20)])));
      const files = listed(big);
      const body = contents(
        big,
        files.map(([, key]) => key),
      );
      const announced = { app: 'full', bytes: 40 << 20, files: 5 };
      await expect(kit.call('objects.put', announced, { body })).rejects.toMatchObject({
        problem: 'disk-full',
        facts: { mount: '/srv/forgeboard', needed: expect.any(Number), free: expect.any(Number) },
      });
      const before = await out('sh', '-c', 'find /srv/forgeboard | sort');
      const end = startDeploy(kit, 'full', big);
      await expect(end).rejects.toMatchObject({ problem: 'disk-full', facts: { mount: '/srv/forgeboard' } });
      expect(await out('sh', '-c', 'find /srv/forgeboard | sort')).toBe(before);
      const fresh = specOf('unborn', 8242);
      await expect(startDeploy(kit, 'unborn', big, { spec: fresh, apply: applied(fresh) })).rejects.toMatchObject({ problem: 'disk-full' });
      expect(await out('ls', '/srv/forgeboard')).not.toContain('unborn');
      // A venv that does not fit: the deployment fails, the old release serves.
      const { end: failed } = await deploy(kit, 'full', plain('c', { 'requirements.txt': 'django\nsqlalchemy\n' }));
      expect(failed).toMatchObject({ outcome: 'failed', failure: { problem: 'disk-full', facts: { step: 'packages', mount: '/srv/forgeboard' } } });
      expect(await fetched(host, 8241)).toEqual({ status: 200, body: 'a' });
      expect((await deploy(kit, 'full', plain('d'))).end?.outcome).toBe('live');
    } finally {
      await restore();
    }
  });

  it('of the journals does not keep a deployment from ending and saying so', async () => {
    await firstDeploy(kit, 'mute', 8243, plain('a'));
    const restore = await host.shrinkDisk('/var/lib/forgeboard', 1);
    try {
      const number = await startDeploy(kit, 'mute', { 'app.py': 'import time\ntime.sleep(60)\n', 'requirements.txt': '' }, { checkSeconds: 2 });
      await host.run(['sh', '-c', 'cat /dev/zero > /var/lib/forgeboard/filler'], { check: false });
      const { end } = await follow(kit, 'mute', number);
      expect(end).toMatchObject({ outcome: 'failed', failure: { problem: 'start-failed' } });
      expect(await fetched(host, 8243)).toEqual({ status: 200, body: 'a' });
    } finally {
      await host.run(['rm', '-f', '/var/lib/forgeboard/filler']);
      await restore();
    }
  });
});

describe('F26: requests during a switch', () => {
  it('are all answered, also those of a second and more', async () => {
    const slow = (answer: string) =>
      plain(answer, {
        'app.py': `import time\n\n\ndef app(environ, start_response):\n    time.sleep(1.2 if environ["PATH_INFO"] == "/slow" else 0)\n    start_response("200 OK", [])\n    return [b"${answer}"]\n`,
      });
    await firstDeploy(kit, 'drains', 8244, slow('a'));
    const flights = [1, 2].map(() => fetched(host, 8244, '/slow'));
    await expect.poll(() => out('sh', '-c', 'grep -c "drains/a/app.sock" /proc/net/unix'), { interval: 20 }).not.toBe('1');
    expect((await deploy(kit, 'drains', slow('b'))).end?.outcome).toBe('live');
    expect((await Promise.all(flights)).map(({ status }) => status)).toEqual([200, 200]);
  });

  it('that outlast the drain limit are cut, and the old slot is stopped', async () => {
    const slow = plain('a', {
      'app.py':
        'import time\n\n\ndef app(environ, start_response):\n    time.sleep(300 if environ["PATH_INFO"] == "/slow" else 0)\n    start_response("200 OK", [])\n    return [b"a"]\n',
    });
    await firstDeploy(kit, 'limit', 8245, slow);
    void fetched(host, 8245, '/slow');
    await expect.poll(() => out('sh', '-c', 'grep -c "limit/a/app.sock" /proc/net/unix'), { interval: 20 }).not.toBe('1');
    expect((await deploy(kit, 'limit', plain('b'), { drainSeconds: 1 })).end?.outcome).toBe('live');
    await host.run(['flock', '/var/lib/forgeboard/locks/limit.drain', 'true']);
    expect(await out('systemctl', 'is-active', 'forgeboard-limit.web@a.service')).toBe('inactive');
    expect(await out('cat', '/var/lib/forgeboard/journal/limit/2.jsonl')).toContain('1 connection was still open');
  });
});
