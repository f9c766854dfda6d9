import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { applied, deploy, fetched, firstDeploy, follow, type Folder, killHolder, load, plain, specOf, stepsOf } from './deploying.ts';
import { host, kit, withPreparedHost } from './prepared-host.ts';

withPreparedHost();

interface Wanted {
  name: string;
  value: string | null;
  secret?: boolean;
}

const out = async (...argv: string[]) => (await host.run(argv, { check: false })).stdout.trim();
const listed = (app: string) => kit.call('variables.list', { app });
const change = async (app: string, set: Wanted[], { unset = [] as string[], version }: { unset?: string[]; version?: number } = {}) =>
  kit.call('variables.change', {
    app,
    set: set.map((one) => ({ secret: false, ...one })),
    unset,
    version: version ?? (await listed(app).catch(() => ({ version: 0 }))).version,
    actor: 'bea',
    origin: '',
    token: '',
  });
/** The change and its deployment, to the end. */
const set = async (app: string, wanted: Wanted[], options?: { unset?: string[]; version?: number }) => {
  const { deployment, ...said } = await change(app, wanted, options);
  return { ...said, ...(await follow(kit, app, deployment ?? 0)) };
};
const rollback = async (app: string, release: number) => {
  const { deployment } = await kit.call('deployments.rollback', { app, release, registry: null, actor: 'bea', origin: '', token: '' });
  return follow(kit, app, deployment);
};
/** What the process that serves really has. */
async function environment(app: string): Promise<Map<string, string>> {
  const slot = (await kit.call('apps.get', { app })).app.live;
  const pid = await out('systemctl', 'show', '-P', 'MainPID', `forgeboard-${app}.web@${slot}.service`);
  const { stdout } = await host.run(['base64', '-w0', `/proc/${pid}/environ`]);
  const parts = Buffer.from(stdout, 'base64').toString().split('\0').filter(Boolean);
  return new Map(parts.map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]));
}
/** An app that answers with one variable, and does not start where that is "bad". */
const speaking = (name: string, more: Folder = {}): Folder => ({
  'app.py': `import os\nif os.environ.get("${name}") == "bad":\n    raise RuntimeError("bad value")\n\n\ndef app(environ, start_response):\n    start_response("200 OK", [])\n    return [os.environ.get("${name}", "none").encode()]\n`,
  'requirements.txt': '',
  ...more,
});
const answer = async (port: number) => (await fetched(host, port)).body;

const cases = JSON.parse(readFileSync(new URL('../cases/variable-values.json', import.meta.url), 'utf8')) as { accept: string[] };

describe('variables.addresses', () => {
  it('says where databases are that the variables name, and nothing that is a secret', async () => {
    await firstDeploy(kit, 'leads', 8560, speaking('MODE'));
    const values = {
      DATABASE_URL: 'postgresql+psycopg://shop:s3cret@db.internal:5433/shop_db?sslmode=require',
      REPLICA: 'postgresql://shop:s3cret@db.internal:5433/shop_db',
      CACHE: 'rediss://:s3cret@[::1]/0',
      BROKER: 'amqp://guest:guest@10.0.0.7//',
      BY_SOCKET: 'postgresql:///shop?host=/run/postgresql',
      HOOK: 'https://user:s3cret@example.com/',
      ODD: 'mysql://a:b@-oProxyCommand=x:99999999/y',
      TOKEN: 'redis://sk_live_secret secret@cache/0',
    };
    await set(
      'leads',
      Object.entries(values).map(([name, value]) => ({ name, value, secret: true })),
    );
    const said = await kit.call('variables.addresses', { app: 'leads' });
    expect(said.addresses).toEqual([
      { name: 'BROKER', kind: 'amqp', host: '10.0.0.7', port: 5672, user: 'guest', database: '' },
      { name: 'CACHE', kind: 'redis', host: '::1', port: 6379, user: '', database: '0' },
      { name: 'DATABASE_URL', kind: 'postgres', host: 'db.internal', port: 5433, user: 'shop', database: 'shop_db' },
      { name: 'TOKEN', kind: 'redis', host: 'cache', port: 6379, user: '', database: '0' },
    ]);
    expect(JSON.stringify(said)).not.toMatch(/s3cret|sk_live/);
    await expect(kit.call('variables.addresses', { app: 'absent' })).rejects.toMatchObject({ problem: 'not-found' });
  });
});

