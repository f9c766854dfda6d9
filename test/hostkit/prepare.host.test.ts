import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Kit } from '../../electron/hostkit/hostkit.ts';
import type { Connection } from '../../electron/ssh/connection.ts';
import { bootHost, type TestHost } from '../hosts/host.ts';
import { connectAs, differences, kitAs, prepare, snapshot } from './over-ssh.ts';

// All of a host's disk but what sshd and journald write about any connection.
const folders = ['/etc', '/usr', '/srv', '/var', '/root', '/home', '/tmp', '/opt', '/boot', '/run/lock'];
const notOurs = (file: string) => !/^\/var\/(log\/(journal|wtmp|btmp|lastlog)|tmp\/systemd-private)|^\/tmp\/systemd-private/.test(file);

let host: TestHost;
let connection: Connection;
let kit: Kit;

async function boot(image: 'base' | 'web' = 'base'): Promise<void> {
  host = await bootHost({ image });
  connection = await connectAs(host, 'root');
  kit = await kitAs(connection, 'root');
}

async function reopen(): Promise<void> {
  kit.close();
  await kit.closed;
  kit = await kitAs(connection, 'root');
}

afterEach(async () => {
  kit?.close();
  connection?.close();
  await host?.stop();
});

const changesSince = async (before: Map<string, string>) => differences(before, await snapshot(host, folders)).filter(notOurs);
const out = async (...argv: string[]) => (await host.run(argv, { check: false })).stdout.trim();
/** When each unit that runs was started, and the processes of nginx: nothing was restarted or reloaded while this is the same. */
const running = () => out('sh', '-c', 'systemctl show --type=service --state=running -p Id,MainPID,ExecMainStartTimestampMonotonic,InvocationID "*" | grep -v "^$"; pgrep nginx');

describe('hosts.check', () => {
  it('writes nothing at all on a host that ForgeBoard never saw', async () => {
    await boot();
    const before = await snapshot(host, folders);
    await reopen();
    const facts = await kit.call('hosts.check', {});
    expect(await changesSince(before)).toEqual([]);
    expect(await out('find', '/dev/shm', '/run', '-xdev', '-iname', '*forge*')).toBe('');
    expect(facts).toMatchObject({ os: { id: 'debian', version: '12' }, user: { name: 'root', uid: 0 }, virtualization: 'systemd-nspawn', systemd: 252 });
    expect(facts).toMatchObject({ nginx: { installed: false, active: false }, ports: [], firewall: { kind: 'none' }, forgeboard: { prepared: false, format: 0, kit: '' } });
    expect(facts.pythons).toMatchObject([{ path: '/usr/bin/python3.11', venv: false }]);
    expect(facts.disks[0]?.total).toBeGreaterThan(1e6);
  });
});

