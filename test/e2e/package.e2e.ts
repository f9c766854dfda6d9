import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testPackage } from '../../build/package.ts';
import { command } from '../hosts/command.ts';
import { missingRequirements } from '../hosts/debian.ts';
import { bootHost, type TestHost } from '../hosts/host.ts';
import { openClient } from './client.ts';
import { becomes, dropFolder, newHome, startApp } from './harness.ts';

describe.skipIf(missingRequirements().length > 0)('the packaged app', () => {
  let place = '';
  let executable = '';
  let host: TestHost;
  beforeAll(async () => {
    place = mkdtempSync('/tmp/forgeboard-e2e-package-');
    chmodSync(place, 0o755);
    [executable, host] = await Promise.all([testPackage(place), bootHost({ image: 'web' })]);
  });
  afterAll(async () => {
    await host?.stop();
    rmSync(place, { recursive: true, force: true });
  });

  it('is marked as a test build, and holds neither maps nor a second app', async () => {
    expect(existsSync(join(place, 'linux-unpacked/TEST-BUILD'))).toBe(true);
    const packed = readFileSync(join(place, 'linux-unpacked/resources/app.asar'), 'latin1').slice(0, 100_000);
    expect(packed).toContain('backend.cjs');
    expect(packed).not.toContain('.map"');
    expect(packed).not.toContain('__pycache__');
  });

  it('starts in its archive, with keyring and kit, and deploys a dropped folder', async () => {
    const home = await newHome();
    const identity = home.write('.ssh/id_ed25519', readFileSync(host.identity));
    for (const name of ['app.py', 'message.py', 'requirements.txt', 'static/style.css', 'templates/home.html'])
      home.write(`shop/${name}`, readFileSync(new URL(`../../assets/samples/flask/${name}`, import.meta.url)));
    const running = await startApp({ home, executable, args: [] });
    try {
      expect(await running.app.evaluate(({ app }) => [app.isPackaged, app.getName(), app.getVersion()])).toEqual([true, 'ForgeBoard', '0.1.0']);
      const client = await openClient(running.page);
      expect(await client.call('hosts.add', { name: 'shop-1', address: `ops@${host.address}`, identity, fingerprint: await host.hostKeyFingerprint() })).toMatchObject({
        ok: true,
      });
      expect(await client.call('hosts.prepare', { name: 'shop-1', yes: true })).toMatchObject({ ok: true, value: { done: true } });
      await running.page.evaluate(`(() => {
        addEventListener('dragover', (event) => event.preventDefault(), true);
        addEventListener('drop', async (event) => { event.preventDefault(); event.stopPropagation(); window.dropped = await board.folderFromDrop(event.dataTransfer.files[0]); }, true);
      })()`);
      await dropFolder(running.page, `${home.path}/shop`, 300, 300);
      await becomes(running.page, 'window.dropped !== undefined');
      const { handle } = (await running.page.evaluate('window.dropped')) as { handle: string };
      const deployed = await client.call('deployments.start', { folder: handle, host: 'shop-1', app: 'shop' });
      expect(deployed).toMatchObject({ ok: true, value: { app: 'shop', outcome: 'live', release: 1 } });
      expect((await fetch(String(deployed.value?.url))).status).toBe(200);
      expect(await client.call('templates.create', { template: 'django', name: 'site', into: handle })).toMatchObject({ ok: true, value: { files: 18 } });
      expect(readFileSync(`${home.path}/shop/site/README.md`, 'utf8')).toContain('# site\n');
      expect(await client.call('settings.get', {})).toMatchObject({ value: { keyring: { name: 'keyring', reason: null } } });
    } finally {
      await running.close();
      home.remove();
    }
  });

  it('does not start without its sandbox', async () => {
    const refused = await command([executable, '--no-sandbox'], { env: { ...process.env, DISPLAY: ':none', FORGEBOARD_HOME: join(place, 'home') }, check: false });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('ordinary user');
  });
});
