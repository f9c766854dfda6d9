import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { connect, findHostKey } from '../../electron/ssh/connect.ts';
import { noCredentials } from '../../electron/ssh/credentials.ts';
import { KnownHosts } from '../../electron/ssh/known-hosts.ts';
import type { Shell } from '../../electron/ssh/shell.ts';
import { openClient } from '../e2e/client.ts';
import { openDesktop } from '../e2e/desktop.ts';
import { builtApp, newHome, startApp } from '../e2e/harness.ts';
import { command } from '../hosts/command.ts';
import { bootHost, type TestHost } from '../hosts/host.ts';
import { bareXterm } from './bare-xterm.ts';
import { figure, print } from './figures.ts';
import { cpuMs, pss } from './memory.ts';

/*
 * The terminal in the real window, on a host on this machine: a key beside the channel's own echo, at rest and beside a pane that
 * prints at full speed; Ctrl-C during yes; a large cat beside a bare xterm.js page that is fed the same bytes from memory.
 */
const keys = 200;
const pieceMb = 25;

// Runs in the page. A key's time is that of its event; a render is seen as the change of the rows that xterm's renderer makes.
const watching = `(() => {
  const bench = window.bench = { at: 0, last: 0, waiting: null };
  addEventListener('keydown', (event) => { bench.at = event.timeStamp; }, true);
  bench.watch = (pane) => {
    bench.rows = document.querySelectorAll('.pane')[pane].querySelector('.xterm-rows');
    bench.observer?.disconnect();
    bench.observer = new MutationObserver(() => {
      bench.last = performance.now();
      const { waiting } = bench;
      if (waiting === null || !waiting.test(bench.rows.textContent)) return;
      bench.waiting = null;
      waiting.done(bench.last - bench.at);
    });
    bench.observer.observe(bench.rows, { subtree: true, childList: true, characterData: true });
  };
  bench.grows = (sign) => {
    const count = () => bench.rows.textContent.split(sign).length;
    const before = count();
    bench.result = new Promise((done) => { bench.waiting = { test: () => count() > before, done }; });
  };
  bench.shows = (text) => { bench.result = new Promise((done) => { bench.waiting = { test: (shown) => shown.includes(text), done }; }); };
  // Until nothing changed for half a second: how long after the key the last change came.
  bench.still = () => new Promise((done) => {
    const look = () => (performance.now() - Math.max(bench.last, bench.at) > 500 ? done(Math.max(0, bench.last - bench.at)) : setTimeout(look, 20));
    look();
  });
})()`;

