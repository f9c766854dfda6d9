import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { AppSpec } from '../../../shared/rules/spec.ts';
import { applied, deploy, fetched, firstDeploy, follow, type Folder, killHolder, load, plain, specOf, startDeploy, type StartOptions } from '../deploying.ts';
import { host, kit, withPreparedHost } from '../prepared-host.ts';

withPreparedHost();

const out = async (...argv: string[]) => (await host.run(argv, { check: false })).stdout.trim();
const drained = (app: string) => host.run(['flock', `/var/lib/forgeboard/locks/${app}.drain`, 'true']);
const source = (text: string): Folder => ({ 'app.py': text, 'requirements.txt': '' });
const answering = (before: string, answer: string) => source(`${before}\n\n\ndef app(environ, start_response):\n    start_response("200 OK", [])\n    return [b"${answer}"]\n`);
const changed = async (app: string, spec: AppSpec, folder: Folder, more: Partial<AppSpec>, options: StartOptions = {}) => {
  const wanted = { ...spec, ...more };
  return deploy(kit, app, folder, { spec: wanted, apply: applied(wanted), ...options });
};
/** The old release serves, alone and whole. */
async function untouched(app: string, port: number): Promise<void> {
  expect(await fetched(host, port)).toEqual({ status: 200, body: 'good' });
  expect(await out('sh', '-c', `systemctl list-units --no-legend --plain 'forgeboard-${app}.*' | cut -d' ' -f1`)).toBe(`forgeboard-${app}.web@a.service`);
  expect(await out('ls', `/srv/forgeboard/${app}/releases`)).toBe('1\n1.json');
}

describe('F9, F23: a release that does not come up', () => {
  it('F9: because it needs more memory than it may have is named as that, and the old one serves', async () => {
    const spec = await firstDeploy(kit, 'eater', 9100, plain('good'));
    const { end } = await changed(
      'eater',
      spec,
      answering('kept = [bytearray(8 << 20) for _ in range(64)]', 'fat'),
      { limits: { memory: 128 << 20, cpu: null, tasks: null } },
      { checkSeconds: 8 },
    );
    expect(end).toMatchObject({ outcome: 'failed', release: 1, failure: { problem: 'start-failed', message: expect.stringContaining('out of memory') } });
    expect(await out('systemctl', 'show', '-p', 'MemoryMax', '--value', 'forgeboard-eater.web@a.service')).toBe('infinity');
    await untouched('eater', 9100);
  });

  it('F9: for which the whole server has no memory is ended by the kernel, which spares the deployment, and the old one serves', async () => {
    await firstDeploy(kit, 'starved', 9117, plain('good'));
    const restore = host.limitMemory(96);
    try {
      const number = await startDeploy(kit, 'starved', answering('kept = [bytearray(8 << 20) for _ in range(64)]', 'fat'), { checkSeconds: 8 });
      const runner = await out('sed', 's/.*"pid": \\([0-9]*\\).*/\\1/', '/var/lib/forgeboard/locks/starved');
      // As far as it may: a container may lack the capability to.
      const allowed = await out('sh', '-c', '(echo -900 > /proc/self/oom_score_adj) 2> /dev/null && echo -900 || echo 0');
      expect(await out('cat', `/proc/${runner}/oom_score_adj`)).toBe(allowed);
      // The kit tells of it, so it is spared as well.
      const [served = ''] = (await out('pgrep', '-f', 'forgekit-ready')).split('\n');
      expect(await out('cat', `/proc/${served}/oom_score_adj`)).toBe(allowed === '0' ? '0' : '-500');
      const { end } = await follow(kit, 'starved', number);
      expect(end).toMatchObject({ outcome: 'failed', release: 1, failure: { problem: 'start-failed', message: expect.stringContaining('out of memory') } });
    } finally {
      restore();
    }
    await untouched('starved', 9117);
  });

  it('F23: that binds late is waited for, and one that binds and then says nothing is not', async () => {
    await firstDeploy(kit, 'late', 9101, plain('good'));
    const deaf = source('import time\n\n\ndef app(environ, start_response):\n    time.sleep(99)\n');
    expect((await deploy(kit, 'late', deaf, { checkSeconds: 4 })).end?.failure?.message).toBe('the app did not pass its check: it did not answer GET / within 4 s');
    await untouched('late', 9101);
    expect((await deploy(kit, 'late', answering('import time\ntime.sleep(2)', 'late'))).end).toMatchObject({ outcome: 'live', release: 3 });
    expect((await fetched(host, 9101)).body).toBe('late');
  });

  it('F16, F23: whose socket belongs to somebody else fails, and what is not a socket of ours is left alone', async () => {
    const spec = await firstDeploy(kit, 'stale', 9102, plain('good'));
    const path = '/run/forgeboard/stale/b/app.sock';
    // A socket that a killed server left is taken away and does not hinder.
    await host.run(['python3', '-c', `import socket; socket.socket(socket.AF_UNIX).bind("${path}")`]);
    expect((await deploy(kit, 'stale', plain('next'))).end).toMatchObject({ outcome: 'live', slot: 'b' });
    await drained('stale');
    // A program that is not of the unit listens there: it is not taken for the app, which never does.
    const squatter = `import os, socket, time
path = "${path.replace('/b/', '/a/')}"
while True:
    if not os.path.exists(path):
        one = socket.socket(socket.AF_UNIX)
        one.bind(path)
        one.listen(5)
    time.sleep(0.01)
`;
    await host.run(['systemd-run', '--unit=squatter', '-p', 'User=fb-stale', 'python3', '-c', squatter]);
    const silent = { type: 'command', entrypoint: '', command: "python3 -c 'import time; time.sleep(60)' $SOCKET" } as const;
    const { end } = await changed('stale', spec, plain('third'), silent, { checkSeconds: 2 });
    expect(end?.failure?.message).toMatch(/another process \(\d+\) listens on its socket, it did not answer itself/);
    expect((await fetched(host, 9102)).body).toBe('next');
    await host.run(['systemctl', 'stop', 'squatter']);
    // A file by that name that is no socket is somebody's: it is not removed.
    await host.run(['sh', '-c', 'cd /run/forgeboard/stale/a && rm -f app.sock && echo precious > app.sock']);
    expect((await deploy(kit, 'stale', plain('fourth'), { checkSeconds: 2 })).end?.outcome).toBe('failed');
    expect(await out('cat', '/run/forgeboard/stale/a/app.sock')).toBe('precious');
    expect((await fetched(host, 9102)).body).toBe('next');
  });
});

