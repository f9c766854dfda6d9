import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../build/run.ts';
import { command } from '../hosts/command.ts';
import { missingRequirements } from '../hosts/debian.ts';
import { deployPassword, type TestHost } from '../hosts/host.ts';
import { dropFolder, type Home, newHome } from './harness.ts';
import { type KnownServer, knownServer } from './known-server.ts';

describe.skipIf(missingRequirements().length > 0)('files of a server as root, in the window', () => {
  let at: KnownServer;
  let host: TestHost;
  let home: Home;
  let page: Page;

  beforeAll(async () => {
    home = await newHome();
    at = await knownServer(home, 'base', 'deploy');
    ({ host, page } = at);
  }, 240_000);
  afterAll(async () => {
    await at?.close();
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await page.screenshot({ path: join(root, 'test-output/files-as-root-failed.png') });
  });

  it('a folder that the account may not look into is opened as root, and takes what is dropped', async () => {
    await host.write('/root/kept/note.txt', 'only for root\n');
    await page.evaluate("location.hash = '#/hosts/fra-1/files/%252Froot%252Fkept'");
    await page.getByText('may not').first().waitFor();
    // The window asks by itself, for the apps of the server; what was typed once is not asked for again.
    await page.getByRole('textbox', { name: 'Password for sudo' }).fill(deployPassword);
    await page.keyboard.press('Enter');
    await page.getByText('None yet.').waitFor();
    await page.getByRole('button', { name: 'Look as root' }).click();
    await page.getByRole('row', { name: 'note.txt, file' }).click();
    await page.getByText('only for root').waitFor();
    await page.keyboard.press('Escape');
    const site = join(home.path, 'site');
    mkdirSync(site);
    for (let file = 0; file < 40; file++) writeFileSync(join(site, `${file}`), `${file}\n`);
    await command(['chown', '-R', `${home.user.uid}:${home.user.gid}`, site]);
    await dropFolder(page, site, 640, 500);
    await page.getByText('copied to /root/kept: 40 files').waitFor();
    expect((await host.run(['stat', '-c', '%U', '/root/kept/site/39'])).stdout).toBe('root\n');
    await page.screenshot({ path: join(root, 'test-output/files-as-root.png') });
    // It is off again on the next visit.
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('link', { name: 'Files' }).click();
    await page.getByRole('switch', { name: 'As root', checked: false }).click();
    await page.getByText('You are root here.').waitFor();
    await page.getByRole('row', { name: '.ssh, folder' }).waitFor();
  });
});
