import { describe, expect, it } from 'vitest';
import type { DeploymentEvent } from '../../electron/hostkit/actions.ts';
import { applied, deploy, fetched, firstDeploy, follow, killHolder, load, plain, specOf, stepsOf } from './deploying.ts';
import { keepWarm } from './keep-warm.ts';
import { connectAs, kitAs } from './over-ssh.ts';
import { host, kit, withPreparedHost } from './prepared-host.ts';

withPreparedHost();

const out = async (...argv: string[]) => (await host.run(argv, { check: false })).stdout.trim();
const drained = (app: string) => host.run(['flock', `/var/lib/forgeboard/locks/${app}.drain`, 'true']);
const units = async (app: string) =>
  (await out('systemctl', 'list-units', '--all', '--no-legend', '--plain', `forgeboard-${app}.web@*`))
    .split('\n')
    .map((line) => line.replace(/.*@(.)\.service +loaded (\w+) .*/, '$1 $2'));
/** Until the unit of a slot has ended: five seconds at most. */
const gone = (app: string, slot: string) =>
  host.run(['timeout', '5', 'sh', '-c', 'while systemctl is-active --quiet "$1"; do sleep 0.05; done', 'sh', `forgeboard-${app}.web@${slot}.service`]);
const journalOf = async (app: string, deployment: number) =>
  (await out('cat', `/var/lib/forgeboard/journal/${app}/${deployment}.jsonl`)).split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
const said = async (app: string) => (await out('cat', `/srv/forgeboard/${app}/data/imported`)).split('\n');
/** The detail of a deployment's last start. */
const startOf = (events: DeploymentEvent[]) =>
  events.flatMap((event) => (event.type === 'step' && event.name === 'start' && event.status === 'done' ? [event.detail ?? ''] : [])).at(-1);

/** Uses a module of the standard library that has a file of its own to be loaded, and writes down when it is imported itself. */
const noting = (answer: string, first = 'import decimal') =>
  plain(answer, {
    'app.py': `import os\nimport sys\n${first}\n\nwith open(os.environ["DATA_DIR"] + "/imported", "a") as file:\n    file.write("${answer}\\n")\n\n\ndef app(environ, start_response):\n    start_response("200 OK", [])\n    return [f"${answer} {os.environ.get('COLOUR', '')} {os.getcwd()}".encode()]\n`,
  });

