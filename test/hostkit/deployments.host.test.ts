import { describe, expect, it } from 'vitest';
import { applied, deploy, fetched, firstDeploy, follow, load, plain, specOf, startDeploy, stepsOf } from './deploying.ts';
import { host, kit, withPreparedHost } from './prepared-host.ts';

withPreparedHost();

const out = async (...argv: string[]) => (await host.run(argv, { check: false })).stdout.trim();
/** Everything that an app leaves on a host, but its journal. */
const traces = (app: string) =>
  out(
    'sh',
    '-c',
    `find /etc /srv /run /var/lib/forgeboard /usr/local -xdev -name '*${app}*' -not -path '*/journal/*' -not -path '*/locks/*'; getent passwd fb-${app}; systemctl list-units --all --no-legend 'forgeboard-${app}*'`,
  );
const drained = async (app: string) => {
  await host.run(['flock', `/var/lib/forgeboard/locks/${app}.drain`, 'true']);
};

describe('deployments.start', () => {
  it('brings a folder to a running, checked release behind nginx, and says each step', async () => {
    const spec = specOf('first', 8100);
    const { end, events, deployment } = await deploy(kit, 'first', plain('one', { 'requirements.txt': 'flask\n', 'static/a b.txt': 'x' }), { spec, apply: applied(spec) });
    expect(end).toMatchObject({ outcome: 'live', release: 1, slot: 'a', failure: null });
    expect(stepsOf(events)).toEqual(['configure done', 'tree done', 'packages done', 'bytecode done', 'start done', 'check done', 'switch done']);
    expect(events.some((event) => event.type === 'output' && event.text.includes('Successfully installed'))).toBe(true);
    expect(await fetched(host, 8100)).toEqual({ status: 200, body: 'one' });
    expect(await kit.call('deployments.get', { app: 'first', deployment })).toMatchObject({ running: false, actor: 'ann', token: 't', end: { outcome: 'live' } });
  });

  it('replaces a release under load with 0 failed requests, and keeps nginx and systemd out of it', async () => {
    await firstDeploy(kit, 'busy', 8101, plain('0'));
    const nginx = await out('pgrep', 'nginx');
    const stop = load(host, 8101);
    for (const round of ['1', '2', '3', '4']) {
      const { end, events } = await deploy(kit, 'busy', plain(round));
      expect(end?.outcome).toBe('live');
      expect(stepsOf(events).filter((step) => step !== 'wait done')).toEqual(['tree done', 'packages skipped', 'bytecode done', 'start done', 'check done', 'switch done']);
    }
    await drained('busy');
    const { requests, failed, bodies } = await stop();
    expect(failed).toEqual([]);
    expect(requests).toBeGreaterThan(50);
    expect(bodies).toEqual(['0', '1', '2', '3', '4']);
    expect(await out('pgrep', 'nginx')).toBe(nginx);
    expect(await out('systemctl', 'list-units', '--no-legend', '--plain', 'forgeboard-busy.web@*')).toMatch(/^forgeboard-busy\.web@a\.service +loaded active running/);
  });

  it('does nothing where nothing changed', async () => {
    await firstDeploy(kit, 'same', 8102, plain('same'));
    const before = await out('systemctl', 'show', '-p', 'InvocationID', 'forgeboard-same.web@a.service');
    const { end, events } = await deploy(kit, 'same', plain('same'));
    expect(end).toMatchObject({ outcome: 'unchanged', release: 1, slot: 'a' });
    expect(stepsOf(events)).toEqual([]);
    expect(await out('systemctl', 'show', '-p', 'InvocationID', 'forgeboard-same.web@a.service')).toBe(before);
  });

  it('runs pip with its bytecode, which is made anew when Debian has changed the wheel', async () => {
    await firstDeploy(kit, 'packed', 8119, plain('one'));
    const archives = () => out('sh', '-c', 'ls /usr/local/lib/forgeboard/pip-*');
    const before = await archives();
    expect(before).toMatch(/^\S+\/pip-[\d.]+-\S+\.cpython-\d+\.zip$/);
    await host.run(['touch', '-d', '8 days ago', before]);
    await host.run(['sh', '-c', 'touch /usr/share/python-wheels/pip-*.whl']);
    expect((await deploy(kit, 'packed', plain('two', { 'requirements.txt': 'bottle\n' }))).end).toMatchObject({ outcome: 'live', release: 2 });
    const after = await archives();
    expect(after).toMatch(/^\S+\.zip$/);
    expect(after).not.toBe(before);
  });

  it('F22, F23: keeps the old release serving when the new one fails, and says why in one line', async () => {
    await firstDeploy(kit, 'broken', 8103, plain('good'));
    const stop = load(host, 8103);
    const failing = async (source: string, more = {}, requirements = '') => {
      const { end } = await deploy(kit, 'broken', { 'app.py': source, 'requirements.txt': requirements }, more);
      return end;
    };
    const missing = await failing('import os\n\nimport flsk\n');
    expect(missing).toMatchObject({ outcome: 'failed', release: 1, slot: 'a' });
    expect(missing?.failure).toMatchObject({
      problem: 'start-failed',
      message: "the app did not start: ModuleNotFoundError: No module named 'flsk' (app.py line 3)",
      facts: {
        step: 'check',
        exitCode: expect.toSatisfy((code: number) => code === 3 || code === 1),
        log: expect.arrayContaining(["ModuleNotFoundError: No module named 'flsk'"]),
      },
    });
    expect((await failing('def app(:\n'))?.failure?.message).toBe('the app did not start: SyntaxError: invalid syntax (app.py line 1)');
    expect((await failing('x = 1\n'))?.failure?.message).toBe("the app did not start: Failed to find attribute 'app' in 'app'.");
    expect((await failing('import os\nos.kill(os.getppid(), 9)\nos._exit(0)\n'))?.failure?.message).toBe('the app did not start: it was ended by signal 9');
    expect((await failing('def app(e, s):\n    return 1 / 0\n', { checkSeconds: 5 }))?.failure?.message).toBe(
      'the app did not pass its check: it answered GET / with 500, and nothing better came within 5 s. Its last error: ZeroDivisionError: division by zero (app.py line 2)',
    );
    expect((await failing('import time\ntime.sleep(99)\n', { checkSeconds: 3 }))?.failure?.message).toMatch(/check: it did not (answer GET \/|open its socket) within 3 s$/);
    const packages = await failing('x = 1\n', {}, 'flsk==9\n');
    expect(packages?.failure).toMatchObject({
      problem: 'build-failed',
      message: 'the packages could not be installed: No matching distribution found for flsk==9',
      facts: { step: 'packages' },
    });
    const { failed, bodies } = await stop();
    expect(failed).toEqual([]);
    expect(bodies).toEqual(['good']);
    expect(await out('ls', '/srv/forgeboard/broken/releases')).toBe('1\n1.json');
    expect(await out('systemctl', 'list-units', '--all', '--no-legend', '--plain', 'forgeboard-broken*', '--state=failed')).toBe('');
    expect((await deploy(kit, 'broken', plain('better'))).end).toMatchObject({ outcome: 'live', slot: 'b' });
  });

  it('F22: says why also where journald reads the last words only after systemd has let go of the run', async () => {
    await firstDeploy(kit, 'late', 8118, plain('good'));
    const journald = await out('systemctl', 'show', '-p', 'MainPID', '--value', 'systemd-journald');
    await host.run(['kill', '-STOP', journald]);
    try {
      const ending = deploy(kit, 'late', { 'app.py': 'import flsk\n', 'requirements.txt': '' });
      await expect.poll(() => out('systemctl', 'show', '-p', 'SubState', '--value', 'forgeboard-late.web@b.service')).toBe('auto-restart');
      await host.run(['kill', '-CONT', journald]);
      expect((await ending).end?.failure?.message).toBe("the app did not start: ModuleNotFoundError: No module named 'flsk' (app.py line 1)");
    } finally {
      await host.run(['kill', '-CONT', journald]);
    }
  });

  it('takes everything back when a first deploy fails, but its journal', async () => {
    const registry = await kit.call('registry.read', {});
    const spec = specOf('never', 8104);
    const text = `${registry.text}\n# the new one\n`;
    const { end, deployment } = await deploy(
      kit,
      'never',
      { 'app.py': 'import flsk\n', 'requirements.txt': '' },
      { spec, apply: applied(spec, { registry: { text, digest: registry.digest } }) },
    );
    expect(end).toMatchObject({ outcome: 'failed', release: null, slot: null });
    expect(await traces('never')).toBe('');
    expect((await kit.call('registry.read', {})).text).toBe(registry.text);
    expect((await fetched(host, 8104)).status).toBe(0);
    expect(await kit.call('deployments.get', { app: 'never', deployment })).toMatchObject({ end: { outcome: 'failed' } });
    expect((await kit.call('apps.list', {})).apps.map(({ app }) => app)).not.toContain('never');
  });

  it('takes sources that no compiler takes, keeps a release of everything else, and prunes what is old', async () => {
    const hostile = {
      'deep.py': `x = ${'-'.repeat(200_000)}1\n`,
      'dotted.py': `x${'.a'.repeat(100_000)}\n`,
      'nul.py': 'a\0b',
      'py2.py': 'print "x"\n',
      'pkg/__init__.py': 'here = __file__\n',
      '-rf': 'x',
      'é/$(id).txt': 'x',
    };
    const source = 'import pkg\n\n\ndef app(e, s):\n    s("200 OK", [])\n    return [f"{pkg.here} {pkg.__cached__} {pkg.__spec__.loader.get_code.__name__}".encode()]\n';
    await firstDeploy(kit, 'odd', 8116, { ...plain('x'), ...hostile, 'app.py': source });
    const home = '/srv/forgeboard/odd/releases/1/pkg';
    expect((await fetched(host, 8116)).body).toBe(`${home}/__init__.py ${home}/__pycache__/__init__.cpython-311.pyc get_code`);
    expect(await out('sh', '-c', 'cd /srv/forgeboard/odd/releases/1 && find . -name "*.pyc" | sort')).toBe(
      './__pycache__/app.cpython-311.pyc\n./pkg/__pycache__/__init__.cpython-311.pyc',
    );
    for (const round of [1, 2, 3, 4, 5, 6])
      expect((await deploy(kit, 'odd', plain(`round ${round}`, round === 6 ? { 'requirements.txt': '# other\n' } : {}))).end?.outcome).toBe('live');
    await drained('odd');
    expect(await out('ls', '/srv/forgeboard/odd/releases')).toBe('3\n3.json\n4\n4.json\n5\n5.json\n6\n6.json\n7\n7.json');
    expect((await out('ls', '/srv/forgeboard/odd/venvs')).split('\n')).toHaveLength(2);
  });

  it('refuses what the client knew wrongly: the registry, a content, the entry point', async () => {
    const spec = specOf('wrong', 8105);
    const stale = deploy(kit, 'wrong', plain('x'), { spec, apply: applied(spec, { registry: { text: 'apps: []\n', digest: 'other' } }) });
    await expect(stale).rejects.toMatchObject({ problem: 'conflict' });
    await expect(kit.call('deployments.start', { app: 'wrong', files: [['app.py', 'a'.repeat(64), 1]], spec, apply: applied(spec), actor: '', origin: '' })).rejects.toMatchObject({
      problem: 'conflict',
    });
    await expect(deploy(kit, 'wrong', { 'main.py': '' }, { spec, apply: applied(spec) })).rejects.toMatchObject({ problem: 'invalid', field: 'entrypoint' });
    await expect(deploy(kit, 'wrong', plain('x'))).rejects.toMatchObject({ problem: 'not-found' });
    const elsewhere = applied(spec, { change: (file) => ({ ...file, path: file.path.replace('wrong', 'first') }) });
    await expect(deploy(kit, 'wrong', plain('x'), { spec, apply: elsewhere })).rejects.toMatchObject({ problem: 'invalid', field: 'apply' });
    expect(await traces('wrong')).toBe('');
  });

  it('F16: refuses a user that is not ours and a port that is taken, naming them', async () => {
    await host.run(['useradd', '--system', 'fb-theirs']);
    const spec = specOf('theirs', 8106);
    await expect(deploy(kit, 'theirs', plain('x'), { spec, apply: applied(spec) })).rejects.toMatchObject({ problem: 'exists', field: 'app' });
    expect(await out('getent', 'passwd', 'fb-theirs')).not.toBe('');
    expect(await out('ls', '/srv/forgeboard')).not.toContain('theirs');
    await host.run(['systemd-run', '--unit=squatter', 'python3', '-m', 'http.server', '8107']);
    await expect.poll(() => out('sh', '-c', 'ss -ltn | grep -c :8107')).toBe('1');
    const taken = specOf('taken', 8107);
    const { end } = await deploy(kit, 'taken', plain('x'), { spec: taken, apply: applied(taken) });
    expect(end?.failure).toMatchObject({ problem: 'port-taken', message: expect.stringMatching(/^port 8107 is taken by python3 \(process \d+\)$/) });
    expect(await traces('taken')).toBe('');
  });

  it('F20: lets one of two deploys of an app win and tells the other who is at it; different apps go side by side', async () => {
    await firstDeploy(kit, 'one', 8108, plain('x'));
    await firstDeploy(kit, 'two', 8109, plain('x'));
    const slow = { 'app.py': 'import time\ntime.sleep(1.5)\n\n\ndef app(e, s):\n    s("200 OK", [])\n    return [b"slow"]\n', 'requirements.txt': '' };
    const first = startDeploy(kit, 'one', slow);
    const number = await first;
    await expect(startDeploy(kit, 'one', plain('y'))).rejects.toMatchObject({ problem: 'busy', facts: { who: 'ann', deployment: number, step: expect.any(String) } });
    const other = await deploy(kit, 'two', plain('z'));
    expect(other.end?.outcome).toBe('live');
    expect(await kit.call('deployments.get', { app: 'one', deployment: number })).toMatchObject({ running: true, end: null });
    expect((await kit.call('apps.get', { app: 'one' })).app.deploying).toMatchObject({ deployment: number, by: 'ann' });
    expect((await follow(kit, 'one', number)).end?.outcome).toBe('live');
    expect((await fetched(host, 8108)).body).toBe('slow');
  });

  it('is not stopped by a broken nginx file of somebody else where only code changes, and names it where a site changes', async () => {
    const spec = await firstDeploy(kit, 'beside', 8110, plain('a'));
    await host.write('/etc/nginx/conf.d/theirs.conf', 'server {\n  nonsense on;\n}\n');
    try {
      expect((await deploy(kit, 'beside', plain('b'))).end?.outcome).toBe('live');
      const site = await out('cat', '/etc/nginx/conf.d/forgeboard-beside.conf');
      const moved = { ...spec, port: 8111 };
      const { end } = await deploy(kit, 'beside', plain('c'), { spec: moved, apply: applied(moved) });
      expect(end?.failure).toMatchObject({ problem: 'config-invalid', facts: { step: 'configure', file: '/etc/nginx/conf.d/theirs.conf', line: 2 } });
      expect(await out('cat', '/etc/nginx/conf.d/forgeboard-beside.conf')).toBe(site);
      await expect(kit.call('apps.remove', { app: 'beside', registry: null })).rejects.toMatchObject({ problem: 'config-invalid' });
      expect((await fetched(host, 8110)).body).toBe('b');
    } finally {
      await host.run(['rm', '/etc/nginx/conf.d/theirs.conf']);
    }
    const moved = { ...spec, port: 8111 };
    expect((await deploy(kit, 'beside', plain('d'), { spec: moved, apply: applied(moved) })).end?.outcome).toBe('live');
    expect((await fetched(host, 8111)).body).toBe('d');
    expect((await fetched(host, 8110)).status).toBe(0);
  });

  it('puts a changed configuration back when the release that came with it fails', async () => {
    const spec = await firstDeploy(kit, 'back', 8112, plain('a'));
    const kept = ['/etc/systemd/system/forgeboard-back.web@.service', '/etc/nginx/conf.d/forgeboard-back.conf', '/var/lib/forgeboard/apps/back.json'];
    const before = await out('cat', ...kept);
    const changed = { ...spec, port: 8113, workers: 1 };
    expect((await deploy(kit, 'back', { 'app.py': 'import flsk\n', 'requirements.txt': '' }, { spec: changed, apply: applied(changed) })).end?.outcome).toBe('failed');
    expect(await out('cat', ...kept)).toBe(before);
    expect(await fetched(host, 8112)).toEqual({ status: 200, body: 'a' });
    expect((await deploy(kit, 'back', plain('b'))).end?.outcome).toBe('live');
    expect(await fetched(host, 8112)).toEqual({ status: 200, body: 'b' });
  });
});

