import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command, until } from '../hosts/command.ts';
import { missingRequirements } from '../hosts/debian.ts';
import { bootHost, deployPassword, type TestHost } from '../hosts/host.ts';
import { openClient, type PageClient } from './client.ts';
import { type Home, newHome, type RunningApp, startApp } from './harness.ts';

const canary = 'canary-open-sesame-7391';

/** Whether a file holds one of the texts, in any of the forms that a program might write it. */
function holds(path: string, texts: string[]): boolean {
  const forms = texts.flatMap((text) => [
    Buffer.from(text),
    Buffer.from(text, 'utf16le'),
    Buffer.from(Buffer.from(text).toString('base64').replace(/=+$/, '')),
    Buffer.from(Buffer.from(text).toString('hex')),
  ]);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false;
  const content = readFileSync(path);
  return forms.some((form) => content.includes(form));
}

/** Every file below a folder that holds one of the texts. */
function holding(folder: string, texts: string[]): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => holds(path, texts));
}

/** The same for what this user wrote since the test began outside of the home: temporary files, core dumps. */
async function writtenElsewhere(home: Home, texts: string[]): Promise<string[]> {
  const places = ['/tmp', '/var/tmp', '/dev/shm', '/var/lib/systemd/coredump', '/var/crash'];
  const { stdout } = await command(['find', ...places, '-xdev', '-type', 'f', '-uid', String(home.user.uid), '-not', '-path', `${home.path}/*`, '-print0'], { check: false });
  return stdout.split('\0').filter((path) => path !== '' && holds(path, texts));
}

const labels = { passphrase: 'Passphrase', password: 'Password', 'sudo-password': 'Password for sudo' } as const;

type Answers = Partial<Record<keyof typeof labels, string>>;

/** Who sits at the window: answers what the test's own port is asked, and what the page asks, with the same words. */
interface Person {
  client: PageClient;
  /** What was asked since the start, each with why it cannot be remembered (null: it can), in alphabetical order. */
  asked(): Promise<[kind: string, reason: string | null][]>;
  know(answers: Answers): Promise<void>;
  leave(): Promise<void>;
}

/**
 * The page wants to show its host too, and whoever comes first is asked: so its dialogs are answered as well, by keyboard,
 * with the box for remembering ticked.
 */
