import { chownSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../build/run.ts';
import { command, until } from '../hosts/command.ts';
import { missingRequirements } from '../hosts/debian.ts';
import { bootHost, type TestHost } from '../hosts/host.ts';
import { type Home, newHome, type RunningApp, startApp } from './harness.ts';

// What a person with a screen reader hears of the focused thing.
const focused = `(() => {
  const at = document.activeElement;
  if (at === null || at.tabIndex < 0) return '';
  return (at.labels?.[0]?.textContent || at.getAttribute('aria-label') || at.textContent).trim();
})()`;

/** The whole way of a new user without a mouse: this file calls none. */
describe.skipIf(missingRequirements().length > 0)('by keyboard alone', () => {
  let host: TestHost;
  let home: Home;
  let running: RunningApp;
  let page: Page;
  let folder: string;

  const press = (...keys: string[]) => keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());
  /** Tab after Tab until the focus is on what begins with this. */
  async function tabTo(name: string): Promise<void> {
    const passed: string[] = [];
    for (let count = 0; count < 60; count += 1) {
      const now = (await page.evaluate(focused)) as string;
      if (now.startsWith(name)) return;
      passed.push(now.slice(0, 30));
      await press('Tab');
    }
    throw new Error(`Tab does not lead to ${name}: ${passed.join(' | ')}`);
  }
  const see = (text: string, timeout = 30_000) => page.getByText(text).first().waitFor({ timeout });
  async function answers(text: string): Promise<void> {
    // The address comes with the next look at the server, a moment after the release is called live.
    const address = await page.locator('.bays .origin b').filter({ hasText: /:\d+$/ }).textContent();
    expect(await (await fetch(`http://${address}/`)).text()).toContain(text);
  }

  beforeAll(async () => {
    [host, home] = await Promise.all([bootHost({ image: 'web' }), newHome()]);
    home.write('.ssh/id_ed25519', readFileSync(host.identity));
    folder = join(home.path, 'sample');
    cpSync(join(root, 'assets/samples/flask'), folder, { recursive: true });
    await command(['chown', '-R', `${home.user.uid}:${home.user.gid}`, home.path]);
    running = await startApp({ home, size: { width: 1280, height: 800 } });
    page = running.page;
    page.setDefaultTimeout(30_000);
    // The system's own dialog is not ours to drive.
    await running.app.evaluate(({ dialog }, path) => {
      dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [path] });
    }, folder);
  }, 180_000);
  afterAll(async () => {
    await running?.close();
    home?.remove();
    await host?.stop();
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await page.screenshot({ path: join(root, 'test-output/keyboard-failed.png') });
  });

  it('a server is added, compared, looked at and prepared', async () => {
    await see('Where should your apps run?');
    await tabTo('Address');
    await page.keyboard.type(host.address);
    await tabTo('Port');
    await page.keyboard.type(String(host.port));
    await tabTo('Name');
    await page.keyboard.type('fra-1');
    await press('Enter');
    await see('Is this really your server?');
    expect(await page.evaluate('document.activeElement !== document.body')).toBe(true);
    await tabTo('Or paste its answer');
    await page.keyboard.type(`256 ${await host.hostKeyFingerprint()} root@fra-1 (ED25519)`);
    await see('Same key');
    await tabTo('It is my server');
    await press('Enter');
    await see('fra-1 can run your apps', 60_000);
    expect(await page.evaluate('document.activeElement !== document.body')).toBe(true);
    await tabTo('Show the plan');
    await press('Enter');
    await page.getByRole('button', { name: 'Prepare fra-1' }).waitFor();
    await tabTo('Prepare fra-1');
    await press('Enter');
    await page.getByRole('heading', { name: 'fra-1 is ready' }).waitFor({ timeout: 110_000 });
  }, 180_000);

  it('a folder goes live, its next release too, and the first one comes back', async () => {
    await press('Control+d');
    await page.getByRole('dialog').waitFor();
    await tabTo('Choose a folder');
    await press('Enter');
    await page.getByRole('dialog', { name: 'Deploy sample' }).waitFor();
    await tabTo('Name');
    await page.keyboard.type('shop');
    await press('Enter');
    await see('Release 1 is live', 110_000);
    await answers('Hello from release 1');

    writeFileSync(join(folder, 'message.py'), 'MESSAGE = "Hello from release 2"\n');
    chownSync(join(folder, 'message.py'), home.user.uid, home.user.gid);
    await press('Control+d');
    await page.getByRole('dialog', { name: 'Deploy shop to fra-1' }).waitFor();
    await press('Enter');
    await see('Release 2 is live', 60_000);
    await answers('Hello from release 2');

    await press('Control+u');
    await page.getByRole('dialog', { name: 'Roll back shop to release 1?' }).waitFor();
    expect(await page.evaluate(focused)).toBe('Keep release 2');
    await tabTo('Roll back');
    await press('Enter');
    await see('Release 1 is live again', 60_000);
    await answers('Hello from release 1');
  }, 240_000);

  it('its log is read, and a terminal typed in', async () => {
    await press('g', 'l');
    await page.getByRole('log').getByText('gunicorn', { exact: false }).first().waitFor();
    await press('g', 't');
    await page.locator('.xterm-rows').getByText(/[$#]/).first().waitFor();
    await page.keyboard.type('echo $((6 * 7)) in $(pwd)\n');
    const said = () => page.locator('.xterm-rows').textContent();
    await until(
      () => 'the answer of echo',
      20_000,
      async () => /42 in \//.test((await said()) ?? ''),
    );
  });

  it('its files are looked at, and come and go', async () => {
    await press('Control+Shift+k');
    await page.getByPlaceholder('Search or run').waitFor();
    await page.keyboard.type('Files of fra-1');
    await press('Enter');
    await tabTo('Type a path');
    await press('Enter');
    await page.keyboard.type('/etc/nginx');
    await press('Enter');
    await tabTo('conf.d, folder');
    await press('Enter');
    await page.getByRole('link', { name: 'conf.d', exact: true }).waitFor();
    // The focus went along.
    await tabTo('forgeboard');
    await press('Backspace');
    await page.getByRole('row', { name: 'nginx.conf, file' }).waitFor();
    await until(
      () => 'the focus on the folder that was left',
      10_000,
      async () => (await page.evaluate(focused)) === 'conf.d, folder',
    );
    await press('/');
    await page.keyboard.type('nginx.conf');
    await page.getByRole('row', { name: 'conf.d, folder' }).waitFor({ state: 'detached' });
    await tabTo('nginx.conf, file');
    await press('Enter');
    await page.locator('.file-text .hljs-section, .file-text .hljs-attribute').first().waitFor();
    await page.screenshot({ path: join(root, 'test-output/files-text.png') });
    await press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await tabTo('Copy nginx.conf to this computer');
    await press('Enter');
    await see('copied from the server: 1 file');
    expect(readFileSync(join(folder, 'nginx.conf'), 'utf8')).toBe(await host.read('/etc/nginx/nginx.conf'));
    await running.app.evaluate(({ shell, BrowserWindow }) => {
      // Without a window manager no window may be in front, and there is no file manager.
      BrowserWindow.getAllWindows()[0]!.isFocused = () => true;
      Object.assign(shell, { showItemInFolder: (path: string) => void Object.assign(globalThis, { shown: path }) });
    });
    await tabTo('Show in folder');
    await press('Enter');
    await until(
      () => 'the file in its folder',
      10_000,
      () => running.app.evaluate((_electron, path) => (globalThis as { shown?: string }).shown === path, join(folder, 'nginx.conf')),
    );
    await running.app.evaluate(({ BrowserWindow }) => Reflect.deleteProperty(BrowserWindow.getAllWindows()[0]!, 'isFocused'));
    await tabTo('Type a path');
    await press('Enter');
    await page.keyboard.type('/root');
    await press('Enter');
    await page.getByRole('link', { name: 'root', exact: true }).waitFor();
    for (const act of ['Upload a folder', 'Replace it']) {
      await tabTo(act);
      await press('Enter');
      await see('copied to /root');
      expect(await host.read('/root/sample/message.py')).toBe(readFileSync(join(folder, 'message.py'), 'utf8'));
      if (act === 'Replace it') break;
      await tabTo('Dismiss sample');
      await press('Enter');
      await tabTo('Upload a folder');
      await press('Enter');
      await see('is there already');
    }
    await page.getByRole('row', { name: 'sample, folder' }).waitFor();
    await page.screenshot({ path: join(root, 'test-output/files.png') });
  });

  it('a hundred thousand files are gone through from end to end', async () => {
    await host.run(['sh', '-c', 'mkdir /var/many && cd /var/many && seq -f "file-%06.0f" 0 99999 | xargs touch']);
    await tabTo('Type a path');
    await press('Enter');
    await page.keyboard.type('/var/many');
    await press('Enter');
    await see('100,000 entries');
    await tabTo('file-000000, file');
    const isSeen = (name: string) =>
      until(
        () => `${name} focused and seen`,
        10_000,
        async () => {
          const row = page.getByRole('row', { name: `${name}, file` });
          if ((await page.evaluate(focused)) !== `${name}, file`) return false;
          const [box, around] = await Promise.all([row.boundingBox(), page.locator('.files-box').boundingBox()]);
          // Under the head, which stays.
          return box !== null && around !== null && box.y >= around.y + 29 && box.y + box.height <= around.y + around.height + 1;
        },
      );
    await press('End');
    await isSeen('file-099999');
    await press('ArrowUp');
    await isSeen('file-099998');
    await page.screenshot({ path: join(root, 'test-output/files-many.png') });
    // What has the focus is not on the screen any more, and the keys go on from it.
    await page.evaluate("document.querySelector('.files-box').scrollTop = 0");
    await page.getByRole('row', { name: 'file-000003, file' }).waitFor();
    await press('ArrowUp');
    await isSeen('file-099997');
    await press('Home', 'ArrowDown', 'ArrowDown', 'PageDown', 'PageUp');
    await isSeen('file-000001');
    for (let row = 0; row < 60; row += 1) await press('ArrowDown');
    await isSeen('file-000061');
    for (let row = 0; row < 50; row += 1) await press('ArrowUp');
    await isSeen('file-000011');
  });
});
