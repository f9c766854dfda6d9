import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { Session } from '../../../electron/hostkit/session.ts';
import type { DeploymentProgress } from '../../../shared/contract/deployments.ts';
import { startLoad } from '../../demo/load.ts';
import { openBoard } from '../board.ts';
import { board, host, withPreparedBoard } from '../prepared-board.ts';

withPreparedBoard();

const page = async (url: string) => (await fetch(url, { headers: { connection: 'close' } })).text();

describe('deploying a folder', () => {
  it('is previewed to the last byte, and nothing is there of it until it is deployed', async () => {
    const folder = board.open(await board.sample('seen', { 'forgeboard.yml': 'before: python -c pass\n' }));
    const settings = { type: 'wsgi', entry_point: 'app:app', persist: ['notes.sqlite3'] };
    const look = () =>
      board.call<{ isNew: boolean; url: string; makes: string[]; files: { path: string; kind: string; diff: string }[] }>('imports.preview', {
        folder,
        host: 'box',
        app: 'seen',
        settings,
      });
    const seen = await look();
    expect(seen).toMatchObject({
      isNew: true,
      makes: expect.arrayContaining(['A user of its own, fb-seen, and its folder /srv/forgeboard/seen.', 'Run before the start: python -c pass']),
    });
    const paths = seen.files.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['/etc/systemd/system/forgeboard-seen.web@.service', '/etc/nginx/conf.d/forgeboard-seen.conf', '/etc/forgeboard/apps.yml']));
    expect(
      (await host.run(['sh', '-c', 'ls /etc/systemd/system /etc/nginx/conf.d /srv/forgeboard; cat /etc/forgeboard/apps.yml /etc/passwd'], { check: false })).stdout,
    ).not.toContain('seen');
    const { url } = await board.call<{ url: string }>('deployments.start', { folder, host: 'box', app: 'seen', settings });
    expect(url).toBe(seen.url);
    for (const { path, kind, diff } of seen.files.filter((one) => one.kind === 'new')) {
      expect([kind, await host.read(path)]).toEqual(['new', diff.replace(/^@@.*\n/gm, '').replace(/^\+/gm, '')]);
    }
    expect(await look()).toMatchObject({ isNew: false, files: [] });
  });

  it('makes it live, sends only what changed, and fails no request meanwhile', async () => {
    const folder = await board.sample('shop');
    const first = await board.deploy(folder, 'shop');
    expect(first).toMatchObject({ app: 'shop', outcome: 'live', release: 1, uploadedFiles: 5 });
    expect(await page(first.url)).toContain('Hello from release 1');

    const load = startLoad(first.url);
    await writeFile(join(folder, 'message.py'), 'MESSAGE = "second"\n');
    const steps: string[] = [];
    const second = await board.deploy(folder, 'shop', { onEvent: (event: DeploymentProgress) => event.type === 'step' && event.status === 'done' && steps.push(event.name) });
    expect(await page(second.url)).toContain('second');
    expect(await load.stop()).toMatchObject({ failed: 0, reasons: [] });
    expect(second).toMatchObject({ outcome: 'live', release: 2, uploadedFiles: 1 });
    expect(steps).toEqual(expect.arrayContaining(['scan', 'offer', 'start', 'check', 'switch']));
  });

  it('takes four new apps side by side: each gets an entry and a port of its own', async () => {
    const names = ['one', 'two', 'three', 'four'];
    const folders = await Promise.all(names.map((name) => board.sample(name, { 'message.py': `MESSAGE = "I am ${name}"\n` })));
    const done = await Promise.all(names.map((name, index) => board.deploy(folders[index] ?? '', name)));
    for (const [index, { url }] of done.entries()) expect(await page(url)).toContain(`I am ${names[index]}`);
    expect(new Set(done.map(({ url }) => url)).size).toBe(4);
    // At once after its end: the lock is on its way back.
    await board.call('apps.restart', { app: 'one', host: 'box' });
    await board.call('apps.restart', { app: 'one', host: 'box' });
  });

  it('changes nothing when nothing changed', async () => {
    const folder = await board.sample('same');
    await board.deploy(folder, 'same');
    const pid = await host.run(['systemctl', 'show', '-p', 'MainPID', 'forgeboard-same.web@a.service', 'forgeboard-same.web@b.service']);
    expect(await board.deploy(folder, 'same')).toMatchObject({ outcome: 'unchanged', release: 1, uploadedFiles: 0 });
    expect((await host.run(['systemctl', 'show', '-p', 'MainPID', 'forgeboard-same.web@a.service', 'forgeboard-same.web@b.service'])).stdout).toBe(pid.stdout);
  });

  it('asks what the server lacks only where it does not know, and again where that is not so any more', async () => {
    const calls = vi.spyOn(Session.prototype, 'call');
    const folder = await board.sample('known');
    const offers = async (text: string) => {
      await writeFile(join(folder, 'message.py'), `MESSAGE = "${text}"\n`);
      calls.mockClear();
      const notes: string[] = [];
      const { url, outcome } = await board.deploy(folder, 'known', { onEvent: (event: DeploymentProgress) => event.type === 'note' && notes.push(event.text) });
      expect([outcome, await page(url)]).toEqual(['live', expect.stringContaining(text)]);
      return { asked: calls.mock.calls.filter(([action]) => action === 'releases.offer').length, notes };
    };
    expect((await offers('of a new app')).asked).toBe(1);
    expect((await offers('after the configuration changed')).asked).toBe(1);
    expect((await offers('as before')).asked).toBe(0);
    calls.mockClear();
    expect(await board.deploy(folder, 'known')).toMatchObject({ outcome: 'unchanged', uploadedFiles: 0 });
    expect(calls.mock.calls.map(([action]) => action)).not.toContain('releases.offer');
    // A setting by hand, which is not applied: it is seen and said.
    await host.run(['sed', '-i', 's/^\\( *\\)name: known$/&\\n\\1keep_releases: 3/', '/etc/forgeboard/apps.yml']);
    expect(await offers('after a hand edit')).toMatchObject({ asked: 1, notes: [expect.stringContaining('was changed by hand')] });
    expect((await offers('as edited')).asked).toBe(0);
    await host.run(['sh', '-c', 'echo >> /var/lib/forgeboard/apps/known.json']);
    expect((await offers('after something else was applied')).asked).toBe(1);
    await host.run(['find', '/srv/forgeboard/known/objects', '-type', 'f', '-delete']);
    expect((await offers('after the contents were lost')).asked).toBe(1);
    calls.mockRestore();
  });

  it('takes in requirements that were not there before, and another entry point', async () => {
    const plain = 'def application(environ, start_response):\n    start_response("200 OK", [("Content-Type", "text/plain")])\n    return [b"plain"]\n';
    const folder = await board.sample('grows', { 'app.py': plain });
    await rm(join(folder, 'requirements.txt'));
    expect(await page((await board.deploy(folder, 'grows')).url)).toBe('plain');
    await writeFile(join(folder, 'requirements.txt'), 'flask\n');
    await writeFile(join(folder, 'app.py'), 'import flask\napplication = flask.Flask(__name__)\napplication.add_url_rule("/", view_func=lambda: "flask")\n');
    expect(await page((await board.deploy(folder, 'grows')).url)).toBe('flask');
    await writeFile(join(folder, 'other.py'), 'from app import application as web\n');
    const moved = await board.deploy(folder, 'grows', { entryPoint: 'other:web' });
    expect(moved).toMatchObject({ outcome: 'live', uploadedFiles: 1 });
    expect((await host.run(['systemctl', 'cat', 'forgeboard-grows.web@.service'])).stdout).toContain('other:web');
  });

  it('keeps the old release serving when the new one does not start, and says why in one line', async () => {
    const folder = await board.sample('broken');
    const { url } = await board.deploy(folder, 'broken');
    const load = startLoad(url);
    await writeFile(join(folder, 'message.py'), 'import flsk\nMESSAGE = "never"\n');
    await expect(board.deploy(folder, 'broken')).rejects.toMatchObject({ problem: 'start-failed', message: expect.stringContaining("No module named 'flsk'") });
    expect(await load.stop()).toMatchObject({ failed: 0 });
    expect(await page(url)).toContain('Hello from release 1');
    const { deployments } = await board.call<{ deployments: { outcome: string; reason: string }[] }>('apps.get', { app: 'broken', host: 'box' });
    expect(deployments[0]).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('flsk') });
  });

  it('takes everything back when the first release of an app does not start', async () => {
    const folder = await board.sample('stillborn', { 'message.py': 'raise SystemExit(3)\n' });
    await expect(board.deploy(folder, 'stillborn')).rejects.toMatchObject({ problem: 'start-failed' });
    const left = await host.run(
      [
        'sh',
        '-c',
        'ls -d /srv/forgeboard/stillborn /etc/systemd/system/forgeboard-stillborn* /etc/nginx/conf.d/forgeboard-stillborn* /run/forgeboard/stillborn; grep -c stillborn /etc/passwd /etc/forgeboard/apps.yml',
      ],
      { check: false },
    );
    expect(left.stdout.trim()).toBe('/etc/passwd:0\n/etc/forgeboard/apps.yml:0');
  });

  it('F33: says what pip could not find, before anything live is touched', async () => {
    const folder = await board.sample('packages', { 'requirements.txt': 'flask\nno-such-package==9\n' });
    await expect(board.deploy(folder, 'packages')).rejects.toMatchObject({ problem: 'build-failed', message: expect.stringContaining('no-such-package==9') });
  });

  it('refuses a second deployment of the same app and says who is at it', async () => {
    const slow = await board.sample('busy', { 'message.py': 'import time\ntime.sleep(4)\nMESSAGE = "slow"\n' });
    const other = await board.sample('busy-2');
    let second: Promise<unknown> | undefined;
    const first = board.deploy(slow, 'busy', {
      onEvent: (event: DeploymentProgress) => {
        if (event.type === 'step' && event.name === 'start') second ??= board.deploy(other, 'busy').catch((error: unknown) => error);
      },
    });
    await first;
    expect(await second).toMatchObject({ problem: 'busy', message: expect.stringContaining('ana@laptop') });
  });

  it('can be cancelled, and nothing is different afterwards', async () => {
    const folder = await board.sample('cancelled');
    const { url } = await board.deploy(folder, 'cancelled');
    await writeFile(join(folder, 'message.py'), 'import time\ntime.sleep(20)\nMESSAGE = "slow"\n');
    const deploying = board.deploy(folder, 'cancelled', {
      onEvent: (event: DeploymentProgress) => event.type === 'step' && event.name === 'check' && board.call('deployments.cancel', { app: 'cancelled', host: 'box' }),
    });
    await expect(deploying).rejects.toMatchObject({ problem: 'cancelled' });
    expect(await page(url)).toContain('Hello from release 1');
    expect(await board.call('apps.get', { app: 'cancelled', host: 'box' })).toMatchObject({ state: 'live', release: 1 });
  });

  it('refuses an app that another folder was deployed to, unless it is named', async () => {
    await board.deploy(await board.sample('taken'), 'taken');
    const stranger = await openBoard(host);
    try {
      const folder = await stranger.sample('taken');
      await expect(stranger.deploy(folder, undefined as never)).rejects.toMatchObject({ problem: 'exists', field: 'app' });
      expect(await stranger.deploy(folder, 'taken')).toMatchObject({ outcome: 'unchanged' });
    } finally {
      await stranger.close();
    }
  });
});

describe('the host alone', () => {
  it('serves every app after a reboot with the kit deleted', async () => {
    const { url } = await board.deploy(await board.sample('boots'), 'boots');
    await host.run(['sh', '-c', 'rm -r /usr/local/lib/forgeboard']);
    await host.reboot();
    const { apps } = await waitFor(() => board.call<{ apps: { app: string; url: string }[] }>('apps.list', { host: 'box' }));
    expect(apps.length).toBeGreaterThan(3);
    for (const app of apps) expect(await waitFor(() => served(app.url)), app.app).toMatch(/Served by process|flask/);
    expect(await page(url)).toContain('Hello from release 1');
  });
});

/** A page that came from the app itself: nginx answers 502 until it listens again. */
async function served(url: string): Promise<string | null> {
  const response = await fetch(url, { headers: { connection: 'close' } });
  return response.status === 200 ? response.text() : null;
}

async function waitFor<T>(look: () => Promise<T | null>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    const seen = await look().catch(() => null);
    if (seen !== null) return seen;
    if (tries > 100) throw new Error('it never came');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