async function sitDown(page: Page, known: Answers): Promise<Person> {
  const client = await openClient(page);
  const asked: [string, string | null][] = [];
  let answers = known;
  let left = false;
  const tell = async (): Promise<void> => {
    await client.answers(Object.fromEntries(Object.entries(answers).map(([kind, value]) => [kind, { value, remember: true }])));
  };
  const answerOne = async (): Promise<void> => {
    const shown = await page.locator('[role=dialog] label').allTextContents();
    const kind = (Object.keys(labels) as (keyof typeof labels)[]).find((each) => shown.some((text) => text.trim() === labels[each]));
    if (kind === undefined) return;
    const field = page.getByLabel(labels[kind], { exact: true });
    const [note = ''] = await page.locator('[role=dialog]').getByText('not kept: ').allTextContents();
    asked.push([kind, /not kept: (.*)/.exec(note)?.[1] ?? null]);
    await field.fill(answers[kind] ?? '', { timeout: 2_000 });
    const remember = page.getByText('Remember in the keyring');
    if (await remember.isVisible()) await remember.click({ timeout: 2_000 });
    await page.keyboard.press(answers[kind] === undefined ? 'Escape' : 'Enter');
    // The next question may take its place at once.
    await field.waitFor({ state: 'detached', timeout: 2_000 });
  };
  const loop = (async () => {
    while (!left) {
      await answerOne().catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  await tell();
  return {
    client,
    async asked() {
      const own = (await client.asked()).map(({ kind, remember }): [string, string | null] => [String(kind), (remember as { reason: string | null }).reason]);
      return [...own, ...asked].sort(([one], [other]) => one.localeCompare(other));
    },
    async know(now) {
      answers = now;
      await tell();
    },
    async leave() {
      left = true;
      await loop;
    },
  };
}

describe.skipIf(missingRequirements().length > 0)('secrets', () => {
  let host: TestHost;
  let home: Home;
  let identity: string;
  let running: RunningApp | undefined;
  let person: Person;
  const known: Answers = { passphrase: canary, 'sudo-password': deployPassword };

  beforeAll(async () => {
    host = await bootHost({ image: 'web' });
  });
  afterAll(() => host?.stop());

  async function passphrase(from: string, to: string): Promise<void> {
    await command(['ssh-keygen', '-q', '-p', '-N', to, '-P', from, '-f', identity]);
    await command(['chown', `${home.user.uid}:${home.user.gid}`, identity]);
  }
  async function start(keyring: boolean): Promise<void> {
    home = await newHome();
    identity = home.write('.ssh/id_ed25519', readFileSync(host.identity));
    await passphrase('', canary);
    running = await startApp({ home, keyring });
    person = await sitDown(running.page, known);
  }
  async function again(answers: Answers): Promise<void> {
    await person.leave();
    running = await running!.restart();
    person = await sitDown(running.page, answers);
  }
  async function stop(): Promise<void> {
    await person?.leave();
    await running?.close();
    home.remove();
  }
  const call = (name: string, input: object) => person.client.call(name, input);
  const add = async () => call('hosts.add', { name: 'shop-1', address: `deploy@${host.address}`, identity, fingerprint: await host.hostKeyFingerprint() });
  const check = async () => {
    const { ok, failure } = await call('hosts.check', { name: 'shop-1' });
    return { ok, failure };
  };

  it('come from the keyring after a new start, go when they are wrong, and go with the host', async () => {
    await start(true);
    try {
      expect(await add()).toMatchObject({ ok: true });
      // Once typed, known for the session: the check signs in again and asks for sudo alone.
      expect(await check()).toEqual({ ok: true, failure: undefined });
      expect(await person.asked()).toEqual([
        ['passphrase', null],
        ['sudo-password', null],
      ]);
      expect(holding(home.path, [canary])).toEqual([]);

      await again({});
      expect(await check()).toEqual({ ok: true, failure: undefined });
      expect(await person.asked()).toEqual([]);
      expect(await call('settings.get', {})).toMatchObject({ value: { keyring: { name: 'keyring', reason: null } } });

      // The passphrase changes elsewhere: what is kept is tried once, then the person is asked, and what was right replaces it.
      await passphrase(canary, `${canary}-new`);
      await again({ passphrase: `${canary}-new` });
      expect(await check()).toEqual({ ok: true, failure: undefined });
      expect(await person.asked()).toEqual([['passphrase', null]]);
      await again({});
      expect(await check()).toEqual({ ok: true, failure: undefined });
      expect(await person.asked()).toEqual([]);

      expect(await call('hosts.remove', { name: 'shop-1' })).toMatchObject({ ok: true });
      expect(await add()).toMatchObject({ ok: false, failure: { problem: 'needs-input' } });
      // Nothing opens the key any more, and nothing is left to sign in with. The page, shown the server for a moment, may ask too.
      expect([...new Set((await person.asked()).map(([kind]) => kind))]).toEqual(['passphrase', 'password']);
    } finally {
      await stop();
    }
  });

  it('are saved nowhere where there is no keyring, and that is said', async () => {
    await start(false);
    try {
      expect(await add()).toMatchObject({ ok: true });
      expect(await check()).toEqual({ ok: true, failure: undefined });
      const reason = 'this session has no keyring (there is no D-Bus session)';
      expect(await person.asked()).toEqual([
        ['passphrase', reason],
        ['sudo-password', reason],
      ]);
      expect(await call('settings.get', {})).toMatchObject({ value: { keyring: { name: null, reason } } });
      // Also not in what a crash of the backend or of the page leaves behind, wherever this user may write.
      await person.leave();
      const { page, app } = running!;
      const restarted = page.evaluate("new Promise((done) => board.onBackend(({ state, restarts }) => state === 'up' && restarts === 1 && done(true)))");
      await app.evaluate(({ app: main }) => process.kill(main.getAppMetrics().find(({ name }) => name === 'ForgeBoard backend')!.pid, 'SIGABRT'));
      await restarted;
      const crashed = page.waitForEvent('crash');
      await app.evaluate(({ BrowserWindow }) => process.kill(BrowserWindow.getAllWindows()[0]!.webContents.getOSProcessId(), 'SIGABRT'));
      await crashed;
      await until(
        () => 'the log of both crashes',
        10_000,
        async () => /backend process ended.*page's process ended/s.test(readFileSync(join(home.path, '.config/forgeboard/forgeboard.log'), 'utf8')),
      );
      expect(holding(home.path, [canary, deployPassword])).toEqual([]);
      expect(await writtenElsewhere(home, [canary, deployPassword])).toEqual([]);
      for (const secret of [canary, deployPassword]) expect(running!.output()).not.toContain(secret);
      // The search itself finds what it looks for.
      const planted = home.write('.config/forgeboard/window/crashes/pending/planted.dmp', Buffer.concat([Buffer.alloc(70_000), Buffer.from(canary, 'utf16le')]));
      expect(holding(home.path, [canary])).toEqual([planted]);
      rmSync(planted);

      await again(known);
      expect(await check()).toEqual({ ok: true, failure: undefined });
      expect((await person.asked()).map(([kind]) => kind)).toEqual(['passphrase', 'sudo-password']);
    } finally {
      await stop();
    }
  });
});