describe('variables.change', () => {
  it('brings every value to the process byte for byte, while no request fails', async () => {
    await firstDeploy(kit, 'bytes', 8500, speaking('MODE'));
    const nasty = [
      ...cases.accept,
      '$HOME',
      '${HOME}',
      '%H %%',
      '\\',
      '\\\\n',
      '\\"',
      '"',
      "'",
      '`id`',
      '#x',
      ' a ',
      '\n',
      '\r\n',
      'é'.repeat(50_000),
      'x'.repeat(100_000),
      '=',
      'A=B',
      '\\\n',
      '\u0001\u001f\u0085',
    ];
    const stop = load(host, 8500);
    const { end, events, version, added } = await set('bytes', [{ name: 'MODE', value: 'one' }, ...nasty.map((value, index) => ({ name: `V${index}`, value }))]);
    expect(end).toMatchObject({ outcome: 'live', release: 1, slot: 'b' });
    expect(stepsOf(events).filter((step) => step !== 'wait done')).toEqual(['variables done', 'start done', 'check done', 'switch done']);
    expect({ version, added: added.length }).toEqual({ version: 1, added: nasty.length + 1 });
    const found = await environment('bytes');
    for (const [index, value] of nasty.entries()) expect(found.get(`V${index}`), `V${index}`).toBe(value);
    const listing = await listed('bytes');
    expect(listing).toMatchObject({ version: 1, live: 1, serves: true, actor: 'bea' });
    expect(Object.fromEntries(listing.variables.map(({ name, value }) => [name, value]))).toEqual(
      Object.fromEntries([['MODE', 'one'], ...nasty.map((value, index) => [`V${index}`, value])]),
    );
    await set('bytes', [{ name: 'MODE', value: 'two' }]);
    const { failed, bodies } = await stop();
    expect(failed).toEqual([]);
    expect(bodies).toEqual(['none', 'one', 'two']);
    expect((await listed('bytes')).variables.find(({ name }) => name === 'MODE')).toMatchObject({ version: 2 });
    expect((await listed('bytes')).variables.find(({ name }) => name === 'V0')).toMatchObject({ version: 1 });
    expect(await out('sh', '-c', 'cd /etc/forgeboard/apps && stat -c "%a %U %n" . bytes bytes/vars bytes/vars/*')).toBe(
      ['700 root .', '700 root bytes', '700 root bytes/vars', '600 root bytes/vars/1', '600 root bytes/vars/2', '600 root bytes/vars/last'].join('\n'),
    );
  });

  it('restarts nothing where all is so already, and refuses what somebody else changed meanwhile', async () => {
    await firstDeploy(kit, 'same', 8501, speaking('MODE'));
    await set('same', [{ name: 'MODE', value: 'a' }]);
    const before = await out('systemctl', 'show', '-P', 'InvocationID', 'forgeboard-same.web@b.service');
    expect(await set('same', [{ name: 'MODE', value: 'a' }], { unset: ['NEVER'] })).toMatchObject({ version: 1, changed: [], end: { outcome: 'unchanged' } });
    expect(await out('systemctl', 'show', '-P', 'InvocationID', 'forgeboard-same.web@b.service')).toBe(before);
    await expect(change('same', [{ name: 'MODE', value: 'b' }], { version: 0 })).rejects.toMatchObject({ problem: 'conflict', facts: { version: 1 } });
    await expect(change('same', [{ name: 'LD_PRELOAD', value: 'b' }])).rejects.toMatchObject({ problem: 'invalid', field: 'name' });
    await expect(change('same', [{ name: 'A', value: 'a\0b' }])).rejects.toMatchObject({ problem: 'invalid', field: 'A' });
    const many = Array.from({ length: 11 }, (_, index) => ({ name: `BIG${index}`, value: 'x'.repeat(99_000) }));
    await expect(change('same', many)).rejects.toMatchObject({ problem: 'limit' });
    expect(await answer(8501)).toBe('a');
  });

  it('takes a version back that the app does not start with: the one before serves, and its number is not used again', async () => {
    await firstDeploy(kit, 'fails', 8502, speaking('MODE'));
    await set('fails', [{ name: 'MODE', value: 'good' }]);
    const stop = load(host, 8502);
    const { end } = await set('fails', [{ name: 'MODE', value: 'bad' }]);
    expect(end).toMatchObject({ outcome: 'failed', release: 1, failure: { message: 'the app did not start: RuntimeError: bad value (app.py line 3)' } });
    expect((await stop()).failed).toEqual([]);
    expect(await listed('fails')).toMatchObject({ version: 1, live: 1 });
    expect(await out('ls', '/etc/forgeboard/apps/fails/vars')).toBe('1\nlast');
    expect(await out('sh', '-c', 'readlink /srv/forgeboard/fails/slots/*/vars | sort -u')).toBe('/etc/forgeboard/apps/fails/vars/1');
    expect(await set('fails', [{ name: 'MODE', value: 'better' }])).toMatchObject({ version: 3, end: { outcome: 'live' } });
    expect(await answer(8502)).toBe('better');
    expect((await kit.call('variables.history', { app: 'fails' })).versions).toMatchObject([
      { version: 3, live: true, actor: 'bea', added: [], changed: ['MODE'], removed: [] },
      { version: 1, live: false, added: ['MODE'] },
    ]);
  });

  it('only stores them for an app that was stopped or never deployed, which starts with them', async () => {
    expect(await change('later', [{ name: 'MODE', value: 'early' }])).toMatchObject({ deployment: null, version: 1, added: ['MODE'] });
    expect(await change('later', [{ name: 'MODE', value: 'early' }])).toMatchObject({ deployment: null, version: 1, added: [] });
    const spec = specOf('later', 8503);
    expect((await deploy(kit, 'later', { 'app.py': 'import flsk\n', 'requirements.txt': '' }, { spec, apply: applied(spec) })).end?.outcome).toBe('failed');
    expect(await listed('later')).toMatchObject({ version: 1, live: null, serves: false });
    await firstDeploy(kit, 'later', 8503, speaking('MODE'));
    expect(await answer(8503)).toBe('early');
    await kit.call('apps.stop', { app: 'later', actor: 'bea' });
    expect(await change('later', [{ name: 'MODE', value: 'asleep' }])).toMatchObject({ deployment: null, version: 2 });
    expect((await fetched(host, 8503)).status).toBe(502);
    await follow(kit, 'later', (await kit.call('apps.start', { app: 'later', actor: 'bea', origin: '', token: '' })).deployment);
    expect(await answer(8503)).toBe('asleep');
    // Nothing is left of an app that never was.
    await change('typo', [{ name: 'A', value: '1' }]);
    await change('typo', [], { unset: ['A'] });
    await expect(listed('typo')).rejects.toMatchObject({ problem: 'not-found' });
    expect(await out('ls', '/etc/forgeboard/apps')).not.toContain('typo');
  });

  it('mends an app that crashes for want of a variable', async () => {
    const needy = {
      'app.py': 'import os\nWORD = os.environ["WORD"].encode()\n\n\ndef app(environ, start_response):\n    start_response("200 OK", [])\n    return [WORD]\n',
      'requirements.txt': '',
    };
    await change('needy', [{ name: 'WORD', value: 'here' }]);
    await firstDeploy(kit, 'needy', 8504, needy);
    await host.run(['sh', '-c', 'sed -i /WORD/d /etc/forgeboard/apps/needy/vars/1 && systemctl kill -s KILL --kill-whom=all forgeboard-needy.web@a.service']);
    await expect.poll(() => fetched(host, 8504), { timeout: 20_000 }).toMatchObject({ status: 502 });
    expect((await set('needy', [{ name: 'WORD', value: 'again' }])).end).toMatchObject({ outcome: 'live', slot: 'b' });
    expect(await answer(8504)).toBe('again');
  });
});