describe('hosts.prepare', () => {
  it('says in a dry run what it would do, does none of it, then does it; and a second time changes nothing', async () => {
    await boot();
    const untouched = await snapshot(host, folders);
    const plan = await prepare(kit, 'root', { dry: true });
    expect(await changesSince(untouched)).toEqual([]);

    const events: { type: string; name?: string; status?: string }[] = [];
    const done = await prepare(kit, 'root', { onEvent: (event) => void events.push(event as (typeof events)[0]) });
    expect(done).toEqual(plan);
    expect(done.filter(({ changed }) => !changed)).toEqual([]);
    expect(events.filter(({ type, status }) => type === 'step' && status === 'done').map(({ name }) => name)).toEqual(done.map(({ name }) => name));
    expect(events.some(({ type }) => type === 'output')).toBe(true);
    expect(await out('systemctl', 'is-active', 'nginx')).toBe('active');
    expect(await out('stat', '-c', '%a %U %n', '/usr/local/lib/forgeboard/kit', '/etc/forgeboard/apps', '/srv/forgeboard', '/var/lib/forgeboard/format')).toBe(
      '755 root /usr/local/lib/forgeboard/kit\n700 root /etc/forgeboard/apps\n711 root /srv/forgeboard\n644 root /var/lib/forgeboard/format',
    );

    await reopen();
    expect(kit.hello.installed).toBe(true);
    const [before, units] = [await snapshot(host, folders), await running()];
    const again = await prepare(kit, 'root');
    expect(again.map(({ name }) => name)).toEqual(done.map(({ name }) => name));
    expect(again.filter(({ changed }) => changed)).toEqual([]);
    expect(await changesSince(before)).toEqual([]);
    expect(await running()).toBe(units);
    expect(await kit.call('hosts.check', {})).toMatchObject({
      nginx: { installed: true, active: true },
      ports: [{ port: 80, process: 'nginx', unit: 'nginx.service' }],
      forgeboard: { prepared: true, format: 1, kit: kit.hello.hash },
    });
  });

  it('keeps what a person wrote into apps.yml, and puts right what they changed of its own', async () => {
    await boot('web');
    await prepare(kit, 'root');
    await host.write('/etc/forgeboard/apps.yml', '# mine\napps: []\n');
    await host.run(['chmod', '777', '/srv/forgeboard']);
    await host.run(['systemctl', 'disable', '--now', 'nginx']);
    const changed = (await prepare(kit, 'root')).filter((step) => step.changed).map(({ name }) => name);
    expect(changed).toEqual(['directories', 'nginx']);
    expect(await host.read('/etc/forgeboard/apps.yml')).toBe('# mine\napps: []\n');
    expect(await out('stat', '-c', '%a', '/srv/forgeboard')).toBe('711');
  });

  it('names the server that holds port 80, and has installed nothing then', async () => {
    await boot();
    await host.run(['sh', '-c', 'apt-get update -q && apt-get install -y -q --no-install-recommends apache2'], { env: { DEBIAN_FRONTEND: 'noninteractive' } });
    const before = await snapshot(host, folders);
    const failure = await prepare(kit, 'root').catch((error: unknown) => error);
    expect(failure).toMatchObject({ problem: 'port-taken', facts: { port: 80, process: 'apache2', unit: 'apache2.service' } });
    expect((failure as Error).message).toMatch(/^port 80 is held by apache2 \(apache2\.service\), process \d+$/);
    expect(await changesSince(before)).toEqual([]);
    expect(await out('systemctl', 'is-active', 'apache2')).toBe('active');
  });

  it('F15: refuses a second nginx beside one that runs outside systemd, and an nginx that is masked', async () => {
    await boot('web');
    await host.run(['sh', '-c', 'systemctl stop nginx; nginx']);
    await expect(prepare(kit, 'root')).rejects.toMatchObject({ problem: 'port-taken', message: expect.stringMatching(/^nginx runs outside systemd/) as string });
    await host.run(['sh', '-c', 'nginx -s stop; systemctl mask nginx']);
    await expect(prepare(kit, 'root')).rejects.toMatchObject({ problem: 'missing-requirement' });
  });

  it('names the line of a broken nginx configuration, and goes on when it is mended', async () => {
    await boot('web');
    await host.run(['systemctl', 'stop', 'nginx']);
    await host.write('/etc/nginx/conf.d/theirs.conf', 'server { listen 81; nonsense on; }\n');
    await expect(prepare(kit, 'root')).rejects.toMatchObject({ problem: 'config-invalid', message: expect.stringContaining('/etc/nginx/conf.d/theirs.conf:1') as string });
    await host.run(['rm', '/etc/nginx/conf.d/theirs.conf']);
    expect((await prepare(kit, 'root')).filter(({ changed }) => changed).map(({ name }) => name)).toEqual(['nginx']);
  });

  it('waits for whoever holds the dpkg lock and says who it is; stops waiting when cancelled', async () => {
    await boot();
    const hold = 'import fcntl,time; f=open("/var/lib/dpkg/lock-frontend","w"); fcntl.lockf(f,fcntl.LOCK_EX); time.sleep(6)';
    await host.run(['systemd-run', '--unit=holder', '/usr/bin/python3', '-c', hold]);
    await expect.poll(async () => (await kit.call('hosts.check', {})).packages.busy, { timeout: 5000 }).toMatch(/^python3 \(process \d+\)$/);

    const stop = new AbortController();
    const cancelled = await prepare(kit, 'root', { signal: stop.signal, onEvent: (event) => void ((event as { type: string }).type === 'output' && stop.abort()) }).catch(
      (error: unknown) => error,
    );
    expect(cancelled).toMatchObject({ problem: 'cancelled' });
    expect(await out('systemctl', 'is-active', 'holder')).toBe('active');

    let said = '';
    await prepare(kit, 'root', {
      onEvent: (event) => {
        said += (event as { text?: string }).text ?? '';
      },
    });
    expect(said).toMatch(/Waiting for python3 \(process \d+\), which is installing packages/);
    expect(await out('systemctl', 'is-active', 'nginx')).toBe('active');
  });

  it('is completed by another run where the kit and dpkg were killed, or the connection was lost, half way', async () => {
    await boot();
    const says = (words: string, act: () => void) => ({ onEvent: (event: unknown) => void (String((event as { text?: string }).text).startsWith(words) && act()) });
    // Each run of dpkg lingers, so that what is cut in the middle of one is still in the middle when the cut arrives.
    await host.write('/etc/dpkg/dpkg.cfg.d/lingers', 'post-invoke=sleep 2\n');
    const kill = () => void host.run(['pkill', '-9', '^(dpkg|apt-get|python3)$'], { check: false });
    await expect(prepare(kit, 'root', says('Unpacking', kill))).rejects.toMatchObject({ problem: 'unknown-outcome' });
    expect(await out('systemctl', 'is-active', 'nginx')).toBe('inactive');
    kit = await kitAs(connection, 'root');
    await expect(
      prepare(
        kit,
        'root',
        says('Setting up', () => connection.close()),
      ),
    ).rejects.toMatchObject({ problem: 'unknown-outcome' });
    await host.run(['rm', '/etc/dpkg/dpkg.cfg.d/lingers']);
    connection = await connectAs(host, 'root');
    kit = await kitAs(connection, 'root');
    await prepare(kit, 'root');
    expect(await out('dpkg', '--audit')).toBe('');
    expect(await out('systemctl', 'is-active', 'nginx')).toBe('active');
    expect((await prepare(kit, 'root')).filter(({ changed }) => changed)).toEqual([]);
  });

  it('unpacks anew what dpkg was killed in the middle of unpacking', async () => {
    await boot();
    await host.run(['sh', '-c', 'apt-get update -q && apt-get install -y -q --no-install-recommends nginx-common']);
    // What dpkg leaves of a package where it was killed at one moment of many: chance does not bring it at each try.
    await host.run(['sed', '-i', '/^Package: nginx-common$/,/^$/s/^Status: .*/Status: install reinstreq half-installed/', '/var/lib/dpkg/status']);
    await prepare(kit, 'root');
    expect(await out('dpkg', '--audit')).toBe('');
    expect(await out('systemctl', 'is-active', 'nginx')).toBe('active');
  });

  it('says what apt could not do, and goes on from there', async () => {
    await boot();
    await host.run(['mv', '/etc/apt/sources.list', '/etc/apt/sources.away']);
    await expect(prepare(kit, 'root')).rejects.toMatchObject({ problem: 'missing-requirement', message: expect.stringContaining('nginx') as string });
    await host.run(['mv', '/etc/apt/sources.away', '/etc/apt/sources.list']);
    await prepare(kit, 'root');
    expect(await out('systemctl', 'is-active', 'nginx')).toBe('active');
  });

  it("writes nowhere but in what is ForgeBoard's", async () => {
    await boot('web');
    for (const file of ['/etc/passwd', '/etc/forgeboard/../passwd', '/etc/cron.d/forgeboard', '/etc/nginx/conf.d/other.conf']) {
      await expect(kit.call('hosts.prepare', { dry: false, files: [{ path: file, content: 'x', mode: 0o644 }] })).rejects.toMatchObject({ problem: 'invalid', field: 'files' });
    }
    for (const folder of ['/etc', '/srv/forgeboard/..', '/srv/other']) {
      await expect(kit.call('hosts.prepare', { dry: false, directories: [{ path: folder, mode: 0o755 }] })).rejects.toMatchObject({ problem: 'invalid', field: 'directories' });
    }
    await expect(kit.call('hosts.prepare', { dry: false, sudoUser: 'ALL=(ALL) x' })).rejects.toMatchObject({ problem: 'invalid', field: 'sudoUser' });
  });
});

