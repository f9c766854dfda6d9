import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Forge, forge } from '../../../electron/forge.ts';
import { root } from '../../../build/run.ts';
import type { HostState, Sample } from '../../../shared/contract/hosts.ts';
import { missingRequirements } from '../../hosts/debian.ts';
import type { Shell } from '../../../electron/ssh/shell.ts';
import { bootHost, type TestHost } from '../../hosts/host.ts';

describe.skipIf(missingRequirements().length > 0)('a host that is looked at', () => {
  let host: TestHost;
  let home: string;
  let opened: Forge;

  function call(name: string, input: unknown, signal = new AbortController().signal) {
    const events: unknown[] = [];
    const done = opened.dispatch(name, input, { actor: { name: 'ana@laptop', role: 'admin' }, emit: (event) => void events.push(event), ask: async () => undefined, signal });
    return { events, done };
  }
  const value = async (name: string, input: unknown) => {
    const outcome = await call(name, input).done;
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.failure));
    return outcome.value as Record<string, unknown>;
  };

  beforeAll(async () => {
    host = await bootHost({ image: 'web' });
    home = mkdtempSync(join(tmpdir(), 'forgeboard-live-'));
    vi.stubEnv('FORGEBOARD_HOME', home);
    vi.stubEnv('SSH_AUTH_SOCK', '');
    opened = forge({ home, log: () => {} });
    await value('hosts.add', { name: 'shop-1', address: `ops@${host.address}`, identity: host.identity, fingerprint: await host.hostKeyFingerprint() });
    await value('hosts.prepare', { name: 'shop-1', yes: true });
    await value('deployments.start', { folder: opened.openFolder(join(root, 'assets/samples/flask')), host: 'shop-1', app: 'shop' });
  });
  afterAll(async () => {
    opened?.close();
    await host?.stop();
    rmSync(home, { recursive: true, force: true });
    vi.unstubAllEnvs();
  });

  it('tells its figures once a second, and each app’s', async () => {
    const stop = new AbortController();
    const { events, done } = call('hosts.watch', { name: 'shop-1' }, stop.signal);
    const samples = events as Sample[];
    await vi.waitFor(() => expect(samples.length).toBeGreaterThan(3), { timeout: 10_000 });
    // Something to do.
    await host.run(['timeout', '2', 'sh', '-c', 'while :; do :; done'], { check: false });
    stop.abort();
    expect(await done).toMatchObject({ ok: true, value: { samples: samples.length } });
    const gaps = samples.slice(2).map(({ at }, index) => Date.parse(at) - Date.parse(samples[index + 1]!.at));
    expect(gaps.every((gap) => gap > 700 && gap < 2500)).toBe(true);
    for (const { cpu, memory, disk, network, uptime } of samples) {
      expect(cpu.used).toBeGreaterThanOrEqual(0);
      expect(cpu.used).toBeLessThanOrEqual(1);
      expect(memory.used).toBeGreaterThan(10e6);
      expect(memory.used).toBeLessThan(memory.total);
      expect(disk.used).toBeLessThan(disk.total);
      expect(network.inRate).toBeGreaterThanOrEqual(0);
      expect(uptime).toBeGreaterThan(0);
    }
    expect(Math.max(...samples.map(({ cpu }) => cpu.used))).toBeGreaterThan(0.3);
    const [app] = samples.at(-1)!.apps;
    expect(app?.app).toBe('shop');
    expect(app?.memory).toBeGreaterThan(5e6);
    expect(app?.cpu).toBeGreaterThanOrEqual(0);
  });

  it('is found again after its connection was cut: states say so, and the figures go on by themselves', async () => {
    const stop = new AbortController();
    const states = call('hosts.states', {}, stop.signal);
    const watch = call('hosts.watch', { name: 'shop-1' }, stop.signal);
    await vi.waitFor(() => expect(watch.events.length).toBeGreaterThan(1), { timeout: 10_000 });
    const before = watch.events.length;
    await host.resetConnections();
    await vi.waitFor(() => expect((states.events as HostState[]).map(({ state }) => state)).toEqual(expect.arrayContaining(['lost', 'connecting'])), { timeout: 10_000 });
    await vi.waitFor(() => expect(watch.events.length).toBeGreaterThan(before + 2), { timeout: 15_000 });
    expect((states.events as HostState[]).at(-1)).toMatchObject({ host: 'shop-1', state: 'ready', reason: null });
    expect((states.events as HostState[]).find(({ state }) => state === 'lost')).toMatchObject({ problem: 'unreachable', reason: expect.stringContaining('lost') });
    stop.abort();
    expect(await states.done).toEqual({ ok: true, value: {} });
    expect(await watch.done).toMatchObject({ ok: true });
  });

  it('is probed without signing in: a known key, a changed one, an address where nobody is', async () => {
    const address = `ops@${host.address}`;
    expect(await value('hosts.probe', { address })).toMatchObject({
      fingerprint: await host.hostKeyFingerprint(),
      verdict: 'known',
      before: [],
      file: join(home, 'known_hosts'),
      command: expect.stringContaining('ssh-keygen -lf'),
    });
    expect(await call('hosts.probe', { address: `${address}:1` }).done).toMatchObject({ ok: false, failure: { problem: 'unreachable' } });
    expect(await value('hosts.connect', { name: 'shop-1' })).toEqual({ connected: true });
  });

  it.each([
    ['at home', {}, 'uid=1001(ops)', '/home/ops'],
    ['in the app’s data folder, as root where sudo asks nothing', { app: 'shop' }, 'uid=0(root)', '/srv/forgeboard/shop/data'],
  ])('opens a terminal %s, given once for its ticket, and nothing typed at once is lost', async (_where, more, who, where) => {
    const { ticket } = (await value('terminals.open', { host: 'shop-1', columns: 100, rows: 30, ...more })) as { ticket: string };
    const shell = opened.terminal(ticket)!;
    expect(opened.terminal(ticket)).toBeUndefined();
    let said = '';
    shell.onOutput((bytes) => {
      said += bytes.toString();
    });
    for (let columns = 2; columns < 1_000; columns += 2) shell.resize(columns, 30);
    shell.resize(120, 40);
    shell.write('id; pwd; stty size; exit 3\n');
    expect(await shell.ended).toEqual({ code: 3 });
    expect(said).toContain(who);
    expect(said).toContain(`${where}\r\n`);
    expect(said).toContain('40 120');
    expect(said).not.toContain('\u0001');
  });

  it('opens one with the app’s own user, variables and packages; no value is in an argument or the journal', async () => {
    await value('variables.set', {
      host: 'shop-1',
      app: 'shop',
      set: [
        { name: 'GREETING', value: 'hello $HOME "you"' },
        { name: 'API_KEY', value: 's3cr3t-of-the-shop', secret: true },
      ],
    });
    const { ticket } = (await value('terminals.open', { host: 'shop-1', app: 'shop', environment: true, columns: 200, rows: 30 })) as { ticket: string };
    const shell = opened.terminal(ticket)!;
    let said = '';
    shell.onOutput((bytes) => {
      said += bytes.toString();
    });
    shell.write('id -un; pwd; which python; echo "<$GREETING>"; (exit 7)\n');
    await vi.waitFor(() => expect(said).toContain('\u001b]133;D;7\u0007\u001b]133;A\u0007'), { timeout: 10_000 });
    expect(said).toMatch(/^fb-shop\r$/m);
    expect(said).toMatch(/^\/srv\/forgeboard\/shop\/slots\/[ab]\/venv\/bin\/python\r$/m);
    expect(said).toContain('<hello $HOME "you">');
    const told = await host.run(['sh', '-c', 'cat /proc/[0-9]*/cmdline; journalctl -q --no-pager'], { check: false });
    expect(told.stdout).not.toContain('s3cr3t-of-the-shop');
    // systemd-run may lose what a program says as its last.
    shell.write('echo $API_KEY\n');
    await vi.waitFor(() => expect(said).toContain('s3cr3t-of-the-shop'), { timeout: 10_000 });
    shell.write('exit 4\n');
    expect(await shell.ended).toEqual({ code: 4 });
  });

  it('records a terminal in a file of this computer from its first byte, as text; begun and ended at will', async () => {
    const { ticket } = (await value('terminals.open', { host: 'shop-1', app: 'shop', columns: 200, rows: 30, record: true })) as { ticket: string };
    const shell = opened.terminal(ticket)!;
    const files: (string | null)[] = [];
    shell.onRecording(({ file }) => void files.push(file));
    let said = '';
    shell.onOutput((bytes) => {
      said += bytes.toString();
    });
    const heard = (words: string) => vi.waitFor(() => expect(said).toContain(words), { timeout: 10_000 });
    shell.write('printf "\\033[31mred\\033[0m %s\\n" one\n');
    await heard('\u001b[31mred\u001b[0m one');
    await shell.record(false);
    shell.write('echo $((40+2))-unseen\n');
    await heard('42-unseen');
    await shell.record(true);
    shell.write('seq 200000 | tail -1; exit 5\n');
    expect(await shell.ended).toEqual({ code: 5 });
    await vi.waitFor(() => expect(files).toEqual([expect.stringMatching(/^shop-1_shop_[\d-]+_[\d-]+\.log$/), null, expect.stringMatching(/^shop-1_shop_.*\.log$/), null]));
    const folder = join(process.env.FORGEBOARD_HOME ?? '', 'sessions');
    expect([(await stat(folder)).mode & 0o777, (await stat(join(folder, files[0] ?? ''))).mode & 0o777]).toEqual([0o700, 0o600]);
    const read = (at: number) =>
      vi.waitFor(async () => {
        const text = await readFile(join(folder, files[at] ?? ''), 'utf8');
        expect(text).toMatch(/\n# until \S+Z\n$/);
        return text;
      });
    expect(await read(0)).toMatch(/^# shop-1, shop, from \S+Z\n[\s\S]*^red one$/m);
    expect(await read(2)).toMatch(/^200000$/m);
    const both = (await read(0)) + (await read(2));
    expect([both.includes('\u001b'), both.includes('42-unseen')]).toEqual([false, false]);
  });

  /** How many connections of ours sshd holds. */
  const connections = async () => Number((await host.run(['sh', '-c', 'pgrep -cf "^sshd: ops \\[priv\\]"'], { check: false })).stdout.trim());
  const open = async () => opened.terminal((await value('terminals.open', { host: 'shop-1', columns: 80, rows: 24 })).ticket as string)!;
  const close = async (shells: Shell[]) => {
    for (const shell of shells) shell.close();
    await Promise.all(shells.map(({ ended }) => ended));
  };

  it('opens six terminals on its one connection, and its commands still run; the seventh opens a second, which goes with it', async () => {
    const six = await Promise.all(Array.from({ length: 6 }, open));
    expect(await connections()).toBe(1);
    expect(await value('hosts.check', { name: 'shop-1' })).toMatchObject({ ready: true });
    const seventh = await open();
    expect(await connections()).toBe(2);
    await close([seventh]);
    await vi.waitFor(async () => expect(await connections()).toBe(1), { timeout: 10_000 });
    await close(six);
  });

  it('has all its terminals again after the server was away, with one authentication', async () => {
    const logins = async () => Number((await host.run(['sh', '-c', 'journalctl -q -u ssh --grep "Accepted .* for ops" | wc -l'])).stdout);
    const six = await Promise.all(Array.from({ length: 6 }, open));
    // The end comes after what was printed.
    for (const shell of six) shell.onOutput(() => {});
    await host.run(['systemctl', 'stop', 'ssh']);
    await host.resetConnections();
    expect((await Promise.all(six.map(({ ended }) => ended))).every(({ failure }) => failure?.problem === 'unreachable')).toBe(true);
    const before = await logins();
    const states = call('hosts.states', {});
    const waiting = Array.from({ length: 6 }, () => value('terminals.open', { host: 'shop-1', columns: 80, rows: 24, wait: true }));
    await vi.waitFor(() => expect((states.events as HostState[]).map(({ state }) => state)).toContain('waiting'), { timeout: 10_000 });
    await host.run(['systemctl', 'start', 'ssh']);
    const again = (await Promise.all(waiting)).map(({ ticket }) => opened.terminal(ticket as string)!);
    await vi.waitFor(async () => expect(await logins()).toBe(before + 1), { timeout: 10_000 });
    expect(await connections()).toBe(1);
    await close(again);
  });

  it('opens three terminals where sshd allows one session on a connection, and its commands still run', async () => {
    await host.write('/etc/ssh/sshd_config.d/00-test.conf', 'MaxSessions 1\n');
    await host.run(['systemctl', 'restart', 'ssh']);
    await host.resetConnections();
    // The terminal comes first, and takes the one session that there is.
    const first = await open();
    expect(await value('hosts.check', { name: 'shop-1' })).toMatchObject({ ready: true });
    const others = [await open(), await open()];
    const said = await Promise.all(
      [first, ...others].map(
        (shell, index) =>
          new Promise<string>((resolve) => {
            let heard = '';
            shell.onOutput((bytes) => {
              heard += bytes.toString();
              if (heard.includes(`${index}-here`)) resolve('heard');
            });
            shell.write(`echo ${index}-"here"\n`);
          }),
      ),
    );
    expect(said).toEqual(['heard', 'heard', 'heard']);
    await close([first, ...others]);
  });
});
