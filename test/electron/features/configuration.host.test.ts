import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AppliedResult, AppSetting, ShownPlan } from '../../../shared/contract/apps/configuration.ts';
import type { AppDomain, DomainResult } from '../../../shared/contract/domains.ts';
import { readRegistry, type RegistryEntry } from '../../../shared/rules/registry.ts';
import { onCalendar, timeWords } from '../../../shared/rules/schedule.ts';
import { startLoad } from '../../demo/load.ts';
import { board, host, withPreparedBoard } from '../prepared-board.ts';

withPreparedBoard();

const registry = '/etc/forgeboard/apps.yml';
const out = async (...words: string[]) => (await host.run(words)).stdout;
const plan = (app: string, more: object = {}) => board.call<ShownPlan>('apps.plan', { app, host: 'box', ...more });
const apply = (app: string, more: object = {}) => board.call<AppliedResult>('apps.apply', { app, host: 'box', yes: true, ...more });
const add = (app: string, domain: string, more: object = {}) => board.call<DomainResult>('domains.add', { app, host: 'box', domain }, more);

/** What nginx answers for a name, by its status and the first line of the body. */
async function asked(name: string, port = 80): Promise<string> {
  const script = `curl -s -o /tmp/body -w '%{http_code} ' -H 'Host: ${name}' http://127.0.0.1:${port}/; head -n 1 /tmp/body`;
  return (await out('sh', '-c', script)).trim();
}

/** Everything that an apply could write, start or reload, as it is now. */
const traces = (app: string) =>
  out(
    'sh',
    '-c',
    `stat -c '%n %Y %Z %i' /etc/forgeboard/apps.yml /etc/nginx/conf.d/forgeboard-${app}.conf /etc/systemd/system/forgeboard-${app}.* /etc/tmpfiles.d/forgeboard-${app}.conf /var/lib/forgeboard/apps/${app}.json /srv/forgeboard/${app}/live
     systemctl show -p InvocationID -p ActiveEnterTimestampMonotonic forgeboard-${app}.web@a.service forgeboard-${app}.web@b.service nginx.service
     pgrep -x nginx; ls /var/lib/forgeboard/journal/${app}`,
  );

/** The processes of the app and nginx, which a change of something else must not touch. */
const processes = (app: string) => out('systemctl', 'show', '-p', 'InvocationID', `forgeboard-${app}.web@a.service`, `forgeboard-${app}.web@b.service`);

const edit = async (from: string | RegExp, to: string) => host.write(registry, (await out('cat', registry)).replace(from, to));

/** Until the last deployment has stopped what it replaced, so that nothing moves by itself any more. */
const settled = (app: string) =>
  expect
    .poll(async () => (await out('sh', '-c', `tail -n 1 "$(ls -v /var/lib/forgeboard/journal/${app}/*.jsonl | tail -n 1)"`)).includes('"closed"'), { timeout: 30_000 })
    .toBe(true);

/** A sample that is not watched after its switch: these tests wait for what is over. */
const sample = (name: string, files: Record<string, string> = {}) => board.sample(name, { 'forgeboard.yml': 'watch_seconds: 0\n', ...files });
const deployed = async (name: string, files: Record<string, string> = {}) => {
  const folder = await sample(name, files);
  return { folder, ...(await board.deploy(folder, name)) };
};