describe('F25: an app that takes all it can get', () => {
  it('is held by its own limits of memory and processes, and its neighbour answers on', async () => {
    const limits = { memory: 160 << 20, cpu: 50, tasks: 40 };
    await firstDeploy(kit, 'calm', 9103, plain('calm'));
    const greedy = source(`import os
import threading
import time

def app(environ, start_response):
    start_response("200 OK", [])
    if environ["PATH_INFO"] == "/fork":
        made = 0
        try:
            while True:
                threading.Thread(target=time.sleep, args=(2,), daemon=True).start()
                made += 1
        except RuntimeError:
            return [str(made).encode()]
    if environ["PATH_INFO"] == "/leak":
        kept = [bytearray(8 << 20) for _ in range(64)]
    return [b"greedy"]
`);
    await firstDeploy(kit, 'greedy', 9104, greedy, { limits });
    const stop = load(host, 9103);
    expect(Number((await fetched(host, 9104, '/fork')).body)).toBeLessThan(limits.tasks);
    // gunicorn itself may fall over for want of a process: it is started again.
    await expect.poll(() => fetched(host, 9104), { timeout: 20_000 }).toEqual({ status: 200, body: 'greedy' });
    expect((await fetched(host, 9104, '/leak')).status).toBe(502);
    await expect.poll(() => fetched(host, 9104), { timeout: 20_000 }).toEqual({ status: 200, body: 'greedy' });
    expect((await stop()).failed).toEqual([]);
  });
});

describe('F26: an app that ignores SIGTERM', () => {
  it('is killed when it has had its time after the drain, and no request failed', async () => {
    const deaf = (answer: string) => answering('import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nsignal.signal = lambda *given: None', answer);
    await firstDeploy(kit, 'deaf', 9105, deaf('a'), { workers: 1, drainSeconds: 1 });
    const stop = load(host, 9105);
    expect((await deploy(kit, 'deaf', deaf('b'), { drainSeconds: 1 })).end?.outcome).toBe('live');
    await drained('deaf');
    expect(await out('systemctl', 'is-active', 'forgeboard-deaf.web@a.service')).toBe('inactive');
    const { failed, bodies } = await stop();
    expect(failed).toEqual([]);
    expect(bodies).toEqual(['a', 'b']);
  });
});