describe('a release', () => {
  it('brings back with a rollback the variables that it last ran with, and the next deployment keeps those', async () => {
    await firstDeploy(kit, 'history', 8505, speaking('MODE'));
    await set('history', [
      { name: 'MODE', value: 'old' },
      { name: 'KEY', value: 'k1', secret: true },
    ]);
    await deploy(kit, 'history', speaking('MODE', { 'two.py': '' }));
    await set(
      'history',
      [
        { name: 'MODE', value: 'new' },
        { name: 'KEY', value: 'k2', secret: true },
      ],
      { unset: [] },
    );
    const releases = JSON.parse(
      await out(
        'sh',
        '-c',
        "cat /srv/forgeboard/history/releases/[13].json | jq -s \"map({release, variables})\" 2>/dev/null || python3 -c \"import json;print(json.dumps([{k: json.load(open(f'/srv/forgeboard/history/releases/{n}.json'))[k] for k in ('release', 'variables')} for n in (1, 3)]))\"",
      ),
    );
    expect(releases).toEqual([
      { release: 1, variables: 1 },
      { release: 3, variables: 2 },
    ]);
    const back = await rollback('history', 1);
    expect(back.end).toMatchObject({ outcome: 'live', release: 1 });
    expect(stepsOf(back.events)).toContain('variables done');
    expect(await answer(8505)).toBe('old');
    expect((await environment('history')).get('KEY')).toBe('k1');
    expect((await kit.call('variables.history', { app: 'history' })).versions[0]).toMatchObject({ version: 3, restored: 1, changed: ['KEY', 'MODE'], live: true });
    expect((await listed('history')).variables.map(({ name, secret, value }) => ({ name, secret, value }))).toEqual([
      { name: 'KEY', secret: true, value: null },
      { name: 'MODE', secret: false, value: 'old' },
    ]);
    await deploy(kit, 'history', speaking('MODE', { 'three.py': '' }));
    expect(await answer(8505)).toBe('old');
    // Its own variables are those that run: nothing to bring back.
    expect(stepsOf((await rollback('history', 1)).events)).not.toContain('variables done');
    expect((await rollback('history', 3)).end).toMatchObject({ outcome: 'live', release: 3 });
    expect(await answer(8505)).toBe('new');
  });

  it('keeps its version although it is older than the twenty that stay', async () => {
    await firstDeploy(kit, 'many', 8506, speaking('MODE'));
    await set('many', [{ name: 'MODE', value: 'first' }]);
    await deploy(kit, 'many', speaking('MODE', { 'two.py': '' }));
    await kit.call('apps.stop', { app: 'many', actor: 'bea' });
    for (let index = 0; index < 25; index += 1) await change('many', [{ name: 'MODE', value: `m${index}` }]);
    const { versions } = await kit.call('variables.history', { app: 'many' });
    expect(versions.map(({ version }) => version)).toEqual([...Array.from({ length: 20 }, (_, index) => 26 - index), 1]);
    expect((await rollback('many', 1)).end).toMatchObject({ outcome: 'live', release: 1 });
    expect(await answer(8506)).toBe('first');
  });
});

