import { describe, expect, it } from 'vitest';
import { deploy, fetched, firstDeploy, plain } from './deploying.ts';
import { differences, snapshot } from './over-ssh.ts';
import { host, kit, withPreparedHost } from './prepared-host.ts';

withPreparedHost();

const out = async (...argv: string[]) => (await host.run(argv, { check: false })).stdout.trim();

describe('an app', () => {
  it('cannot read another app, nor connect to its socket, nor change its own code, nor read what is secret', async () => {
    const spy = `import os, socket

def attempt(act):
    try:
        act()
        return "yes"
    except OSError as error:
        return error.strerror

def connect(path):
    with socket.socket(socket.AF_UNIX) as one:
        one.connect(path)

def app(environ, start_response):
    start_response("200 OK", [])
    told = [
        attempt(lambda: open("/srv/forgeboard/victim/releases/1/app.py").read()),
        attempt(lambda: os.listdir("/srv/forgeboard/victim/releases")),
        attempt(lambda: os.listdir("/srv/forgeboard")),
        attempt(lambda: connect("/run/forgeboard/victim/a/app.sock")),
        attempt(lambda: open("app.py", "a")),
        attempt(lambda: open("/srv/forgeboard/spy/slots/a/venv/bin/x", "w")),
        attempt(lambda: os.listdir("/etc/forgeboard/apps")),
        attempt(lambda: os.listdir("/var/lib/forgeboard/journal")),
        attempt(lambda: open("/srv/forgeboard/spy/data/mine", "w").close()),
        str([pid for pid in os.listdir("/proc") if pid.isdigit() and pid == "1"]),
    ]
    return ["\\n".join(told).encode()]
`;
    await firstDeploy(kit, 'victim', 8300, plain('secret'));
    await firstDeploy(kit, 'spy', 8301, { 'app.py': spy, 'requirements.txt': '' });
    const no = 'Permission denied';
    expect((await fetched(host, 8301)).body.split('\n')).toEqual([no, no, no, no, no, 'Read-only file system', no, no, 'yes', '[]']);
    expect(
      await out(
        'stat',
        '-c',
        '%a %U:%G',
        '/srv/forgeboard/spy',
        '/srv/forgeboard/spy/releases/1',
        '/srv/forgeboard/spy/releases/1/app.py',
        '/srv/forgeboard/spy/data',
        '/run/forgeboard/spy/a',
      ),
    ).toBe('711 root:root\n750 root:fb-spy\n440 root:fb-spy\n750 fb-spy:fb-spy\n710 fb-spy:www-data');
    expect(Number((await out('systemd-analyze', 'security', 'forgeboard-spy.web@a.service')).match(/exposure level.*: ([\d.]+)/)?.[1])).toBeLessThanOrEqual(2.5);
  });
});

describe('apps.list and apps.get', () => {
  it('say what is live, and when an app is down', async () => {
    await firstDeploy(kit, 'seen', 8302, plain('a'));
    const { apps } = await kit.call('apps.list', {});
    const seen = apps.find(({ app }) => app === 'seen');
    expect(seen).toMatchObject({ live: 'a', release: 1, state: 'live', restarts: 0, deploying: null, spec: { port: 8302 } });
    expect(Math.abs((seen?.since ?? 0) - Date.now() / 1000)).toBeLessThan(60);
    expect(seen?.memory).toBeGreaterThan(1e6);
    await deploy(kit, 'seen', plain('b'));
    const got = await kit.call('apps.get', { app: 'seen' });
    expect(got).toMatchObject({ app: { live: 'b', release: 2 }, manifest: { release: 2, deployment: 2, actor: 'ann', origin: 'test', files: 2, python: '3.11.2' } });
    expect(got.deployments.map(({ deployment, end }) => [deployment, end?.outcome])).toEqual([
      [2, 'live'],
      [1, 'live'],
    ]);
    await host.run(['systemctl', 'stop', 'forgeboard-seen.web@b.service']);
    expect((await kit.call('apps.get', { app: 'seen' })).app).toMatchObject({ state: 'stopped', since: null, memory: null });
    expect((await deploy(kit, 'seen', plain('b'))).end?.outcome).toBe('live'); // the same code, but it was down
    await expect(kit.call('apps.get', { app: 'unknown' })).rejects.toMatchObject({ problem: 'not-found' });
  });

  it('answer for 100 apps without a process an app', async () => {
    const script =
      'for n in $(seq 100); do sed "s/seen/many-$n/g" /var/lib/forgeboard/apps/seen.json > /var/lib/forgeboard/apps/many-$n.json; mkdir -p /srv/forgeboard/many-$n; ln -sfn /run/forgeboard/many-$n/a /srv/forgeboard/many-$n/live; done';
    await host.run(['sh', '-c', script]);
    const { apps } = await kit.call('apps.list', {});
    expect(apps.length).toBeGreaterThan(100);
    await host.run(['sh', '-c', 'rm -rf /srv/forgeboard/many-* /var/lib/forgeboard/apps/many-*']);
  });
});

describe('apps.remove', () => {
  it('leaves nothing of the app, nothing of others changed, and is safe to run again', async () => {
    const folders = ['/etc', '/srv', '/run/forgeboard', '/var/lib/forgeboard', '/usr/local', '/home'];
    const before = await snapshot(host, folders);
    await firstDeploy(kit, 'gone', 8303, plain('a', { 'requirements.txt': 'click\n' }));
    await deploy(kit, 'gone', plain('b', { 'requirements.txt': 'click\n' }));
    const { text, digest } = await kit.call('registry.read', {});
    const { changed } = await kit.call('apps.remove', { app: 'gone', registry: { text, digest }, archive: false });
    expect(changed).toContain('user fb-gone');
    const kept = (file: string) =>
      !/^\/etc\/(passwd|shadow|group|gshadow|subuid|subgid|\.pwd\.lock)|\/journal\/\.reserve$|^\/var\/lib\/forgeboard\/(locks\/\.|removed$)/.test(file);
    const left = differences(before, await snapshot(host, folders)).filter(kept);
    // Only moments of change of the folders that hold the apps' files.
    expect(left.filter((file) => before.get(file) === undefined)).toEqual([]);
    expect(left.filter((file) => /\.(json|service|conf|py)$/.test(file))).toEqual([]);
    expect(await out('getent', 'passwd', 'fb-gone')).toBe('');
    expect(await out('systemctl', 'list-units', '--all', '--no-legend', 'forgeboard-gone*')).toBe('');
    expect((await fetched(host, 8303)).status).toBe(0);
    expect(await kit.call('apps.remove', { app: 'gone', registry: null })).toEqual({ changed: [], archive: null });
    expect((await fetched(host, 8300)).body).toBe('secret');
  });

  it('waits for nobody: a deployment that runs is named', async () => {
    await firstDeploy(kit, 'held', 8304, plain('a'));
    const stopper = await host.run(['sh', '-c', 'flock /var/lib/forgeboard/locks/held sleep 3 >/dev/null 2>&1 & sleep 0.2; echo ok']);
    expect(stopper.stdout.trim()).toBe('ok');
    await expect(kit.call('apps.remove', { app: 'held', registry: null })).rejects.toMatchObject({ problem: 'busy' });
  });
});