describe('hosts.uninstall', () => {
  it("removes the kit and its rules, and nothing that is an app's", async () => {
    await boot('web');
    await prepare(kit, 'root');
    await reopen();
    await prepare(kit, 'deploy');
    const theirs = [
      '/etc/systemd/system/forgeboard-blog.web@.service',
      '/etc/nginx/conf.d/forgeboard-blog.conf',
      '/srv/forgeboard/blog/releases/1/app.py',
      '/var/lib/forgeboard/apps/blog.json',
    ];
    for (const file of theirs) await host.write(file, '# blog\n');
    await host.write('/var/lib/forgeboard/locks/blog', '');
    expect(existsSync(path.join(host.root, 'etc/sudoers.d/forgeboard-deploy'))).toBe(true);
    const before = await snapshot(host, folders);
    const plan = await kit.call('hosts.uninstall', { dry: true });
    expect(await changesSince(before)).toEqual([]);
    expect(await kit.call('hosts.uninstall', { dry: false })).toEqual(plan);
    expect(plan.steps.map(({ name, changed }) => [name, changed])).toEqual([
      ['locks', true],
      ['sudo', true],
      ['kit', true],
    ]);
    const gone = (await changesSince(before)).filter((file) => !['/etc/sudoers.d', '/usr/local/lib', '/var/lib/forgeboard/locks'].includes(file));
    expect(gone.every((file) => /^\/usr\/local\/lib\/forgeboard|^\/etc\/sudoers\.d\/forgeboard-deploy$|^\/var\/lib\/forgeboard\/locks\/blog$/.test(file))).toBe(true);
    expect(await out('sh', '-c', 'cat "$@"', 'sh', ...theirs)).toBe('# blog\n# blog\n# blog\n# blog');
    await reopen();
    expect(kit.hello.installed).toBe(false);
  });
});
