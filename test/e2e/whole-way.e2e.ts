import { chmodSync, chownSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

/** What an app may print to make its log look like something else. */
const hostile = '<img src=x onerror=alert(1)> \u001b[2J \u202egpj.exe \u0007';

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
    await page.getByText('; nothing has been sent').waitFor();
    await page.getByLabel('Name', { exact: true }).fill('shop');
    await picture('drop');
    await page.keyboard.press('Enter');
    await page.getByText('Release 1 is live').first().waitFor({ timeout: 110_000 });
    await picture('live');
    expect(await (await fetch(await address())).text()).toContain('Hello from release 1');
  }, 150_000);

  it('deploys a changed file again by keyboard alone', async () => {
    change('message.py', `MESSAGE = "Hello from release 2"\n\nprint(${JSON.stringify(hostile)}, flush=True)\n`);
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
    // Markup, orders to a terminal and what runs backwards are text.
    await page.getByRole('radio', { name: 'Only these' }).click();
    await page.getByLabel('Only lines with this text').fill('gpj.exe');
    const line = page.locator('.log-line .text').first();
    await expect.poll(() => line.textContent()).toBe('<img src=x onerror=alert(1)> \\u{1b}[2J \\u{202e}gpj.exe \\u{7}');
    expect(await page.locator('.log img').count()).toBe(0);
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

    // Two lines in the clipboard: seen first, and only Enter types them.
    await running.app.evaluate(({ BrowserWindow, clipboard }) => {
      BrowserWindow.getAllWindows()[0]!.isFocused = () => true;
      clipboard.writeText('echo pasted-$((40 + 2))\necho and-$((1 + 2))\u0007\n');
    });
    const shown = page.getByRole('dialog', { name: 'Paste 2 lines into shop?' });
    await page.keyboard.press('Control+Shift+v');
    await shown.getByText('and-$((1 + 2))\\u{7}').waitFor();
    await picture('paste');
    await page.keyboard.press('Escape');
    await shown.waitFor({ state: 'detached' });
    expect(await page.locator('.xterm-rows').textContent()).not.toContain('pasted-');
    await page.keyboard.press('Control+Shift+v');
    await shown.waitFor();
    await page.keyboard.press('Enter');
    await shown.waitFor({ state: 'detached' });
    // The shell holds what was pasted until somebody says that it may run.
    await page.locator('.xterm-rows').getByText('and-$((1 + 2))').first().waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.xterm-rows').getByText('pasted-42', { exact: true }).waitFor();
    await page.locator('.xterm-rows').getByText('and-3', { exact: true }).waitFor();
  });

  it('restarts it, stops it and starts it again from its settings', async () => {
    const url = await (async () => {
      await page.getByRole('link', { name: 'shop' }).first().click();
      await page.getByText('has been live for').waitFor();
      return address();
    })();
    const status = async () => (await fetch(url)).status;
    const settings = async () => {
      await page.getByRole('link', { name: 'shop' }).first().click();
      await page.getByRole('navigation', { name: 'Pages of shop' }).getByRole('link', { name: 'Settings' }).click();
    };
    const process = async () => (await host.run(['systemctl', 'show', '-p', 'MainPID', 'forgeboard-shop.web@a.service', 'forgeboard-shop.web@b.service'])).stdout;
    await settings();
    await picture('app-settings');
    const before = await process();
    await page.getByRole('button', { name: 'Restart' }).click();
    await page.getByText('Release 2 is live again').first().waitFor({ timeout: 60_000 });
    await picture('restarted');
    expect(await status()).toBe(200);
    expect(await process()).not.toBe(before);

    await settings();
    await page.getByRole('button', { name: 'Stop…' }).click();
    await page.getByRole('dialog', { name: 'Stop shop?' }).getByRole('button', { name: 'Stop shop' }).click();
    await page.getByText('shop is stopped, and stays so over a reboot').waitFor({ timeout: 60_000 });
    await picture('stopped');
    expect(await status()).toBe(502);

    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByText('Release 2 is live again').first().waitFor({ timeout: 60_000 });
    expect(await status()).toBe(200);
    expect(await (await fetch(url)).text()).toContain('Hello from release 2');
  }, 150_000);

  it('refuses a setting at its field, and puts the mended one in force by a plan, with its steps', async () => {
    await page.getByRole('link', { name: 'shop' }).first().click();
    await page.getByRole('navigation', { name: 'Pages of shop' }).getByRole('link', { name: 'Settings' }).click();
    await page.getByLabel('memory', { exact: true }).fill('300');
    await page.getByRole('button', { name: 'Show plan of 1 change' }).click();
    await page.getByRole('alert').getByText('is not a number with M or G').waitFor();
    await page.getByLabel('memory', { exact: true }).fill('300M');
    await page.getByLabel('processes', { exact: true }).fill('idle: sleep 86400');
    await page.getByRole('button', { name: 'Show plan of 2 changes' }).click();
    const plan = page.getByRole('dialog', { name: /^Change shop on / });
    await plan.getByText('+    memory: 300M').waitFor();
    await picture('settings-plan');
    await plan.getByRole('button', { name: 'Apply' }).click();
    await page.getByText('Release 2 is live with its new settings').first().waitFor({ timeout: 60_000 });
    await picture('settings-applied');
    const live = (await host.run(['readlink', '/srv/forgeboard/shop/live'])).stdout.trim().at(-1);
    expect((await host.run(['systemctl', 'show', '-p', 'MemoryMax', '--value', `forgeboard-shop.web@${live}.service`])).stdout.trim()).toBe(String(300 * 1024 * 1024));
    expect((await host.run(['systemctl', 'is-active', `forgeboard-shop.idle@${live}.service`])).stdout.trim()).toBe('active');
  }, 150_000);

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

  it('says in its About box what it is, and that an older Electron is for tests only', async () => {
    await page.keyboard.press('Control+,');
    const about = page.getByRole('region', { name: 'About ForgeBoard' });
    const { version, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string; devDependencies: { electron: string } };
    const electron = await running.app.evaluate(() => process.versions.electron ?? '');
    expect(await about.textContent()).toContain(`Version${version}`);
    expect(await about.textContent()).toContain(`Electron ${electron}`);
    expect((await about.textContent())?.includes(`made for Electron ${devDependencies.electron}`)).toBe(
      Number(electron.split('.')[0]) < Number(devDependencies.electron.split('.')[0]),
    );
    await picture('about');
    await page.keyboard.press('Control+1');
  });

  it('deploys the mended folder of the last time, which nobody chose since the start', async () => {
    cpSync(join(root, 'assets/samples/flask/app.py'), join(folder, 'app.py'));
    change('message.py', 'MESSAGE = "Hello again"\n');
    await page.getByRole('link', { name: 'shop' }).first().click();
    await page.getByText('has been live for').waitFor();
    await page.keyboard.press('Control+d');
    await page.getByRole('dialog').getByText('As the last time, from this computer').waitFor();
    await picture('deploy-again');
    await page.getByRole('dialog').getByRole('button', { name: 'Deploy', exact: true }).click();
    await page
      .getByText(/Release \d+ is live/)
      .first()
      .waitFor({ timeout: 60_000 });
    expect(await (await fetch(await address())).text()).toContain('Hello again');
  });

  it('says at the folder that it vanished between choosing and deploying, and nothing changes', async () => {
    await dropFolder(page, folder, 640, 300);
    await page.getByRole('dialog', { name: 'Deploy shop to fra-1' }).waitFor();
    rmSync(folder, { recursive: true });
    await page.getByRole('dialog').getByRole('button', { name: 'Deploy', exact: true }).click();
    await page.getByRole('dialog').getByText('There is no folder').waitFor();
    await picture('folder-gone');
    await page.keyboard.press('Escape');
    expect(await (await fetch(await address())).text()).toContain('Hello again');
  });

  it('says of a server that stops answering since when, keeps what was known, and finds it again by itself', async () => {
    await page.getByRole('link', { name: 'fra-1' }).first().click();
    await page.getByRole('region', { name: 'CPU' }).getByText('% of').waitFor();
    await page.getByRole('row', { name: /shop/ }).waitFor(); // what is kept must have been known
    await host.cut();
    try {
      await page.getByText('fra-1 does not answer since').waitFor({ timeout: 60_000 });
      await page.getByRole('row', { name: /shop/ }).waitFor();
      await picture('no-answer');
    } finally {
      await host.mend();
    }
    await page.getByText('fra-1 does not answer since').waitFor({ state: 'detached', timeout: 60_000 });
    await page.getByText('Connected').waitFor();
    await picture('answers-again');
  }, 150_000);
});