describe('a warm slot', () => {
  it('waits with the packages imported and nothing of the app; deploys and rollbacks take it, and each release is booted cold once', async () => {
    await firstDeploy(kit, 'shop', 8700, noting('one'));
    const warm = keepWarm(kit, 'shop');
    expect((await warm.until('warm')).memory).toBeGreaterThan(5_000_000);
    expect(await units('shop')).toEqual(['a active', 'b active']);
    const pid = await out('systemctl', 'show', '--value', '-p', 'MainPID', 'forgeboard-shop.web@b.service');
    expect(await out('sh', '-c', 'cat /proc/$(pgrep -P "$1" | head -n 1)/maps', 'sh', pid)).toContain('_decimal.');
    expect(await out('ps', '-o', 'user:32=', '-p', pid)).toBe('fb-shop');
    const before = await said('shop'); // of the workers that serve, and of the boot that told what they import
    expect(new Set(before)).toEqual(new Set(['one']));

    const stop = load(host, 8700);
    const words = warm.told.length;
    const second = await deploy(kit, 'shop', noting('two'));
    expect(second.end).toMatchObject({ outcome: 'live', release: 2, slot: 'b', warm: true });
    expect(startOf(second.events)).toBe(`slot b, which was warm, process ${pid}`);
    expect(await fetched(host, 8700)).toEqual({ status: 200, body: 'two  /srv/forgeboard/shop/releases/2' });
    await drained('shop');
    expect(await journalOf('shop', 2)).toContainEqual(expect.objectContaining({ name: 'cold boot', status: 'done' }));
    expect((await said('shop')).slice(before.length).length).toBeGreaterThan(2);

    await warm.until('warm', words);
    expect(new Set((await said('shop')).slice(before.length))).toEqual(new Set(['two']));
    const { deployment } = await kit.call('deployments.rollback', { app: 'shop', release: 1, registry: null, actor: 'ann', origin: '', token: 'r' });
    expect((await follow(kit, 'shop', deployment)).end).toMatchObject({ outcome: 'live', release: 1, slot: 'a', warm: true });
    expect((await fetched(host, 8700)).body).toBe('one  /srv/forgeboard/shop/releases/1');
    const { failed, bodies } = await stop();
    expect(failed).toEqual([]);
    expect(bodies.map((body) => body.slice(0, 3)).sort()).toEqual(['one', 'two']);

    // One that serves is started cold again after a crash, and the folder that said otherwise is gone with its slot.
    await host.run(['systemctl', 'restart', 'forgeboard-shop.web@a.service']);
    await host.run([
      'curl',
      '--silent',
      '--fail',
      '--retry',
      '100',
      '--retry-delay',
      '0',
      '--retry-max-time',
      '30',
      '--retry-all-errors',
      '--unix-socket',
      '/run/forgeboard/shop/a/app.sock',
      'http://localhost/',
    ]);
    await warm.stop();
    await drained('shop');
    expect((await units('shop')).filter((unit) => unit.endsWith(' active'))).toEqual(['a active']);
  });

  it('is for uvicorn, too', async () => {
    const asgi = (answer: string) => ({
      'app.py': `import decimal\n\n\nasync def app(scope, receive, send):\n    if scope["type"] != "http":\n        return\n    await send({"type": "http.response.start", "status": 200, "headers": []})\n    await send({"type": "http.response.body", "body": b"${answer}"})\n`,
      'requirements.txt': '',
    });
    await firstDeploy(kit, 'fast', 8701, asgi('one'), { type: 'asgi', server: ['uvicorn'], workers: 1 });
    const warm = keepWarm(kit, 'fast');
    await warm.until('warm');
    // Whoever deploys takes it, also another client than the one that asked for it.
    const another = await connectAs(host, 'root');
    const { end } = await deploy(await kitAs(another, 'root'), 'fast', asgi('two'));
    another.close();
    expect(end).toMatchObject({ outcome: 'live', warm: true });
    expect((await fetched(host, 8701)).body).toBe('two');
    await warm.stop();
  });

  it('is gone with its client: cancelled, its connection cut, its kit killed; and the next deploy is none the worse', async () => {
    await firstDeploy(kit, 'brief', 8702, plain('one'));
    for (const [index, end] of ['cancelled', 'cut', 'killed'].entries()) {
      const connection = await connectAs(host, 'root');
      const theirs = await kitAs(connection, 'root');
      const warm = keepWarm(theirs, 'brief');
      await warm.until('warm');
      if (end === 'cancelled') await warm.stop();
      if (end === 'cut') connection.close();
      if (end === 'killed') await killHolder(host, 'brief.warm');
      await gone('brief', index % 2 === 0 ? 'b' : 'a');
      connection.close();
      const { end: ended } = await deploy(kit, 'brief', plain(end));
      expect(ended).toMatchObject({ outcome: 'live', warm: false });
      expect((await fetched(host, 8702)).body).toBe(end);
      await drained('brief');
    }
    expect(await units('brief')).toEqual(['b active']);
    expect(await out('sh', '-c', 'ls -d /run/forgeboard/brief/*.warm')).toBe('');
  });

  it('is thrown away where variables, unit or a module of the app speak against it, and what fails warm is tried cold', async () => {
    const spec = await firstDeploy(kit, 'wary', 8703, noting('one', 'import colorsys'));
    const warm = keepWarm(kit, 'wary');
    let words = 0;
    const rounds: [string, () => Promise<{ events: DeploymentEvent[]; end: unknown }>, string][] = [
      [
        'variables',
        async () => {
          const { deployment } = await kit.call('variables.change', {
            app: 'wary',
            version: 0,
            set: [{ name: 'COLOUR', value: 'red', secret: false }],
            unset: [],
            actor: 'ann',
            origin: '',
            token: '',
          });
          return follow(kit, 'wary', deployment as number);
        },
        'one red',
      ],
      ['a unit', () => deploy(kit, 'wary', noting('limited', 'import colorsys'), { spec: { ...spec, workers: 1 }, apply: applied({ ...spec, workers: 1 }) }), 'limited red'],
      ['an app that fails warm only', () => deploy(kit, 'wary', noting('cold', 'assert "colorsys" not in sys.modules\nimport colorsys')), 'cold red'],
    ];
    for (const [what, act, body] of rounds) {
      await warm.until('warm', words);
      words = warm.told.length;
      const { end, events } = await act();
      expect(end, what).toMatchObject({ outcome: 'live', warm: false });
      expect((await fetched(host, 8703)).body, what).toMatch(new RegExp(`^${body}`));
      expect(stepsOf(events).filter((step) => step === 'check failed')).toHaveLength(what.startsWith('an app') ? 1 : 0);
      await drained('wary');
    }
    // The other way round: what starts warm only is live, and it is said that it would not start again.
    await warm.until('warm', words);
    words = warm.told.length;
    const { end, deployment } = await deploy(kit, 'wary', noting('warm', 'assert "colorsys" in sys.modules'));
    expect(end).toMatchObject({ outcome: 'live', warm: true });
    await drained('wary');
    expect((await kit.call('deployments.get', { app: 'wary', deployment })).notCold).toMatch(/AssertionError/);
    await warm.until('warm', words);
    const own = { ...noting('own', 'import colorsys\ncolorsys.OWN'), 'colorsys.py': 'OWN = 1\n' };
    expect((await deploy(kit, 'wary', own)).end).toMatchObject({ outcome: 'live', warm: false });
    expect((await fetched(host, 8703)).body).toMatch(/^own red/);
    expect((await warm.until('off')).reason).toBe('colorsys.py has to come before its packages');
    await warm.stop();
  });

  it('is off, with the reason, by the setting, under an older unit, and for packages that do not bear it; that is remembered', async () => {
    const off = async (app: string) => {
      const warm = keepWarm(kit, app);
      const { reason } = await warm.until('off');
      await warm.stop();
      expect((await units(app)).filter((unit) => unit.endsWith(' active'))).toEqual(['a active']);
      return [reason, warm.told.some(({ state }) => state === 'starting') ? 'tried' : 'not tried'];
    };
    await firstDeploy(kit, 'never', 8704, plain('a'), { warm: false });
    expect(await off('never')).toEqual(['it is off in the settings of this app', 'not tried']);

    await firstDeploy(kit, 'cramped', 8709, plain('a'));
    await host.run(['sh', '-c', 'sed "s/^MemAvailable:.*/MemAvailable: 65536 kB/" /proc/meminfo > /run/meminfo && mount --bind /run/meminfo /proc/meminfo']);
    expect(await off('cramped')).toEqual([expect.stringMatching(/^memory is short: 64 MB are available, \d+ MB are needed$/), expect.anything()]);
    await host.run(['umount', '/proc/meminfo']);

    const spec = specOf('older', 8705);
    const older = applied(spec, { change: (file) => ({ ...file, content: file.content.replace(' $FORGEBOARD_START', '') }) });
    expect((await deploy(kit, 'older', plain('a'), { spec, apply: older })).end?.outcome).toBe('live');
    expect(await off('older')).toEqual([expect.stringContaining('apply its settings'), 'not tried']);
    expect((await deploy(kit, 'older', plain('b'))).end).toMatchObject({ outcome: 'live', warm: false });

    const packages = [
      ['threads', 'import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()', 'importing own_package starts a thread'],
      ['files', 'kept = open("/dev/null")', 'importing own_package leaves a file open'],
      ['gevent', null, 'gevent has to come before everything else'],
      ['eventlet', null, 'eventlet has to come before everything else'],
    ] as const;
    for (const [index, [app, source, reason]] of packages.entries()) {
      const first =
        source === null
          ? `import ${app}${app === 'gevent' ? '.monkey' : ''}\n${app}.${app === 'gevent' ? 'monkey.patch_all' : 'monkey_patch'}()`
          : 'try:\n    import own_package\nexcept ImportError:\n    pass';
      const using = plain('a', {
        'app.py': `${first}\n\n\ndef app(environ, start_response):\n    start_response("200 OK", [])\n    return [b"a"]\n`,
        'requirements.txt': source === null ? `${app}\n` : '',
      });
      await firstDeploy(kit, app, 8720 + index, using);
      if (source !== null) await host.run(['sh', '-c', `cat > $(echo /srv/forgeboard/${app}/venvs/*/lib/python3*/site-packages)/own_package.py`], { input: source });
      expect(await off(app)).toEqual([reason, 'tried']);
      expect(await off(app)).toEqual([reason, 'not tried']);
    }
  });
});