it('F4: a change that was cut is taken back at the next contact, with its version', async () => {
  await firstDeploy(kit, 'cut', 8507, {
    'app.py': `import os, time\nif os.environ.get("MODE") == "slow":\n    time.sleep(99)\n\n\ndef app(environ, start_response):\n    start_response("200 OK", [])\n    return [os.environ.get("MODE", "none").encode()]\n`,
    'requirements.txt': '',
  });
  await set('cut', [{ name: 'MODE', value: 'quick' }]);
  const { deployment } = await change('cut', [{ name: 'MODE', value: 'slow' }]);
  await expect.poll(async () => (await kit.call('apps.get', { app: 'cut' })).app.deploying?.step, { timeout: 20_000, interval: 20 }).toBe('check');
  expect((await listed('cut')).version).toBe(2);
  await killHolder(host, 'cut');
  await expect
    .poll(async () => (await kit.call('apps.get', { app: 'cut' })).deployments.find((one) => one.deployment === deployment)?.end, { timeout: 15_000, interval: 50 })
    .toMatchObject({ outcome: 'interrupted' });
  expect(await listed('cut')).toMatchObject({ version: 1, live: 1 });
  expect(await out('sh', '-c', 'readlink /srv/forgeboard/cut/slots/*/vars')).not.toContain('/2');
  expect(await answer(8507)).toBe('quick');
  expect(await set('cut', [{ name: 'MODE', value: 'mended' }])).toMatchObject({ version: 3, end: { outcome: 'live' } });
});

it('a crash within the watch switches back to the variables before', async () => {
  const fragile = {
    'app.py': `import os, threading\nif os.environ.get("MODE") == "bomb":\n    threading.Timer(3, lambda: os.kill(os.getppid(), 9)).start()\n\n\ndef app(environ, start_response):\n    start_response("200 OK", [])\n    return [os.environ.get("MODE", "none").encode()]\n`,
    'requirements.txt': '',
  };
  await firstDeploy(kit, 'watched', 8508, fragile, { watchSeconds: 60 });
  await set('watched', [{ name: 'MODE', value: 'calm' }]);
  const { deployment } = await change('watched', [{ name: 'MODE', value: 'bomb' }]);
  expect((await follow(kit, 'watched', deployment ?? 0)).end?.outcome).toBe('live');
  await expect.poll(async () => (await kit.call('apps.get', { app: 'watched' })).deployments[0]?.switchedBack, { timeout: 30_000 }).toMatchObject({ release: 1 });
  await expect.poll(() => listed('watched'), { timeout: 10_000 }).toMatchObject({ version: 1, live: 1 });
  expect(await answer(8508)).toBe('calm');
});

it('a version by hand is read, its values as secrets, and what cannot be read is named by its line', async () => {
  await firstDeploy(kit, 'byhand', 8509, plain('a'));
  await host.run(['install', '-d', '-m', '700', '/etc/forgeboard/apps/byhand', '/etc/forgeboard/apps/byhand/vars']);
  await host.write('/etc/forgeboard/apps/byhand/vars/1', '# mine\nA=plain words\nB="two\nlines"\n\n; C=1\n');
  expect((await listed('byhand')).variables).toMatchObject([
    { name: 'A', secret: true, value: null },
    { name: 'B', secret: true, value: null },
  ]);
  await set('byhand', [{ name: 'C', value: '3' }]);
  expect(Object.fromEntries(await environment('byhand'))).toMatchObject({ A: 'plain words', B: 'two\nlines', C: '3' });
  await host.write('/etc/forgeboard/apps/byhand/vars/9', 'A="1"\nwhat is this\n');
  await expect(listed('byhand')).rejects.toMatchObject({ problem: 'config-invalid', message: '/etc/forgeboard/apps/byhand/vars/9:2 is not a variable' });
});