describe('F27: a hook', () => {
  const shell = (text: string) => [['/bin/sh', '-c', text]];

  it('that hangs has a limit, and ends whole when the deployment is cancelled', async () => {
    const spec = { ...(await firstDeploy(kit, 'hangs', 9106, plain('good'))), before: shell('sleep 86399 & sleep 86399') };
    const number = await startDeploy(kit, 'hangs', plain('next'), { spec, apply: applied(spec) });
    await expect.poll(() => out('sh', '-c', 'pgrep -fxc "sleep 86399"'), { interval: 50 }).toBe('2');
    expect(await out('systemctl', 'show', '-p', 'RuntimeMaxUSec', '--value', 'forgeboard-build-hangs.service')).toBe('30min');
    expect(await kit.call('deployments.cancel', { app: 'hangs' })).toEqual({ cancelled: true });
    expect((await follow(kit, 'hangs', number)).end).toMatchObject({ outcome: 'cancelled', release: 1 });
    expect(await out('sh', '-c', 'pgrep -fxc "sleep 86399"')).toBe('0');
    await untouched('hangs', 9106);
  });

  it('that prints a great deal fills neither journal nor memory, and one that leaves a daemon behind leaves none', async () => {
    const spec = await firstDeploy(kit, 'prints', 9107, plain('good'));
    const loud = await changed('prints', spec, plain('loud'), { before: shell('setsid sleep 86398 & head -c 100000000 /dev/zero | tr "\\0" "x"; echo; echo done') });
    expect(loud.end).toMatchObject({ outcome: 'live', release: 2 });
    expect(Number(await out('stat', '-c', '%s', '/var/lib/forgeboard/journal/prints/2.jsonl'))).toBeLessThan(8 << 20);
    expect(await out('sh', '-c', 'pgrep -fxc "sleep 86398"')).toBe('0');
  });

  it('after the switch that fails is said, and takes nothing back', async () => {
    const spec = await firstDeploy(kit, 'after', 9108, plain('good'));
    const { end, deployment } = await changed('after', spec, plain('next'), { after: shell('echo no mail today; exit 4') });
    expect(end).toMatchObject({ outcome: 'live', release: 2 });
    expect(await out('cat', `/var/lib/forgeboard/journal/after/${deployment}.jsonl`)).toContain('after: /bin/sh failed: no mail today');
    expect((await fetched(host, 9108)).body).toBe('next');
  });
});

describe('F4: a deployment that was cut after its switch', () => {
  it('stays live however much its hooks printed since', async () => {
    const spec = await firstDeploy(kit, 'chatty', 9113, plain('good'));
    const wanted = { ...spec, after: [['/bin/sh', '-c', 'head -c 2000000 /dev/zero | tr "\\0" "x"; sleep 86397']] };
    const number = await startDeploy(kit, 'chatty', plain('next'), { spec: wanted, apply: applied(wanted) });
    await expect.poll(() => out('sh', '-c', 'pgrep -fxc "sleep 86397"'), { interval: 50 }).toBe('1');
    await killHolder(host, 'chatty');
    await expect
      .poll(async () => (await kit.call('apps.get', { app: 'chatty' })).deployments.find(({ deployment }) => deployment === number)?.end, { timeout: 15_000 })
      .toMatchObject({ outcome: 'live', release: 2 });
    expect((await fetched(host, 9113)).body).toBe('next');
    expect(await out('ls', '/srv/forgeboard/chatty/releases')).toBe('1\n1.json\n2\n2.json');
  });
});

describe('F15: an nginx that does not run', () => {
  it('is named where a site changes and never started beside systemd; a release that changes none goes live', async () => {
    const spec = await firstDeploy(kit, 'dark', 9114, plain('good'));
    await host.run(['systemctl', 'stop', 'nginx']);
    await host.run(['systemctl', 'mask', 'nginx']);
    try {
      const { end } = await changed('dark', spec, plain('moved'), { port: 9115 });
      expect(end).toMatchObject({
        outcome: 'failed',
        release: 1,
        failure: { problem: 'missing-requirement', message: expect.stringMatching(/^nginx is not running under systemd/) },
      });
      expect((await deploy(kit, 'dark', plain('next'))).end).toMatchObject({ outcome: 'live', release: 3 });
      expect(await out('pgrep', '-c', 'nginx')).toBe('0');
    } finally {
      await host.run(['systemctl', 'unmask', 'nginx']);
      await host.run(['systemctl', 'start', 'nginx']);
    }
    expect(await fetched(host, 9114)).toEqual({ status: 200, body: 'next' });
  });
});

