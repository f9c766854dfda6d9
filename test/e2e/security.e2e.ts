import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missingRequirements } from '../hosts/debian.ts';
import { attacks, type Attack, type Elsewhere } from './attacks.ts';
import { openClient } from './client.ts';
import { becomes, builtApp, dropFolder, newHome, type RunningApp, startApp } from './harness.ts';

/** A copy of the built app with one control taken out. */
async function weakened(attack: Attack): Promise<string> {
  const { folder } = await builtApp();
  const copy = mkdtempSync('/tmp/forgeboard-e2e-weak-');
  chmodSync(copy, 0o755);
  cpSync(folder, copy, { recursive: true });
  for (const [file, from, to] of attack.without) {
    const path = join(copy, 'out', file);
    const text = readFileSync(path, 'utf8');
    if (!text.includes(from)) throw new Error(`${file} of the bundle does not contain: ${from}`);
    writeFileSync(path, text.replaceAll(from, to));
  }
  return copy;
}

describe.skipIf(missingRequirements().length > 0)('a page that was taken over', () => {
  const visits: string[] = [];
  let elsewhere: Elsewhere;
  const server = createServer((request, response) => {
    visits.push(request.url ?? '');
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.end('<title>elsewhere</title>');
  });
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    elsewhere = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, visits };
    await builtApp();
  });
  afterAll(() => server.close());

  // Each in its own start: some leave the window in a state that Playwright waits on for ever.
  for (const attack of attacks) {
    it(`is stopped by: ${attack.control}`, async () => {
      visits.length = 0;
      const running = await startApp({ keyring: false });
      try {
        expect(await attack.succeeds(running, elsewhere)).toBe(false);
      } finally {
        await running.close();
      }
    });

    it(`would not be stopped without: ${attack.control}`, async () => {
      visits.length = 0;
      const folder = await weakened(attack);
      try {
        const running = await startApp({ keyring: false, args: [folder] });
        try {
          expect(await attack.succeeds(running, elsewhere)).toBe(true);
        } finally {
          await running.close();
        }
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }
});

describe.skipIf(missingRequirements().length > 0)('the window', () => {
  let running: RunningApp;
  beforeAll(async () => {
    running = await startApp({ keyring: false });
  });
  afterAll(() => running?.close());

  it('knows no other operation than those of the contract, and takes no path for a folder', async () => {
    const client = await openClient(running.page);
    for (const name of ['toString', '__proto__', 'constructor.call', 'hosts', 'hosts.exec', 'hosts.add.x', '']) {
      expect(await client.call(name, {}), name).toMatchObject({ ok: false, failure: { problem: 'invalid' } });
    }
    const home = await newHome();
    home.write('app/app.py', 'app = None');
    for (const folder of [`${home.path}/app`, '/etc', 'folder-1', '../..', 'folder-000000000000000000000000']) {
      const outcome = await client.call('deployments.start', { folder, host: 'shop-1', app: 'shop' });
      expect(outcome, folder).toMatchObject({ ok: false, failure: { problem: 'not-found' } });
    }
    home.remove();
  });

  it('survives every message a page can send', async () => {
    const client = await openClient(running.page);
    const state = () => running.page.evaluate('new Promise((done) => board.onBackend(done))');
    const before = await state();
    await running.page.evaluate(`(() => {
      const post = (message, transfer) => { try { e2e.port.postMessage(message, transfer ?? []); } catch {} };
      const circle = {}; circle.me = circle;
      const deep = []; let at = deep; for (let i = 0; i < 5000; i++) { const next = []; at.push(next); at = next; }
      const buffer = new ArrayBuffer(1000);
      for (const input of [circle, deep, new Map([[1, 2]]), new Date(), /x/, 1n, new Uint8Array(10), 'x'.repeat(10_000_000), Array(1_000_000).fill(0), null, undefined, NaN])
        post({ type: 'call', id: 1, name: 'hosts.get', input });
      for (const message of [undefined, null, 1, 'x', [], {}, circle, deep, { type: 'call' }, { type: 'call', id: 'x', name: 'hosts.list', input: {} }, { type: 'cancel', id: {} }, { type: 'answer', id: 1 }, { type: 'taken', id: 1, events: 1e308 }]) post(message);
      post({ type: 'call', id: 2, name: 'hosts.list', input: buffer }, [buffer]);
      const { port1, port2 } = new MessageChannel();
      post({ type: 'call', id: 3, name: 'hosts.list', input: {} }, [port1]);
      for (let i = 0; i < 2000; i++) post({ type: 'call', id: 1000 + i, name: 'hosts.states', input: {} });
      for (let i = 0; i < 2000; i++) post({ type: 'cancel', id: 1000 + i });
    })()`);
    expect(await client.call('hosts.list', {})).toMatchObject({ ok: true });
    expect(await state()).toEqual(before);
  });

  it('makes a handle of a folder that was dropped, and the page never learns the path', async () => {
    const home = running.home;
    home.write('My shop/app.py', 'app = None');
    await running.page.evaluate(`(() => {
      addEventListener('dragover', (event) => event.preventDefault(), true);
      addEventListener('drop', async (event) => { event.preventDefault(); event.stopPropagation(); window.dropped = await board.folderFromDrop(event.dataTransfer.files[0]); }, true);
    })()`);
    await dropFolder(running.page, `${home.path}/My shop`, 200, 200);
    await becomes(running.page, 'window.dropped !== undefined');
    const dropped = (await running.page.evaluate('window.dropped')) as { handle: string; name: string };
    expect(dropped).toEqual({ handle: expect.stringMatching(/^folder-[0-9a-f]{24}$/), name: 'My shop' });
    await running.page.evaluate('delete window.dropped');
    await dropFolder(running.page, `${home.path}/My shop/app.py`, 200, 200);
    await becomes(running.page, 'window.dropped !== undefined');
    expect(await running.page.evaluate('window.dropped')).toBeNull();
  });

  it('lives on when its backend is killed, says so, and comes back; five times, then it says that it gave up', async () => {
    const { page, app } = running;
    await page.evaluate('(() => { window.told = []; board.onBackend((state) => told.push(state)); })()');
    const client = await openClient(page);
    expect(await client.call('hosts.list', {})).toMatchObject({ ok: true });
    const kill = async () => {
      const pid = await app.evaluate(({ app: main }) => main.getAppMetrics().find(({ name }) => name === 'ForgeBoard backend')?.pid);
      process.kill(pid!, 'SIGKILL');
    };
    for (let restart = 1; restart <= 5; restart++) {
      await kill();
      await becomes(page, `told.at(-1).restarts === ${restart} && told.at(-1).state === 'up'`);
      await page.evaluate('delete window.e2e');
      expect(await (await openClient(page)).call('hosts.list', {})).toMatchObject({ ok: true });
    }
    await kill();
    await becomes(page, "told.at(-1).state === 'failed'");
    const told = (await page.evaluate('told.map(({ state }) => state)')) as string[];
    expect(told).toEqual(['up', ...Array(5).fill(['gone', 'up']).flat(), 'failed']);
    expect(existsSync(`${running.home.path}/.config/forgeboard/forgeboard.log`)).toBe(true);
  });

  it('opens once a home: a second start brings the first window up and ends', async () => {
    const { folder, executable } = await builtApp();
    const { command } = await import('../hosts/command.ts');
    const { uid, gid } = running.home.user;
    const env = await running.app.evaluate(() => process.env as Record<string, string>);
    const second = await command(['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--', executable, folder], { env, check: false, cwd: '/' });
    expect(second.code).toBe(0);
    expect(await running.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
  });
});
