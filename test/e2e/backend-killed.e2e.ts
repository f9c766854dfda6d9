import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../build/run.ts';
import { command } from '../hosts/command.ts';
import { missingRequirements } from '../hosts/debian.ts';
import { bootHost, type TestHost } from '../hosts/host.ts';
import { openClient } from './client.ts';
import { dropFolder, type Home, newHome, type RunningApp, startApp } from './harness.ts';

/** The process behind the window dies in the middle of a deploy, which goes on at its server. */
describe.skipIf(missingRequirements().length > 0)('a killed backend', () => {
  let host: TestHost;
  let home: Home;
  let running: RunningApp;

  beforeAll(async () => {
    [host, home] = await Promise.all([bootHost({ image: 'web' }), newHome()]);
    const key = home.write('.ssh/id_ed25519', readFileSync(host.identity));
    cpSync(join(root, 'assets/samples/flask'), join(home.path, 'sample'), { recursive: true });
    // Slow enough to start that the end comes well within the deploy.
    home.write('sample/app.py', `import time\n\ntime.sleep(6)\n${readFileSync(join(root, 'assets/samples/flask/app.py'), 'utf8')}`);
    await command(['chown', '-R', `${home.user.uid}:${home.user.gid}`, home.path]);
    running = await startApp({ home, size: { width: 1280, height: 800 } });
    running.page.setDefaultTimeout(30_000);
    const client = await openClient(running.page);
    await client.answers({ confirm: { value: true } });
    const added = { name: 'fra-1', address: `root@${host.address}:${host.port}`, identity: key, fingerprint: await host.hostKeyFingerprint() };
    expect(await client.call('hosts.add', added)).toMatchObject({ ok: true });
    expect(await client.call('hosts.prepare', { name: 'fra-1', yes: true })).toMatchObject({ ok: true });
  }, 180_000);
  afterAll(async () => {
    await running?.close();
    home?.remove();
    await host?.stop();
  });

  it('is said, comes back, and the page tells the true outcome of what ran', async () => {
    const { page, app } = running;
    try {
      await page.reload();
      await page.getByRole('link', { name: 'fra-1' }).first().click();
      await page.getByRole('heading', { name: 'fra-1', level: 1 }).waitFor();
      await dropFolder(page, join(home.path, 'sample'), 640, 300);
      await page.getByText('; nothing has been sent').waitFor();
      await page.getByLabel('Name', { exact: true }).fill('shop');
      await page.keyboard.press('Enter');
      await page.locator('[aria-current=step]').getByText('Check', { exact: true }).waitFor({ timeout: 90_000 });
      await app.evaluate(({ app }) => process.kill(app.getAppMetrics().find(({ name }) => name === 'ForgeBoard backend')!.pid, 'SIGKILL'));
      await page.getByText("ForgeBoard's background process ended.").waitFor();
      await page.getByText("ForgeBoard's background process ended.").waitFor({ state: 'detached' });
      await page.getByText('Release 1 is live').first().waitFor({ timeout: 60_000 });
      expect(new URL(page.url()).hash).toBe('#/hosts/fra-1/apps/shop/deployments/1');
      const address = await page.locator('.bays .origin b').textContent();
      expect(await (await fetch(`http://${address}/`)).text()).toContain('Hello from release 1');
    } catch (error) {
      await page.screenshot({ path: join(root, 'test-output/backend-killed.png') });
      process.stderr.write(`\n--- what the app said ---\n${running.output().slice(-4_000)}\n`);
      throw error;
    }
  }, 180_000);
});