describe('F33: requirements', () => {
  it('whose hash is wrong, whose index is away or that need a compiler fail in the build with the reason of pip', async () => {
    await firstDeploy(kit, 'packs', 9109, plain('good'));
    const reason = async (requirements: string, more: Folder = {}) => {
      const { end } = await deploy(kit, 'packs', plain('next', { 'requirements.txt': requirements, ...more }));
      expect(end).toMatchObject({ outcome: 'failed', failure: { problem: 'build-failed', facts: { step: 'packages', log: expect.any(Array) } } });
      return end?.failure?.message;
    };
    expect(await reason(`click --hash=sha256:${'0'.repeat(64)}\n`)).toMatch(/hash/i);
    expect(await reason('--index-url http://127.0.0.1:9/\nno-such-thing-here\n')).toMatch(/no-such-thing-here/);
    // A package of sources whose extension is compiled by setuptools, on a server without a compiler.
    const sources = `import io, tarfile
with tarfile.open("/opt/speedy-1.0.tar.gz", "w:gz") as archive:
    for name, text in {
        "pyproject.toml": '[project]\\nname = "speedy"\\nversion = "1.0"\\n[build-system]\\nrequires = ["setuptools"]\\nbuild-backend = "backend"\\nbackend-path = ["."]\\n',
        "backend.py": 'import setuptools\\n\\ndef build_wheel(folder, settings=None, metadata=None):\\n    setuptools.setup(name="speedy", ext_modules=[setuptools.Extension("speedy", ["speedy.c"])], script_args=["build_ext"])\\n',
        "speedy.c": "int main(void) { return 0; }\\n",
    }.items():
        member = tarfile.TarInfo("speedy-1.0/" + name)
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text.encode()))`;
    await host.run(['python3', '-c', sources]);
    expect(await reason('/opt/speedy-1.0.tar.gz\n')).toMatch(/: speedy has no ready wheel for this Python and must be compiled, but the compiler \S*gcc is not on the server$/);
    await untouched('packs', 9109);
  });
});

describe('F7, F8: a disk', () => {
  it('F7: without a file left to give is named before anything live is touched', async () => {
    await firstDeploy(kit, 'inodes', 9110, plain('good'));
    const restore = await host.shrinkDisk('/srv/forgeboard', 4000);
    try {
      await host.run(['sh', '-c', 'mount -o remount,nr_inodes=$(($(df --output=iused /srv/forgeboard | tail -1) + 40)) "$(df --output=target /srv/forgeboard | tail -1)"']);
      const many = plain('next', Object.fromEntries(Array.from({ length: 300 }, (_, number) => [`many/${number}.txt`, String(number)])));
      const failure = await deploy(kit, 'inodes', many).then(
        ({ end }) => end?.failure,
        (error: unknown) => error,
      );
      expect(failure).toMatchObject({ problem: 'disk-full', facts: { mount: '/srv/forgeboard' } });
      expect((await fetched(host, 9110)).body).toBe('good');
    } finally {
      await restore();
    }
  });

  it('F8: that was made read-only is named, and nothing half-made is left', async () => {
    await firstDeploy(kit, 'frozen', 9111, plain('good'));
    const restore = await host.shrinkDisk('/srv/forgeboard', 4000);
    const before = await out('sh', '-c', 'find /srv/forgeboard/frozen /var/lib/forgeboard/apps /etc/nginx | sort');
    await host.run(['mount', '-o', 'remount,bind,ro', '/srv/forgeboard']);
    try {
      await expect(deploy(kit, 'frozen', plain('next'))).rejects.toMatchObject({
        problem: 'unsupported',
        message: '/srv/forgeboard can only be read, nothing can be written there',
      });
      const spec = specOf('unborn', 9112);
      await expect(deploy(kit, 'unborn', plain('x'), { spec, apply: applied(spec) })).rejects.toMatchObject({ problem: 'unsupported' });
      expect((await fetched(host, 9111)).body).toBe('good');
      await host.run(['mount', '-o', 'remount,bind,rw', '/srv/forgeboard']);
      expect(await out('sh', '-c', 'find /srv/forgeboard/frozen /var/lib/forgeboard/apps /etc/nginx | sort')).toBe(before);
      expect((await deploy(kit, 'frozen', plain('next'))).end?.outcome).toBe('live');
      await drained('frozen');
    } finally {
      await restore();
    }
  });

  it('F8: whose quota is used up is named as that, however much is free there', async () => {
    await firstDeploy(kit, 'quota', 9116, plain('good'));
    const used = Number(await out('sh', '-c', 'du -sm /srv/forgeboard | cut -f1'));
    const restore = await host.setQuota('/srv/forgeboard', used + 4);
    try {
      const large = plain('next', { 'large.bin': randomBytes(12 << 20).toString('base64') });
      const failure = await deploy(kit, 'quota', large).catch((error: unknown) => error);
      expect(failure).toMatchObject({ problem: 'disk-full', message: 'the disk quota on /srv/forgeboard is used up' });
      expect(await fetched(host, 9116)).toEqual({ status: 200, body: 'good' });
      expect((await deploy(kit, 'quota', plain('small'))).end?.outcome).toBe('live');
      await drained('quota');
    } finally {
      await restore();
    }
  });
});