export async function benchTerminal({ rounds, megabytes }: { rounds: number; megabytes: number }): Promise<void> {
  const loadBefore = loadavg()[0] ?? 0;
  const { executable } = await builtApp();
  const [host, home] = await Promise.all([bootHost({ image: 'base' }), newHome()]);
  const scratch = mkdtempSync(join(tmpdir(), 'forgeboard-bench-terminal-'));
  home.write('.ssh/id_ed25519', readFileSync(host.identity));
  await command(['chown', '-R', `${home.user.uid}:${home.user.gid}`, home.path]);
  const bareHome = await newHome();
  const bareDesktop = await openDesktop(bareHome, { keyring: false });
  const app = await startApp({ home, size: { width: 1280, height: 800 } });
  const { page } = app;
  const pid = app.app.process().pid ?? 0;
  const rows: Record<string, number[]> = {};
  const add = (name: string, ms: number) => {
    rows[name] ??= [];
    rows[name].push(ms);
  };
  try {
    const client = await openClient(page);
    const added = await client.call('hosts.add', {
      name: 'shop-1',
      address: `ops@${host.address}:${host.port}`,
      identity: join(home.path, '.ssh/id_ed25519'),
      fingerprint: await host.hostKeyFingerprint(),
    });
    if (!added.ok) throw new Error(JSON.stringify(added.failure));
    await page.evaluate('void (location.hash = "#/hosts/shop-1")');
    await page.waitForTimeout(5_000);
    const memory = { idlePssMb: pss(pid), peakPssMb: 0, afterPssMb: 0 };
    await page.evaluate('void (location.hash = "#/hosts/shop-1/terminal")');
    await page.locator('.xterm-rows').getByText(/\$/).first().waitFor({ timeout: 30_000 });
    await page.evaluate(watching);
    await page.evaluate('bench.watch(0)');

    const channel = await ownChannel(host, scratch);
    await type(page, 'cat\n');
    await page.waitForTimeout(300);
    await typed(
      page,
      channel,
      keys,
      (ms) => add('key to render, idle', ms),
      (ms) => add("the channel's own echo, idle", ms),
    );
    await page.keyboard.press('Control+c');

    await page.keyboard.press('Control+Shift+Backslash');
    await page.locator('.pane').nth(1).locator('.xterm-rows').getByText(/\$/).first().waitFor({ timeout: 30_000 });
    await type(page, 'yes "a line of a program that prints at full speed, as long as most lines are"\n');
    await page.keyboard.press('Control+Shift+ArrowUp');
    await page.keyboard.press('Control+Shift+ArrowLeft');
    await type(page, 'cat\n');
    await page.waitForTimeout(1_000);
    await typed(
      page,
      channel,
      keys,
      (ms) => add('key to render, beside a flood', ms),
      (ms) => add("the channel's own echo, beside it", ms),
    );
    await page.keyboard.press('Control+c');
    await page.keyboard.press('Control+Shift+ArrowDown');
    await page.keyboard.press('Control+Shift+ArrowRight');
    await page.waitForTimeout(300);
    await page.keyboard.press('Control+c');
    await page.waitForTimeout(1_000);
    await page.keyboard.press('Control+Shift+w');
    await page.waitForTimeout(500);

    await page.evaluate('bench.watch(0)');
    for (let round = 0; round < 10; round += 1) {
      await type(page, 'yes\n');
      await page.waitForTimeout(700 + 37 * round);
      await page.keyboard.press('Control+c');
      add('Ctrl-C during yes, to the last change', (await page.evaluate('bench.still()')) as number);
    }
    channel.close();

    // The same bytes on both sides: a piece of a few megabytes, again and again.
    const times = Math.max(1, Math.round(megabytes / pieceMb));
    const piece = pieceOf(pieceMb);
    const file = join(bareHome.path, 'piece');
    writeFileSync(file, piece, { mode: 0o644 });
    await host.write('/tmp/piece', piece);
    await host.run(['sh', '-c', `for n in $(seq ${times}); do cat /tmp/piece; done > /tmp/large`]);
    const [columns, lines] = (await page.evaluate(
      `[Math.floor(document.querySelector('.xterm-screen').clientWidth / 7.5), document.querySelector('.xterm-rows').childElementCount]`,
    )) as [number, number];
    for (let round = 0; round < rounds; round += 1) {
      const bare = await bareXterm(executable, bareDesktop, bareHome.user, { columns, rows: lines, times, file });
      add('bare xterm.js, fed from memory', bare.ms);
      add('  that page, processor', bare.cpu);
      const looking = setInterval(() => (memory.peakPssMb = Math.max(memory.peakPssMb, pss(pid))), 500);
      await type(page, `clear; cat /tmp/large; echo all-$((40 + ${round}))`);
      await page.evaluate(`bench.shows("all-${40 + round}")`);
      const [drawing, carrying] = [cpuMs(pid, 'renderer'), cpuMs(pid, 'utility')];
      await page.keyboard.press('Enter');
      add('cat in the window', (await page.evaluate('bench.result')) as number);
      add('  its page, processor', cpuMs(pid, 'renderer') - drawing);
      add('  its backend and the network, processor', cpuMs(pid, 'utility') - carrying);
      clearInterval(looking);
    }
    if (existsSync('/usr/bin/xterm')) {
      const began = performance.now();
      await command(['setpriv', `--reuid=${bareHome.user.uid}`, `--regid=${bareHome.user.gid}`, '--clear-groups', 'xterm', '-e', 'cat', file], {
        env: bareDesktop.env,
        check: false,
      });
      add(`Debian's xterm, ${pieceMb} MB only`, performance.now() - began);
    }
    await page.keyboard.press('Control+Shift+w');
    await page.evaluate('void (location.hash = "#/hosts/shop-1")');
    await page.waitForTimeout(30_000);
    memory.afterPssMb = pss(pid);
    report(rows, { megabytes: times * pieceMb, memory, loadBefore });
  } finally {
    await app.close();
    await bareDesktop.close();
    home.remove();
    bareHome.remove();
    rmSync(scratch, { recursive: true, force: true });
    await host.stop();
  }
}

