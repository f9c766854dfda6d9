import { describe, expect, it } from 'vitest';
import { applied, deploy, firstDeploy, follow, plain, startDeploy } from './deploying.ts';
import { host, kit, withPreparedHost } from './prepared-host.ts';

withPreparedHost();

const out = async (...argv: string[]) => (await host.run(argv, { check: false })).stdout.trim();

/** What `systemd-analyze security` says of a unit: its score, and the settings that it counts against it. */
async function exposure(unit: string): Promise<{ score: number; open: string[] }> {
  const lines = (await out('systemd-analyze', 'security', '--no-pager', unit)).split('\n');
  const score = Number(/level for \S+: ([\d.]+) /.exec(lines.at(-1) ?? '')?.[1] ?? 10);
  console.log(`${unit}: ${score}`);
  return { score, open: lines.flatMap((line) => (line.startsWith('✗') ? [line.split(/\s+/)[1] ?? ''] : [])) };
}

describe('the unit that starts an app at boot', () => {
  const unit = 'forgeboard-boots.boot.service';
  /** Each setting that is left out, and what would be needed to have it: the unit does not work with that. */
  const relaxed: Record<string, string> = {
    'RootDirectory=/RootImage=': 'RootDirectory=/srv/forgeboard/boots/data',
    'User=/DynamicUser=': 'User=nobody',
    'RestrictAddressFamilies=~AF_UNIX': 'RestrictAddressFamilies=none',
  };
  const boots = async (more = '') => {
    await host.run([
      'sh',
      '-c',
      `mkdir -p /run/systemd/system/${unit}.d && printf '[Service]\\n%s\\n' '${more}' > /run/systemd/system/${unit}.d/more.conf && systemctl daemon-reload`,
    ]);
    await host.run(['systemctl', 'stop', unit, 'forgeboard-boots.web@a.service']);
    // Five starts in ten seconds are all that systemd allows otherwise, and the sixth would fail whatever its settings.
    await host.run(['systemctl', 'reset-failed', unit, 'forgeboard-boots.web@a.service'], { check: false });
    return (
      (await host.run(['systemctl', 'start', unit], { check: false })).code === 0 &&
      (await out('systemctl', 'show', '-p', 'ActiveState', '--value', 'forgeboard-boots.web@a.service')) !== 'inactive'
    );
  };

  it('is exposed 0.5 at most, and needs what it is left', async () => {
    await firstDeploy(kit, 'boots', 9200, plain('a'));
    const { score, open } = await exposure(unit);
    expect(score).toBeLessThanOrEqual(0.5);
    // The clock is named by ProtectClock= itself, which lets it be read.
    expect(open.filter((name) => name !== 'DeviceAllow=').sort()).toEqual(Object.keys(relaxed).sort());
    expect(await boots()).toBe(true);
    for (const setting of Object.values(relaxed)) expect(await boots(setting), setting).toBe(false);
    expect(await boots('ProtectClock=no')).toBe(true);
    expect((await exposure(unit)).score).toBeGreaterThan(score);
  });
});

describe('the unit of packages and hooks', () => {
  const python = (text: string) => ['/usr/bin/python3', '-c', text];
  const fetches = python('import urllib.request; urllib.request.urlopen("http://127.0.0.1:9201/", timeout=5)');
  /** Each setting that is left out, the closest that could be had instead, and what of a build fails with it. */
  const relaxed: Record<string, { instead: string; breaks: string[] }> = {
    'PrivateNetwork=': { instead: 'PrivateNetwork=yes', breaks: fetches },
    'RestrictAddressFamilies=~AF_(INET|INET6)': { instead: 'RestrictAddressFamilies=~AF_INET AF_INET6', breaks: fetches },
    // A migration speaks so with a database on the same server, and helpers of one program with each other.
    'RestrictAddressFamilies=~AF_UNIX': { instead: 'RestrictAddressFamilies=~AF_UNIX', breaks: python('import multiprocessing; multiprocessing.Manager()') },
    // What compiles while it runs, such as Node.js, whose packages a build of styles and scripts uses.
    'MemoryDenyWriteExecute=': {
      instead: 'MemoryDenyWriteExecute=yes',
      breaks: python('import mmap; mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)'),
    },
    'RootDirectory=/RootImage=': { instead: 'RootDirectory=/srv/forgeboard/builds/data', breaks: python('pass') },
  };
  /** Runs it as the kit does, with one setting more; its exit status. */
  const confined = async (command: string[], more: string[] = []) => {
    const script = `import glob, json, sys
sys.path.insert(0, max(glob.glob("/usr/local/lib/forgeboard/kit-*.pyz")))
from forgekit import confined
command, more = json.loads(sys.argv[1])
place = confined.Place("fb-builds", "/srv/forgeboard/builds/data", "/srv/forgeboard", [], ["/srv/forgeboard/builds/data"])
place.properties += more
sys.exit(confined.run("builds", place, command, lambda text: None)[0])`;
    return (await host.run(['python3', '-c', script, JSON.stringify([command, more])], { check: false })).code;
  };

  it('is exposed 1.1 at most, and needs what it is left', async () => {
    const spec = await firstDeploy(kit, 'builds', 9201, plain('a'));
    const waits = { ...spec, before: [['/bin/sh', '-c', 'while [ ! -e "$DATA_DIR/go" ]; do sleep 0.1; done']] };
    const number = await startDeploy(kit, 'builds', plain('b'), { spec: waits, apply: applied(waits) });
    await expect.poll(() => out('systemctl', 'is-active', 'forgeboard-build-builds.service'), { interval: 50 }).toBe('active');
    const { score, open } = await exposure('forgeboard-build-builds.service');
    await host.run(['touch', '/srv/forgeboard/builds/data/go']);
    expect((await follow(kit, 'builds', number)).end?.outcome).toBe('live');
    expect(score).toBeLessThanOrEqual(1.1);
    // IPAddressDeny= is the same network by another filter, which the kernel does not offer to the containers of these tests.
    expect(open.filter((name) => !['DeviceAllow=', 'IPAddressDeny='].includes(name)).sort()).toEqual(Object.keys(relaxed).sort());
    for (const [name, { instead, breaks }] of Object.entries(relaxed)) {
      expect(await confined(breaks), name).toBe(0);
      expect(await confined(breaks, [instead]), name).not.toBe(0);
    }
  });

  it('installs packages with programs in them, that the app can run', async () => {
    const spec = await firstDeploy(kit, 'runs', 9202, plain('a', { 'requirements.txt': 'flask\n' }));
    const wanted = { ...spec, before: [['flask', '--version']] };
    expect((await deploy(kit, 'runs', plain('b', { 'requirements.txt': 'flask\n' }), { spec: wanted, apply: applied(wanted) })).end?.outcome).toBe('live');
  });
});