describe('deployments.cancel', () => {
  it('F21: takes a deployment back before its switch', async () => {
    await firstDeploy(kit, 'halted', 8114, plain('a'));
    const number = await startDeploy(kit, 'halted', { 'app.py': 'import time\ntime.sleep(99)\n', 'requirements.txt': '' });
    const watched = follow(kit, 'halted', number);
    await expect.poll(async () => (await kit.call('apps.get', { app: 'halted' })).app.deploying?.step).toBe('check');
    expect(await kit.call('deployments.cancel', { app: 'halted' })).toEqual({ cancelled: true });
    expect((await watched).end).toMatchObject({ outcome: 'cancelled', release: 1, slot: 'a', failure: { problem: 'cancelled' } });
    expect((await fetched(host, 8114)).body).toBe('a');
    expect(await out('ls', '/srv/forgeboard/halted/releases')).toBe('1\n1.json');
    expect(await kit.call('deployments.cancel', { app: 'halted' })).toEqual({ cancelled: false });
  });

  it('F21: ends one that hangs by force, says before who is at it and where, and the next one works', async () => {
    await firstDeploy(kit, 'hung', 8116, plain('a'));
    const number = await startDeploy(kit, 'hung', { 'app.py': 'import time\ntime.sleep(99)\n', 'requirements.txt': '' });
    const holder = async () => JSON.parse((await out('cat', '/var/lib/forgeboard/locks/hung')) || '{}') as { pid: number; step: string };
    await expect.poll(async () => (await holder()).step).toBe('check');
    // Stopped it answers no signal but the one that ends it, as one that waits for a disk which is gone.
    await host.run(['kill', '-STOP', String((await holder()).pid)]);
    await expect(startDeploy(kit, 'hung', plain('b'))).rejects.toMatchObject({
      problem: 'busy',
      message: `ann is changing hung (deployment ${number}), at: check`,
      hint: expect.stringContaining('cancel it'),
    });
    expect(await kit.call('deployments.cancel', { app: 'hung' })).toEqual({ cancelled: true });
    expect((await kit.call('deployments.get', { app: 'hung', deployment: number })).end).toMatchObject({
      outcome: 'interrupted',
      failure: { message: 'interrupted at check; rolled back' },
    });
    expect((await fetched(host, 8116)).body).toBe('a');
    expect((await deploy(kit, 'hung', plain('b'))).end).toMatchObject({ outcome: 'live' });
  });

  it('F21: one that takes longer than an hour is taken for hung and taken back', async () => {
    await firstDeploy(kit, 'hour', 8117, plain('a'));
    const number = await startDeploy(kit, 'hour', { 'app.py': 'import time\ntime.sleep(99)\n', 'requirements.txt': '' });
    const holder = async () => JSON.parse((await out('cat', '/var/lib/forgeboard/locks/hour')) || '{}') as { pid: number; step: string };
    await expect.poll(async () => (await holder()).step).toBe('check');
    await host.run(['kill', '-ALRM', String((await holder()).pid)]); // its alarm clock, an hour early
    expect((await follow(kit, 'hour', number)).end).toMatchObject({
      outcome: 'failed',
      release: 1,
      failure: { problem: 'timeout', message: 'the deployment took longer than 60 minutes' },
    });
    expect((await fetched(host, 8117)).body).toBe('a');
  });

  it('ends a package installation', async () => {
    await firstDeploy(kit, 'pip', 8115, plain('a'));
    const number = await startDeploy(kit, 'pip', plain('b', { 'requirements.txt': 'flask\ndjango\n' }));
    await expect.poll(() => out('systemctl', 'is-active', 'forgeboard-build-pip.service'), { interval: 20 }).toBe('active');
    expect(await kit.call('deployments.cancel', { app: 'pip' })).toEqual({ cancelled: true });
    expect((await follow(kit, 'pip', number)).end?.outcome).toBe('cancelled');
    expect(await out('systemctl', 'is-active', 'forgeboard-build-pip.service')).toBe('inactive');
    expect((await out('ls', '/srv/forgeboard/pip/venvs')).split('\n')).toHaveLength(1);
  });
});