/** Keys one by one in the window, and after each the same on a channel of our own: the load is the same for both. */
async function typed(page: Page, channel: Shell & { echo(): Promise<number> }, count: number, ours: (ms: number) => void, theirs: (ms: number) => void): Promise<void> {
  for (let key = 0; key < count; key += 1) {
    await page.evaluate('bench.grows("q")');
    await page.keyboard.press('q');
    ours((await page.evaluate('bench.result')) as number);
    theirs(await channel.echo());
    await page.waitForTimeout(25);
  }
}

async function type(page: Page, text: string): Promise<void> {
  await page.keyboard.type(text);
}

/** A terminal on a connection of its own, in which cat runs. */
async function ownChannel(host: TestHost, scratch: string): Promise<Shell & { echo(): Promise<number> }> {
  const known = new KnownHosts({ read: [join(scratch, 'known_hosts')], append: join(scratch, 'known_hosts') });
  const target = { address: host.address, port: host.port, user: 'ops', identity: host.identity, agent: false as const };
  await known.accept(host.address, host.port, await findHostKey(target, await host.hostKeyFingerprint()));
  const connection = await connect(target, { hostKeys: { known }, credentials: noCredentials, name: 'bench' });
  const shell = await connection.shell({ columns: 80, rows: 24, command: 'cat' });
  let heard: ((at: number) => void) | undefined;
  shell.onOutput(() => heard?.(performance.now()));
  return {
    ...shell,
    close: () => connection.close(),
    echo: () =>
      new Promise((resolve) => {
        const began = performance.now();
        heard = (at) => {
          heard = undefined;
          resolve(at - began);
        };
        shell.write('q');
      }),
  };
}

/** Text as programs print it: lines of different lengths, some of them coloured. Always the same. */
function pieceOf(mb: number): string {
  const lines: string[] = [];
  let length = 0;
  for (let line = 0; length < mb * 1e6; line += 1) {
    const text = `2026-05-14 16:4${line % 10}:${String(line % 60).padStart(2, '0')} ${line % 7 === 0 ? '\u001b[33mwarning\u001b[0m' : 'info'} worker-${line % 4} ${'handled a request in '.repeat(1 + (line % 4))}${(line * 7919) % 997} ms\n`;
    lines.push(text);
    length += text.length;
  }
  return lines.join('');
}

function report(times: Record<string, number[]>, { megabytes, memory, loadBefore }: { megabytes: number; memory: Record<string, number>; loadBefore: number }): void {
  const p95 = (name: string) => [...(times[name] ?? [])].sort((one, other) => one - other)[Math.floor((times[name]?.length ?? 0) * 0.95)] ?? Number.NaN;
  const rows = Object.fromEntries(Object.entries(times).map(([name, all]) => [name, figure(all)]));
  const idle = p95('key to render, idle') - p95("the channel's own echo, idle");
  const flooded = p95('key to render, beside a flood') - p95("the channel's own echo, beside it");
  const share = (rows['bare xterm.js, fed from memory']?.median ?? 0) / (rows['cat in the window']?.median ?? 1);
  const shown = (value: number) => Math.round(value * 10) / 10;
  const notes = [
    'From the event of a key to the change of the rows that its echo makes; the echo of a channel of its own after each key.',
    `p95 above the channel's own: idle ${shown(idle)} ms (to hold: 25), beside a flood ${shown(flooded)} ms (to hold: 50).`,
    `Ctrl-C during yes: at most ${rows['Ctrl-C during yes, to the last change']?.most} ms (to hold: 300).`,
    `cat of ${megabytes} MB: ${shown((megabytes * 1000) / (rows['cat in the window']?.median ?? 1))} MB/s, ${Math.round(share * 100)} % of the bare page (to hold: 80); interleaved, the bare page has no server.`,
    `Memory of all processes, PSS: ${memory.idlePssMb} MB before, at most ${memory.peakPssMb} MB (to hold: 400), ${memory.afterPssMb} MB half a minute after closing (to hold: ${Math.round((memory.idlePssMb ?? 0) * 1.1)}).`,
    `Load before ${shown(loadBefore)}, after ${shown(loadavg()[0] ?? 0)}.`,
  ];
  print('The terminal', notes, rows, { p95: { idle, flooded }, share, memory, loadBefore });
}
