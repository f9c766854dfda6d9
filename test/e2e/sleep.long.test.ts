import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { openBoard } from '../electron/board.ts';
import { command, until } from '../hosts/command.ts';
import { bootHost } from '../hosts/host.ts';
import { openClient } from './client.ts';
import { newHome, startApp } from './harness.ts';

/*
 * A laptop that slept and wakes in another network: six terminals, two logs that are followed and a forward in the real window;
 * sshd stands still for a minute, then this machine has another address and sshd goes on. SLEEP_SECONDS=5 sleeps shorter. Printed
 * at the end: how long after the network each was back.
 */
const seconds = Number(process.env.SLEEP_SECONDS ?? 60);

const app = `import itertools, threading, time


def talk():
    for number in itertools.count():
        print("tick", number, flush=True)
        time.sleep(0.1)


threading.Thread(target=talk, daemon=True).start()


def app(environ, start_response):
    start_response("200 OK", [])
    return [b"carried"]
`;

it('everything is back within five seconds of the network, no line twice, nothing that was on a screen lost, and it signs in once', async () => {
  const [host, home] = await Promise.all([bootHost({ image: 'web' }), newHome()]);
  const board = await openBoard(host);
  home.write('.ssh/id_ed25519', readFileSync(host.identity));
  await command(['chown', '-R', `${home.user.uid}:${home.user.gid}`, home.path]);
  const running = await startApp({ home, size: { width: 1280, height: 800 } });
  const { page } = running;
  try {
    await board.call('hosts.prepare', { name: 'box', yes: true });
    const forgeboard = 'type: wsgi\nentry_point: app:app\nworkers: 1\n';
    const { url } = await board.deploy(await board.sample('ticks', { 'app.py': app, 'requirements.txt': '', 'forgeboard.yml': forgeboard }), 'ticks');
    await board.close();

    const client = await openClient(page);
    const added = await client.call('hosts.add', {
      name: 'fra-1',
      address: `root@${host.address}:${host.port}`,
      identity: join(home.path, '.ssh/id_ed25519'),
      fingerprint: await host.hostKeyFingerprint(),
    });
    expect(added).toMatchObject({ ok: true });
    await openTerminals(page);
    const tail = { host: 'fra-1', lines: 10, follow: true };
    await client.begin(1, 'logs.tail', { ...tail, app: 'ticks' });
    await client.begin(2, 'logs.host', tail);
    await client.begin(3, 'forwards.open', { host: 'fra-1', forward: `18099:127.0.0.1:${new URL(url).port}` });
    const ticks = async (id: number) => (await client.events(id)).flatMap(({ type, text }) => (type === 'line' ? (/tick (\d+)/.exec(String(text))?.[1] ?? []) : [])).map(Number);
    const carried = async () => (await fetch('http://127.0.0.1:18099/', { headers: { connection: 'close' }, signal: AbortSignal.timeout(3_000) })).text().catch(() => '');
    await until(
      () => 'ticks in both logs',
      20_000,
      async () => (await ticks(1)).length > 10 && (await ticks(2)).length > 10,
    );
    expect(await carried()).toBe('carried');

    await host.freezeSshd();
    const asleep = new Date();
    const before = { app: (await ticks(1)).at(-1) ?? 0, host: (await ticks(2)).at(-1) ?? 0 };
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    await host.moveLaptop();
    await host.thawSshd();
    const awake = performance.now();
    const back: Record<string, number> = {};
    const when = async (name: string, is: () => Promise<boolean>): Promise<void> => {
      await until(() => `${name} is back`, 60_000, is);
      back[name] = Math.round(performance.now() - awake);
    };
    await Promise.all([
      when('the log of the app', async () => ((await ticks(1)).at(-1) ?? 0) > before.app + 10),
      when('the log of the server', async () => ((await ticks(2)).at(-1) ?? 0) > before.host + 10),
      when('the forward', async () => (await carried().catch(() => '')) === 'carried'),
      // Those of the other tab are not drawn: the server knows of them.
      when('a shell for each of six terminals', async () => {
        const { stdout } = await host.run(['ps', '-C', 'bash', '-o', 'etimes='], { check: false });
        return stdout.split('\n').filter((age) => age.trim() !== '' && Number(age) < seconds).length === 6;
      }),
      ...[0, 1].map((at) => when(`terminal ${at + 1}, on its screen`, async () => (await screenOf(page, at)).includes('back '))),
    ]);
    console.log(back);
    for (const panes of [2, 4]) {
      if (panes === 4) await page.locator('.terminal-tab .choose').first().click();
      for (let at = 0; at < panes; at += 1) {
        // What was there stands above the note, and the new shell answers.
        const whole = new RegExp(`pane-${panes}-${at}-42[^]*connection lost[^]*back`);
        await until(
          () => `terminal ${at + 1} with its lines`,
          20_000,
          async () => whole.test(await screenOf(page, at)),
        );
        await page.locator('.pane').nth(at).click();
        await page.keyboard.type(`echo again-${at}-$((6*8))\n`);
        await until(
          () => `terminal ${at + 1} answers`,
          20_000,
          async () => (await screenOf(page, at)).includes(`again-${at}-48`),
        );
      }
    }
    for (const id of [1, 2]) {
      const seen = await ticks(id);
      expect(seen).toEqual(Array.from({ length: seen.length }, (_none, index) => (seen[0] ?? 0) + index));
    }
    const since = `${asleep.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
    const accepted = (await host.run(['journalctl', '-u', 'ssh', '--since', since, '--no-pager', '-o', 'cat'])).stdout.split('\n').filter((line) => line.startsWith('Accepted'));
    expect(accepted).toHaveLength(1);
    expect(Math.max(...Object.values(back))).toBeLessThan(5_000);
  } finally {
    await page.screenshot({ path: join('test-output', 'sleep.png') }).catch(() => {});
    await running.close();
    home.remove();
    await host.stop();
  }
});

const screenOf = async (page: Page, at: number): Promise<string> => (await page.locator('.pane').nth(at).locator('.xterm-rows').textContent()) ?? '';

/** A tab with four terminals and one with two, each with a line of its own on its screen. */
async function openTerminals(page: Page): Promise<void> {
  await page.evaluate('void (location.hash = "#/hosts/fra-1/terminal")');
  for (const panes of [4, 2]) {
    if (panes === 2) await page.getByRole('button', { name: 'Another terminal on fra-1' }).click();
    for (let at = 0; at < panes; at += 1) {
      if (at > 0) await page.keyboard.press('Control+Shift+Backslash');
      await page.locator('.pane').nth(at).locator('.xterm-rows').getByText(/[$#]/).first().waitFor({ timeout: 30_000 });
    }
    for (let at = 0; at < panes; at += 1) {
      await page.locator('.pane').nth(at).click();
      await page.keyboard.type(`echo pane-${panes}-${at}-$((6*7))\n`);
      await page.locator('.pane').nth(at).locator('.xterm-rows').getByText(`pane-${panes}-${at}-42`).waitFor({ timeout: 20_000 });
    }
  }
}
