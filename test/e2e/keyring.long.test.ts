// In the long tier until its question is settled: on a busy machine the page's own question may come before the test's and wait.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command } from '../hosts/command.ts';
import { missingRequirements } from '../hosts/debian.ts';
import { bootHost, deployPassword, type TestHost } from '../hosts/host.ts';
import { openClient, type PageClient } from './client.ts';
import { type Home, newHome, type RunningApp, startApp } from './harness.ts';

const canary = 'canary-open-sesame-7391';

/** Every file below a folder that holds one of the texts, in any of the forms that a program might write it. */
function holding(folder: string, texts: string[]): string[] {
  const forms = texts.flatMap((text) => [
    Buffer.from(text),
    Buffer.from(text, 'utf16le'),
    Buffer.from(Buffer.from(text).toString('base64').replace(/=+$/, '')),
    Buffer.from(Buffer.from(text).toString('hex')),
  ]);
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true)
    .filter((path) => {
      const content = readFileSync(path);
      return forms.some((form) => content.includes(form));
    });
}

const labels = { passphrase: 'Passphrase', password: 'Password', 'sudo-password': 'Password for sudo' } as const;

/**
 * The window wants to show its host too, and whoever comes first is asked: this answers its dialogs, by keyboard, with what
 * the test's own port would answer, and tells what was asked.
 */
function answerDialogs(page: Page, answers: Partial<Record<keyof typeof labels, string>>): { stop(): Promise<string[]> } {
  let stopped = false;
  const asked: string[] = [];
  const loop = (async () => {
    while (!stopped) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      const label = await page.locator('[role=dialog] label').allTextContents();
      const kind = (Object.keys(labels) as (keyof typeof labels)[]).find((each) => label.some((text) => text.trim() === labels[each]));
      if (kind === undefined || stopped) continue;
      asked.push(kind);
      await page.getByLabel(labels[kind], { exact: true }).fill(answers[kind] ?? '');
      const remember = page.getByText('Remember in the keyring');
      if (await remember.isVisible()) await remember.click();
      await page.keyboard.press('Enter');
      // The next question may take its place at once.
      await page.getByLabel(labels[kind], { exact: true }).waitFor({ state: 'detached' });
    }
  })();
  return {
    async stop() {
      stopped = true;
      await loop.catch(() => {});
      return asked;
    },
  };
}

describe.skipIf(missingRequirements().length > 0)('secrets', () => {
  let host: TestHost;
  let home: Home;
  let identity: string;
  let running: RunningApp | undefined;
  let client: PageClient;

  beforeAll(async () => {
    host = await bootHost({ image: 'web' });
  });
  afterAll(() => host?.stop());

  async function start(keyring: boolean): Promise<void> {
    home = await newHome();
    identity = home.write('.ssh/id_ed25519', readFileSync(host.identity));
    await command(['ssh-keygen', '-q', '-p', '-N', canary, '-P', '', '-f', identity]);
    await command(['chown', `${home.user.uid}:${home.user.gid}`, identity]);
    running = await startApp({ home, keyring });
    client = await openClient(running.page);
  }
  async function stop(): Promise<void> {
    await running?.close();
    home.remove();
  }
  const add = async () => client.call('hosts.add', { name: 'shop-1', address: `deploy@${host.address}`, identity, fingerprint: await host.hostKeyFingerprint() });
  const secrets = { passphrase: { value: canary, remember: true }, 'sudo-password': { value: deployPassword, remember: true } };

  it('come from the keyring after a new start, go when they are wrong, and go with the host', async () => {
    await start(true);
    try {
      await client.answers(secrets);
      expect(await add()).toMatchObject({ ok: true });
      // Once typed, known for the session: the check signs in again and asks for sudo alone.
      expect(await client.call('hosts.check', { name: 'shop-1' })).toMatchObject({ ok: true });
      expect((await client.asked()).map(({ kind, remember }) => [kind, remember])).toEqual([
        ['passphrase', { reason: null }],
        ['sudo-password', { reason: null }],
      ]);
      expect(holding(home.path, [canary])).toEqual([]);

      running = await running!.restart();
      client = await openClient(running.page);
      expect(await client.call('hosts.check', { name: 'shop-1' })).toMatchObject({ ok: true });
      expect(await client.asked()).toEqual([]);
      expect(await client.call('settings.get', {})).toMatchObject({ value: { keyring: { name: 'keyring', reason: null } } });

      // The passphrase changes elsewhere: what is kept is tried once, then the person is asked, and what was right replaces it.
      await command(['ssh-keygen', '-q', '-p', '-N', `${canary}-new`, '-P', canary, '-f', identity]);
      await command(['chown', `${home.user.uid}:${home.user.gid}`, identity]);
      running = await running.restart();
      client = await openClient(running.page);
      await client.answers({ ...secrets, passphrase: { value: `${canary}-new`, remember: true } });
      const dialogs = answerDialogs(running.page, { passphrase: `${canary}-new` });
      expect(await client.call('hosts.check', { name: 'shop-1' })).toMatchObject({ ok: true });
      expect([...(await client.asked()).map(({ kind }) => kind), ...(await dialogs.stop())]).toEqual(['passphrase']);
      running = await running.restart();
      client = await openClient(running.page);
      expect(await client.call('hosts.check', { name: 'shop-1' })).toMatchObject({ ok: true });
      expect(await client.asked()).toEqual([]);

      expect(await client.call('hosts.remove', { name: 'shop-1' })).toMatchObject({ ok: true });
      await client.answers({});
      expect(await add()).toMatchObject({ ok: false, failure: { problem: 'needs-input' } });
      // Nothing opens the key any more, and nothing is left to sign in with.
      expect((await client.asked()).map(({ kind }) => kind)).toEqual(['passphrase', 'password']);
    } finally {
      await stop();
    }
  });

  it('are saved nowhere where there is no keyring, and that is said', async () => {
    await start(false);
    try {
      await client.answers(secrets);
      expect(await add()).toMatchObject({ ok: true });
      expect(await client.call('hosts.check', { name: 'shop-1' })).toMatchObject({ ok: true });
      const reason = 'this session has no keyring (there is no D-Bus session)';
      expect((await client.asked()).map(({ remember }) => remember)).toEqual([{ reason }, { reason }]);
      expect(await client.call('settings.get', {})).toMatchObject({ value: { keyring: { name: null, reason } } });
      // Also not in what a crash leaves behind.
      await running!.app.evaluate(({ app }) => process.kill(app.getAppMetrics().find(({ name }) => name === 'ForgeBoard backend')!.pid, 'SIGABRT'));
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      expect(holding(home.path, [canary, deployPassword])).toEqual([]);
      expect(running!.output()).not.toContain(canary);

      running = await running!.restart();
      client = await openClient(running.page);
      await client.answers(secrets);
      const dialogs = answerDialogs(running.page, { passphrase: canary, 'sudo-password': deployPassword });
      expect(await client.call('hosts.check', { name: 'shop-1' })).toMatchObject({ ok: true });
      expect([...(await client.asked()).map(({ kind }) => kind), ...(await dialogs.stop())].sort()).toEqual(['passphrase', 'sudo-password']);
    } finally {
      await stop();
    }
  });
});