describe('settings', () => {
  it('are planned, applied through the other slot without a failed request, and nothing is left to do', async () => {
    const { url } = await deployed('shop');
    const before = await out('cat', registry);
    const planned = await plan('shop', { set: ['memory=300M', 'workers=3'] });
    expect(planned).toMatchObject({
      changes: 2,
      effect: 'restart',
      settings: [
        { name: 'workers', before: '2', after: '3' },
        { name: 'memory', before: null, after: '300M' },
      ],
    });
    expect(planned.files.map(({ path, kind }) => `${kind} ${path}`)).toEqual([`changed ${registry}`, 'changed /etc/systemd/system/forgeboard-shop.web@.service']);
    expect(planned.files[0]?.diff).toContain('+    memory: 300M');
    expect(planned.files[1]?.diff).toContain('+MemoryMax=314572800');
    expect(await out('cat', registry)).toBe(before);

    const load = startLoad(url);
    const done = await apply('shop', { set: ['memory=300M', 'workers=3'], digest: planned.digest });
    expect(done).toMatchObject({ outcome: 'live', release: 1, changes: ['workers', 'memory'], url });
    expect(await load.stop()).toMatchObject({ failed: 0, reasons: [] });
    expect(await out('systemctl', 'show', '-p', 'MemoryMax', 'forgeboard-shop.web@b.service')).toContain('314572800');
    expect((await out('cat', registry)).startsWith(before.trimEnd())).toBe(true);

    await settled('shop');
    const left = await traces('shop');
    expect(await plan('shop')).toMatchObject({ changes: 0, effect: 'nothing', files: [] });
    expect(await apply('shop')).toMatchObject({ outcome: 'unchanged', deployment: null });
    expect(await apply('shop', { set: ['memory=300M'] })).toMatchObject({ outcome: 'unchanged', deployment: null });
    expect(await traces('shop')).toBe(left);
    const { deployments } = await board.call<{ deployments: { kind: string; changes: string[]; actor: string }[] }>('apps.get', { app: 'shop', host: 'box' });
    expect(deployments[0]).toMatchObject({ kind: 'configure', changes: ['workers', 'memory'], actor: 'ana@laptop', outcome: 'live' });
  });

  it('say where each comes from, and what it means', async () => {
    await deployed('told', { 'forgeboard.yml': 'watch_seconds: 0\nworkers: 3\n' });
    await edit(/(slug: told\n)/, '$1    memory: 256M # by hand\n');
    const { settings, problem } = await board.call<{ settings: AppSetting[]; problem: null }>('apps.settings', { app: 'told', host: 'box' });
    const named = Object.fromEntries(settings.map((one) => [one.name, one]));
    expect(problem).toBeNull();
    expect(named.workers).toMatchObject({ value: '3', from: 'folder', fallback: '2', inForce: null });
    expect(named.memory).toMatchObject({ value: '256M', from: 'apps.yml', fallback: 'no limit', inForce: '' });
    expect(named.entry_point).toMatchObject({ value: 'app:app', from: 'apps.yml' });
    expect(named.check_seconds).toMatchObject({ value: '30', from: 'default' });
    expect(settings.every(({ description }) => description.length > 10)).toBe(true);
    expect(await board.call('apps.get', { app: 'told', host: 'box' })).toMatchObject({ pending: { changes: 1, problem: null } });
  });

  it('are refused in the words of their rule before anything is touched', async () => {
    const { url } = await deployed('rules');
    await settled('rules');
    const left = await traces('rules');
    for (const [set, field, message] of [
      ['health_path=//evil', 'health_path', /one \//],
      ['health_path=http://x', 'health_path', /one \//],
      ['command=gunicorn app | tee x', 'command', /needs a shell/],
      ['entry_point=app', 'entry_point', /module:object/],
      ['entry_point=os:system', 'entrypoint', /os\.py is not in the folder/],
      ['python=2.7', 'python', /not one like 3.11/],
      ['python=3.29', 'python', /Python 3.29 is not on box/],
      ['memory=512', 'memory', /M or G/],
      ['memory=1e9G', 'memory', /M or G/],
      ['memory=900000G', 'memory', /more than box has/],
      ['workers=0', 'workers', /1 is the least/],
      ['workers=2x', 'workers', /whole number/],
      ['schedules=nightly: 60 * * * * python x.py', 'schedules', /60/],
      ['nonsense=1', 'set', /no setting called "nonsense"/],
      ['domains=x.example', 'set', /domains are added/],
    ] as const) {
      const failure = await board.failing('apps.apply', { app: 'rules', host: 'box', yes: true, set: [set] });
      expect(failure, set).toMatchObject({ field, message: expect.stringMatching(message) });
    }
    expect(await traces('rules')).toBe(left);
    expect((await fetch(url)).status).toBe(200);
  });

  it('that keep it from starting are taken back whole, and the one before serves on', async () => {
    const { url } = await deployed('backs');
    const [unit, text] = [await out('cat', '/etc/systemd/system/forgeboard-backs.web@.service'), await out('cat', registry)];
    const load = startLoad(url);
    const failure = await board.failing('apps.apply', { app: 'backs', host: 'box', yes: true, set: ['entry_point=message:nothing'] });
    expect(failure).toMatchObject({ problem: 'start-failed' });
    expect(await load.stop()).toMatchObject({ failed: 0 });
    expect([await out('cat', '/etc/systemd/system/forgeboard-backs.web@.service'), await out('cat', registry)]).toEqual([unit, text]);
    expect(await plan('backs')).toMatchObject({ changes: 0 });
  });

  it('say when a schedule runs next, as systemd reckons it', async () => {
    await deployed('times');
    for (const at of ['30 4 * * *', '*/7 8-17/3 * * 1-5', '0 12 13 * fri', '@monthly', '5 0 29 2 *']) {
      const { effects } = await plan('times', { set: [`schedules=tidy: ${at.startsWith('@') ? '0 0 1 * *' : at} python tidy.py`] });
      const said = effects.find((text) => text.startsWith('tidy runs next on '))?.replace(/^tidy runs next on (.*) \(\S+, the server's time\)\.$/, '$1');
      const reckoned = await out('systemd-analyze', 'calendar', '--iterations=3', ...onCalendar(at));
      const times = [...reckoned.matchAll(/(?:Next elapse|Iter(?:ation|\.) #\d+): (\w{3}) (\d{4})-(\d\d)-(\d\d) (\d\d:\d\d)/g)].map(([, , year, month, day, clock]) =>
        Date.parse(`${year}-${month}-${day}T${clock}Z`),
      );
      const now = Date.now();
      expect(said?.split(', '), at).toEqual(
        timeWords(
          [...new Set(times)].sort((one, other) => one - other),
          now,
        ).slice(0, said?.split(', ').length ?? 3),
      );
    }
  });

  it('of a stopped app are put in force without starting it', async () => {
    await deployed('rests');
    await board.call('apps.stop', { app: 'rests', host: 'box' });
    expect(await plan('rests', { set: ['memory=200M'] })).toMatchObject({ effect: 'stored' });
    expect(await apply('rests', { set: ['memory=200M'] })).toMatchObject({ outcome: 'applied', release: 1 });
    expect(await board.call('apps.get', { app: 'rests', host: 'box' })).toMatchObject({ state: 'stopped', pending: { changes: 0 } });
    await board.call('apps.start', { app: 'rests', host: 'box' });
    expect(await out('systemctl', 'show', '-p', 'MemoryMax', 'forgeboard-rests.web@b.service')).toContain(`${200 * 1024 * 1024}`);
  });

  it('are not applied by a plan that is out of date', async () => {
    await deployed('stale');
    const { digest } = await plan('stale', { set: ['workers=1'] });
    await edit(/(slug: stale\n)/, '$1    cpu: 80%\n');
    expect(await board.failing('apps.apply', { app: 'stale', host: 'box', set: ['workers=1'], digest })).toMatchObject({ problem: 'conflict' });
    await edit('    cpu: 80%\n', '');
    await host.write('/etc/systemd/system/forgeboard-stale.web@.service', '# by hand\n');
    expect(await board.failing('apps.apply', { app: 'stale', host: 'box', set: ['workers=1'], digest })).toMatchObject({ problem: 'conflict' });
    const mended = await plan('stale');
    expect(mended).toMatchObject({ effect: 'restart', warnings: [expect.stringContaining('changed on the server by somebody else')] });
    expect(await apply('stale', { digest: mended.digest })).toMatchObject({ outcome: 'live' });
    expect(await plan('stale')).toMatchObject({ changes: 0 });
  });

  it('are what a rollback puts back, entry and all, and the next plan is empty', async () => {
    const { folder } = await deployed('rolls');
    await apply('rolls', { set: ['memory=300M'] });
    await writeFile(join(folder, 'message.py'), 'MESSAGE = "second"\n');
    await writeFile(join(folder, 'other.py'), 'from app import app as web\n');
    await board.deploy(folder, 'rolls', { entryPoint: 'other:web' });
    expect(await out('cat', registry)).toContain('entry_point: other:web');
    expect(await plan('rolls')).toMatchObject({ changes: 0 });
    await apply('rolls', { unset: ['memory'], set: ['workers=1'] });
    await board.call('deployments.rollback', { app: 'rolls', host: 'box' });
    const entry = /slug: rolls\n(?: {4}.*\n)*/.exec(await out('cat', registry))?.[0];
    expect(entry).toContain('entry_point: app:app');
    expect(entry).toContain('memory: 300M');
    expect(entry).not.toContain('workers');
    expect(await plan('rolls')).toMatchObject({ changes: 0, effect: 'nothing' });
  });
});

describe('apps.yml that is edited by hand', () => {
  it('F43 keeps comments, order and unknown keys of an original registry through edits by us', async () => {
    const { port } = await entryOf('shop');
    const original = `# fra-1, ask Ana\nversion: 1\napps:\n  - name: "Blog"   # first\n    slug: blog\n    port: 5001\n    type: fastapi\n    status: running\n    virtualenv: /opt/blog\n    owner: {team: web,   pager: 17}\n`;
    const others = (await out('cat', registry)).replace(/^apps:\n/m, '');
    await host.write(registry, `${original}${others}# end\n`);
    await apply('shop', { set: ['watch_seconds=5'] });
    await apply('shop', { unset: ['watch_seconds'] });
    expect(await out('cat', registry)).toBe(`${original}${others}# end\n`);
    expect((await entryOf('shop')).port).toBe(port);
  });

  it('F42 is refused with line and column where it is broken, nothing is deleted, and code still goes live', async () => {
    const { url } = await deployed('broken');
    const good = await out('cat', registry);
    for (const [text, message] of [
      [`${good}\n\t- slug: tab\n`, /apps\.yml:\d+:\d+: /],
      [good.replace('slug: broken\n', 'slug: broken\n    slug: broken\n'), /apps\.yml:\d+:\d+: .*unique/i],
      [`a: &a [1,1,1,1,1,1,1,1,1]\n${[...'bcdefgh'].map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[at]}`).join(',')}]`).join('\n')}\n${good}`, /alias/i],
      [good.replace(/port: \d+/, 'port: [1]'), /port/],
      [`${good}#${'x'.repeat(10_000_000)}\n`, /larger than/],
    ] as const) {
      await host.write(registry, text);
      expect(await board.failing('apps.apply', { app: 'broken', host: 'box', yes: true }), String(message)).toMatchObject({ message: expect.stringMatching(message) });
      expect(await board.failing('apps.apply', { app: 'broken', host: 'box', yes: true, set: ['workers=1'] })).toMatchObject({ message: expect.stringMatching(message) });
      expect((await out('cat', registry)).length).toBe(text.length);
      expect((await fetch(url)).status).toBe(200);
    }
    await host.write(registry, good);
    expect(await plan('broken')).toMatchObject({ changes: 0 });
  });

  it('is applied when somebody asks for it, with domains that are none refused', async () => {
    await deployed('hand');
    await edit(/(slug: hand\n)/, '$1    domain: "x.example; return 301"\n');
    expect(await board.failing('apps.plan', { app: 'hand', host: 'box' })).toMatchObject({ problem: 'config-invalid', message: expect.stringContaining('contains ";"') });
    expect(await board.call('apps.get', { app: 'hand', host: 'box' })).toMatchObject({ pending: { changes: 0, problem: expect.stringContaining('contains ";"') } });
    await edit('    domain: "x.example; return 301"\n', '    domain: hand.example\n');
    expect(await plan('hand')).toMatchObject({ changes: 1, effect: 'site', settings: [{ name: 'domains', before: null, after: 'hand.example' }] });
    expect(await apply('hand')).toMatchObject({ outcome: 'applied', url: 'http://hand.example/' });
    expect(await asked('hand.example')).toMatch(/^200 /);
  });

  const entryOf = async (slug: string) => readRegistry(await out('cat', registry)).find((entry) => entry.slug === slug) as RegistryEntry;
});

describe('domains', () => {
  it('are served by nginx from then on, and no process is restarted', async () => {
    const { url } = await deployed('named');
    await settled('named');
    const before = await processes('named');
    const notes: string[] = [];
    const added = await add('named', 'https://Named.example/shop', { onEvent: (event: { type: string; text?: string }) => event.type === 'note' && notes.push(event.text ?? '') });
    expect(added).toMatchObject({ domain: 'named.example', outcome: 'applied', url: 'http://named.example/' });
    expect(notes).toEqual(['https:// and /shop left away: a domain is a name alone, named.example']);
    expect(await asked('named.example')).toMatch(/^200 /);
    expect(await asked('other.example')).not.toMatch(/html.*Hello/);
    // Workers of before the reload may take one more connection.
    await expect
      .poll(
        () =>
          fetch(url, { headers: { connection: 'close' } }).then(
            () => 'answers',
            () => 'closed',
          ),
        { timeout: 10_000 },
      )
      .toBe('closed');
    expect(await add('named', 'münchen.example')).toMatchObject({ domain: 'xn--mnchen-3ya.example', shown: 'münchen.example' });
    expect(await asked('xn--mnchen-3ya.example')).toMatch(/^200 /);
    const { domains } = await board.call<{ domains: AppDomain[] }>('domains.list', { app: 'named', host: 'box' });
    expect(domains.map(({ domain, shown, points, inForce }) => [domain, shown, points, inForce])).toEqual([
      ['named.example', 'named.example', expect.stringMatching(/nowhere|unknown/), true],
      ['xn--mnchen-3ya.example', 'münchen.example', expect.stringMatching(/nowhere|unknown/), true],
    ]);
    expect(await board.call('apps.get', { app: 'named', host: 'box' })).toMatchObject({ domains: ['named.example', 'xn--mnchen-3ya.example'], url: 'http://named.example/' });
    expect(await add('named', 'named.example')).toMatchObject({ outcome: 'unchanged' });

    await board.call('domains.remove', { app: 'named', host: 'box', domain: 'named.example' });
    expect(await asked('named.example')).not.toMatch(/Hello/);
    await board.call('domains.remove', { app: 'named', host: 'box', domain: 'münchen.example' });
    expect((await fetch(url)).status).toBe(200);
    expect(await processes('named')).toBe(before);
    expect(await plan('named')).toMatchObject({ changes: 0 });
  });

  it('belong to one app, and to nobody else on the server', async () => {
    await deployed('first');
    await deployed('second');
    await add('first', 'taken.example');
    expect(await board.failing('domains.add', { app: 'second', host: 'box', domain: 'taken.example' })).toMatchObject({
      problem: 'conflict',
      message: 'taken.example is in use by the app first',
    });
    await host.write('/etc/nginx/conf.d/theirs.conf', 'server {\n  listen 80;\n  server_name\n    a.theirs.example # one\n    "b.theirs.example";\n}\n');
    await host.run(['systemctl', 'reload', 'nginx']);
    for (const domain of ['a.theirs.example', 'b.theirs.example'])
      expect(await board.failing('domains.add', { app: 'second', host: 'box', domain })).toMatchObject({
        problem: 'conflict',
        message: `${domain} is in use by /etc/nginx/conf.d/theirs.conf`,
      });
    await host.run(['rm', '/etc/nginx/conf.d/theirs.conf']);
    for (const [domain, message] of [
      ['*.x.com', /wildcard/],
      ['_', /"_"/],
      ['10.0.0.1', /IP address/],
      ['localhost', /each machine itself/],
      ['x.com; return 301', /";"/],
      ['$host', /"\$"/],
    ] as const)
      expect(await board.failing('domains.add', { app: 'second', host: 'box', domain })).toMatchObject({
        problem: 'invalid',
        field: 'domain',
        message: expect.stringMatching(message),
      });
    expect(await board.failing('domains.remove', { app: 'second', host: 'box', domain: 'nobody.example' })).toMatchObject({ problem: 'not-found' });
  });

  it("F13 somebody else's broken site refuses a domain by file and line, leaves no candidate behind, and code goes live meanwhile", async () => {
    const { folder, url } = await deployed('beside');
    const site = await out('cat', '/etc/nginx/conf.d/forgeboard-beside.conf');
    const text = await out('cat', registry);
    await host.write('/etc/nginx/conf.d/broken.conf', 'server {\n  listen 81;\n  nonsense on;\n}\n');
    try {
      const failure = await board.failing('domains.add', { app: 'beside', host: 'box', domain: 'beside.example' });
      expect(failure).toMatchObject({ problem: 'config-invalid', facts: { file: '/etc/nginx/conf.d/broken.conf', line: 3 } });
      expect([await out('cat', '/etc/nginx/conf.d/forgeboard-beside.conf'), await out('cat', registry)]).toEqual([site, text]);
      await writeFile(join(folder, 'message.py'), 'MESSAGE = "meanwhile"\n');
      expect(await board.deploy(folder, 'beside')).toMatchObject({ outcome: 'live', release: 3 });
      expect(await (await fetch(url)).text()).toContain('meanwhile');
    } finally {
      await host.run(['rm', '/etc/nginx/conf.d/broken.conf']);
    }
    expect(await add('beside', 'beside.example')).toMatchObject({ outcome: 'applied' });
  });

  it('F14 a site that passes the test and gets no requests is taken back, and the one before serves', async () => {
    const { url } = await deployed('shadow');
    const site = await out('cat', '/etc/nginx/conf.d/forgeboard-shadow.conf');
    // nginx lets the more exact address win, without a word at its test.
    await host.write('/etc/nginx/conf.d/exact.conf', 'server {\n  listen 127.0.0.1:80;\n  server_name exact.example;\n  return 418;\n}\n');
    await host.run(['systemctl', 'reload', 'nginx']);
    try {
      const failure = await board.failing('domains.add', { app: 'shadow', host: 'box', domain: 'shadow.example' });
      expect(failure).toMatchObject({ problem: 'config-invalid', message: expect.stringContaining("is not the app's site: it answers 418") });
      expect(await out('cat', '/etc/nginx/conf.d/forgeboard-shadow.conf')).toBe(site);
      // A connection that was kept may end with the nginx that is reloaded.
      expect((await fetch(url, { headers: { connection: 'close' } })).status).toBe(200);
      expect(await plan('shadow')).toMatchObject({ changes: 0 });
    } finally {
      await host.run(['rm', '/etc/nginx/conf.d/exact.conf']);
      await host.run(['systemctl', 'reload', 'nginx']);
    }
  });
});
