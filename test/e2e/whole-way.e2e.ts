import { chmodSync, chownSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../build/run.ts';
import { command } from '../hosts/command.ts';
import { missingRequirements } from '../hosts/debian.ts';
import { bootHost, type TestHost } from '../hosts/host.ts';
import { dropFolder, type Home, newHome, type RunningApp, startApp } from './harness.ts';

const passphrase = 'correct horse';
const pictures = join(root, 'test-output/whole-way');

/** The sample, in the user's own home. */
function sample(home: Home): string {
  const folder = join(home.path, 'sample');
  cpSync(join(root, 'assets/samples/flask'), folder, { recursive: true });
  return folder;
}

/** The whole way of a new user, in the real window on a real host, by mouse and keyboard only. */
describe.skipIf(missingRequirements().length > 0)('the whole way', () => {
  let host: TestHost;
  let home: Home;
  let running: RunningApp;
  let page: Page;
  let folder: string;
  let shot = 0;
  const picture = async (name: string): Promise<void> => {
    shot += 1;
    await page.screenshot({ path: join(pictures, `${String(shot).padStart(2, '0')}-${name}.png`) });
  };
  const change = (file: string, text: string): void => {
    writeFileSync(join(folder, file), text);
    chownSync(join(folder, file), home.user.uid, home.user.gid);
  };
  const address = async (): Promise<string> => {
    const said = await page.locator('.bays .origin b').textContent();
    return `http://${said}/`;
  };

  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true });
    [host, home] = await Promise.all([bootHost(), newHome()]);
    const key = home.write('.ssh/id_ed25519', readFileSync(host.identity));
    await command(['ssh-keygen', '-q', '-p', '-f', key, '-P', '', '-N', passphrase]);
    chownSync(key, home.user.uid, home.user.gid);
    chmodSync(key, 0o600);
    folder = sample(home);
    await command(['chown', '-R', `${home.user.uid}:${home.user.gid}`, folder]);
    running = await startApp({ home, size: { width: 1280, height: 800 }, theme: 'dark' });
    page = running.page;
    page.setDefaultTimeout(20_000);
  });
  afterAll(async () => {
    await running?.close();
    home?.remove();
    await host?.stop();
  });

  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return;
    await picture('failed-here');
    process.stderr.write(`\n--- what the app said ---\n${running.output().slice(-6_000)}\n`);
  });

  it('adds a server by its address, compares its fingerprint, and unlocks the key once for the keyring', async () => {
    await page.getByLabel('Address', { exact: true }).and(page.locator('input')).fill(host.address);
    await page.getByLabel('Port').fill(String(host.port));
    await page.getByLabel('Name').fill('fra-1');
    await picture('first-start');
    await page.keyboard.press('Enter');
    await page.getByLabel('Or paste its answer').fill(`256 ${await host.hostKeyFingerprint()} root@fra-1 (ED25519)`);
    await page.getByText('Same key').waitFor();
    await picture('fingerprint');
    await page.getByRole('button', { name: 'It is my server, sign in' }).click();
    await page.getByLabel('Passphrase', { exact: true }).fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByText('That was not it').waitFor();
    await page.getByLabel('Passphrase', { exact: true }).fill(passphrase);
    await page.getByText('Remember in the keyring').click();
    await picture('passphrase');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'fra-1 can run your apps' }).waitFor();
    await picture('check-up');
  });

  it('shows the plan, and prepares the server', async () => {
    await page.getByRole('button', { name: 'Show the plan' }).click();
    await page.getByRole('button', { name: 'Prepare fra-1' }).waitFor();
    await picture('plan');
    await page.getByRole('button', { name: 'Prepare fra-1' }).click();
    await page.getByRole('heading', { name: 'fra-1 is ready' }).waitFor({ timeout: 110_000 });
    await picture('ready');
  }, 150_000);

  it('takes a dropped folder live, and it answers', async () => {
    await dropFolder(page, folder, 640, 300);
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('shop');
    await picture('drop');
    await page.keyboard.press('Enter');
    await page.getByText('Release 1 is live').first().waitFor({ timeout: 110_000 });
    await picture('live');
    expect(await (await fetch(await address())).text()).toContain('Hello from release 1');
  }, 150_000);

  it('deploys a changed file again by keyboard alone', async () => {
    change('message.py', 'MESSAGE = "Hello from release 2"\n');
    await page.keyboard.press('Control+d');
    await page.getByRole('dialog').getByText('sample').first().waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('Release 2 is live').first().waitFor({ timeout: 60_000 });
    await picture('live-again');
    expect(await (await fetch(await address())).text()).toContain('Hello from release 2');
  });

  it('shows why a release fails, and the one before goes on serving', async () => {
    change('app.py', `import os\n\nSECRET = os.environ["STRIPE_WEBHOOK_SECRET"]\n${readFileSync(join(folder, 'app.py'), 'utf8')}`);
    await page.keyboard.press('Control+d');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('is still serving and visitors noticed nothing').first().waitFor({ timeout: 60_000 });
    await page.locator('.well .failing').getByText('STRIPE_WEBHOOK_SECRET').waitFor();
    await picture('failed');
    expect(await (await fetch(await address())).text()).toContain('Hello from release 2');
  });

  it('follows the log of what serves', async () => {
    await page.getByRole('link', { name: 'Logs' }).click();
    await page.getByRole('log').getByText('gunicorn', { exact: false }).first().waitFor();
    await picture('log');
  });

  it('types in a terminal', async () => {
    await page.keyboard.press('Control+j');
    await page.locator('.xterm-rows').getByText(/[$#]/).first().waitFor();
    await page.keyboard.type('echo $((6 * 7)) in $(pwd)\n');
    await page
      .locator('.xterm-rows')
      .getByText(/42 in \//)
      .first()
      .waitFor();
    await picture('terminal');
  });

  it('remembers the server and its passphrase over a restart', async () => {
    running = await running.restart();
    page = running.page;
    page.setDefaultTimeout(20_000);
    await page.getByRole('heading', { name: 'fra-1', level: 1 }).waitFor();
    await page.getByRole('link', { name: 'shop' }).first().waitFor();
    await page.getByText('Connected').waitFor();
    await page.getByRole('region', { name: 'CPU' }).getByText('% of').waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
    await picture('remembered');
    await page.getByRole('link', { name: 'shop' }).first().click();
    await page.getByText('has been live for').waitFor();
    await page.getByRole('link', { name: 'Deployments' }).click();
    await page.getByRole('row', { name: 'Deployment 3, Failed' }).click();
    await page.locator('.well .failing').getByText('STRIPE_WEBHOOK_SECRET').waitFor();
    await picture('found-again');
  });
});
