import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kitFolder, type PackedKit, packKit } from '../../electron/hostkit/pack.ts';
import { kitCommand } from '../../electron/hostkit/remote.ts';
import type { Connection } from '../../electron/ssh/connection.ts';
import { bootHost, type TestHost } from '../hosts/host.ts';
import { connectAs, kitAs, prepare } from './over-ssh.ts';

let host: TestHost;
let connection: Connection;
const ours = packKit();

/** Our kit with something replaced in one of its files. */
function variant(file: string, from: string | RegExp, to: string): PackedKit {
  const copy = mkdtempSync(path.join(tmpdir(), 'kit-'));
  try {
    cpSync(kitFolder, copy, { recursive: true });
    const source = readFileSync(path.join(copy, file), 'utf8');
    writeFileSync(path.join(copy, file), source.replace(from, to));
    expect(source.replace(from, to)).not.toBe(source);
    return packKit(copy);
  } finally {
    rmSync(copy, { recursive: true });
  }
}

const ofVersion = (version: string) => variant('__init__.py', /VERSION = ".*"/, `VERSION = "${version}"`);
/** Our kit, whose hosts.check does this instead. */
const checking = (body: string) => variant('hosts.py', 'return facts.read(_package_names(call))', body);
const open = (pack = ours) => kitAs(connection, 'root', { pack });
const installed = () => host.read('/usr/local/lib/forgeboard/kit').then((script) => /kit-(\w+)\.pyz/.exec(script)?.[1]);

async function install(pack: PackedKit): Promise<void> {
  const kit = await open(pack);
  await prepare(kit, 'root', { pack });
  kit.close();
  await kit.closed;
}

beforeEach(async () => {
  host = await bootHost({ image: 'web' });
  connection = await connectAs(host, 'root');
});
afterEach(async () => {
  connection?.close();
  await host?.stop();
});

describe('F44: an installed kit', () => {
  it('is replaced by a newer one, while work that runs on the old one goes on', async () => {
    const old = ofVersion('0.0.9');
    await install(old);
    const running = await open(old);
    const kit = await open();
    expect(kit.hello).toMatchObject({ version: ours.version, hash: ours.hash, name: ours.hash, installed: true });
    expect(kit.readOnly).toBe(false);
    expect(await installed()).toBe(ours.hash);
    // Imports from its own archive, which must still be there.
    expect((await running.call('hosts.check', {})).forgeboard.kit).toBe(ours.hash);
    expect(running.hello.version).toBe('0.0.9');
    for (const each of [running, kit]) each.close();
  });

  it('of the same version but other content is replaced', async () => {
    const other = checking('return {}');
    await install(other);
    const kit = await open();
    expect(kit.hello.hash).toBe(ours.hash);
    kit.close();
  });

  it('that is newer is left alone: an older ForgeBoard only reads', async () => {
    const newer = ofVersion('9.0.0');
    await install(newer);
    const kit = await open();
    expect(kit.readOnly).toBe(true);
    expect((await kit.call('hosts.check', {})).forgeboard.kit).toBe(newer.hash);
    await expect(prepare(kit, 'root')).rejects.toMatchObject({ problem: 'kit-mismatch' });
    kit.close();
    const forced = await kitAs(connection, 'root', { force: 'loader' });
    await expect(forced.call('kit.install', {}, { body: ours.bytes })).rejects.toMatchObject({ problem: 'kit-mismatch' });
    expect(await installed()).toBe(newer.hash);
    forced.close();
  });

  it('is not put on a host whose files have a newer form', async () => {
    await install(ours);
    await host.write('/var/lib/forgeboard/format', '2\n');
    for (const removed of [false, true]) {
      if (removed) await host.run(['rm', '-r', '/usr/local/lib/forgeboard']);
      const kit = await open();
      expect(kit).toMatchObject({ readOnly: true, hello: { format: 2 } });
      kit.close();
    }
  });

  const damages: Record<string, (archive: string) => string[]> = {
    'was edited by hand': (archive) => ['sh', '-c', `printf x >> ${archive}`],
    'was cut': (archive) => ['truncate', '-s', '5000', archive],
    'has a wrong byte in the middle': (archive) => ['sh', '-c', `printf X | dd of=${archive} bs=1 seek=6000 conv=notrunc`],
    'is gone': (archive) => ['rm', archive],
    'has damaged bytecode': (archive) => ['sh', '-c', `truncate -s 9000 ${archive.replace('.pyz', '')}.cpython-*.zip`],
  };
  for (const [what, damage] of Object.entries(damages)) {
    it(`that ${what} is passed over and repaired`, async () => {
      await install(ours);
      await host.run(damage(`/usr/local/lib/forgeboard/kit-${ours.hash}.pyz`));
      const kit = await open();
      expect(kit.hello).toMatchObject({ installed: true, hash: ours.hash, name: ours.hash });
      expect((await kit.call('hosts.check', {})).forgeboard.prepared).toBe(true);
      kit.close();
    });
  }

  it('runs without its bytecode after Python was upgraded, until prepare makes it anew', async () => {
    await install(ours);
    await host.run(['sh', '-c', 'rm /usr/local/lib/forgeboard/*.zip']);
    const kit = await open();
    expect((await prepare(kit, 'root')).filter(({ changed }) => changed).map(({ name }) => name)).toEqual(['kit']);
    expect((await host.run(['sh', '-c', 'ls /usr/local/lib/forgeboard'])).stdout.split('\n')).toContain(`kit-${ours.hash}.cpython-311.zip`);
    kit.close();
  });

  it('is only replaced by a whole one', async () => {
    await install(ours);
    const other = ofVersion('0.1.1');
    const kit = await open();
    for (const body of [other.bytes.subarray(0, 4000), Buffer.from('no kit'), Buffer.alloc(2_000_000)]) {
      await expect(kit.call('kit.install', {}, { body })).rejects.toMatchObject({ problem: expect.stringMatching(/^(invalid|limit)$/) as string });
    }
    async function* cut() {
      yield other.bytes.subarray(0, 4000);
      await Promise.resolve();
      throw new Error('the file cannot be read');
    }
    await expect(kit.call('kit.install', {}, { body: cut() })).rejects.toThrow('the file cannot be read');
    expect(await installed()).toBe(ours.hash);
    expect((await host.run(['sh', '-c', 'ls -A /usr/local/lib/forgeboard | grep -c ^kit'])).stdout.trim()).toBe('3');
    kit.close();
  });
});

describe('a call', () => {
  it('that is cancelled stops on the host; others on the same kit go on', async () => {
    const kit = await open(checking('call.emit({}); call.cancelled.wait(30); call.check()'));
    const stop = new AbortController();
    const waiting = kit.call('hosts.check', {}, { signal: stop.signal, onEvent: () => stop.abort() });
    const others = Array.from({ length: 50 }, () => kit.call('registry.read', {}).catch(() => 'failed'));
    await expect(waiting).rejects.toMatchObject({ problem: 'cancelled' });
    expect(await Promise.all(others)).not.toContain('failed');
    kit.close();
  });

  it('that reads is `unreachable` when the connection is lost', async () => {
    const kit = await open(checking('call.emit({}); call.cancelled.wait(30)'));
    await expect(kit.call('hosts.check', {}, { onEvent: () => void host.resetConnections() })).rejects.toMatchObject({ problem: 'unreachable' });
  });

  it('is refused when its answer has another form', async () => {
    const kit = await open(checking('return {"hostname": 7}'));
    await expect(kit.call('hosts.check', {})).rejects.toMatchObject({ problem: 'kit-mismatch' });
    kit.close();
  });

  it('that meets a bug says an id, and only the log says more', async () => {
    let log = '';
    const kit = await kitAs(connection, 'root', {
      pack: checking('return 1 / 0'),
      log: (text) => {
        log += text;
      },
    });
    const failure = (await kit.call('hosts.check', {}).catch((error: unknown) => error)) as Error & { facts: { id: string } };
    expect(failure).toMatchObject({ problem: 'bug' });
    expect(failure.message).not.toMatch(/division|Traceback/);
    await expect.poll(() => log).toContain('ZeroDivisionError');
    expect(log).toContain(failure.facts.id);
    kit.close();
  });

  it('whose events are not taken makes the host wait instead of filling a memory', async () => {
    const flood =
      'from pathlib import Path\n    for n in range(60000):\n        call.emit({"n": n, "text": "x" * 1000})\n        n % 100 or Path("/run/emitted").write_text(str(n))\n    return {}';
    const kit = await open(checking(flood));
    let last = -1;
    let inOrder = true;
    let emitted = 0;
    const onEvent = async (event: unknown) => {
      const { n } = event as { n: number };
      inOrder &&= n === last + 1;
      last = n;
      if (n > 0) return;
      await new Promise((resolve) => setTimeout(resolve, 1000));
      emitted = Number(await host.read('/run/emitted'));
    };
    await kit.call('hosts.check', {}, { onEvent }).catch(() => {});
    expect([inOrder, last]).toEqual([true, 59_999]);
    expect(emitted).toBeGreaterThan(0);
    expect(emitted).toBeLessThan(30_000);
    kit.close();
  });

  it('whose receiver breaks ends with that, and the others go on', async () => {
    const kit = await open(checking('call.emit({}); call.cancelled.wait(30); return {}'));
    const broken = () => {
      throw new Error('no room for the event');
    };
    await expect(kit.call('hosts.check', {}, { onEvent: broken })).rejects.toThrow('no room for the event');
    expect((await kit.call('registry.read', {})).text).toBe('');
    kit.close();
  });

  it('may name 100,000 files, and be answered with as many', async () => {
    const kit = await open();
    const files = Array.from({ length: 100_000 }, () => [`${randomBytes(8).toString('hex')}.txt`, randomBytes(32).toString('hex'), 7]);
    const { missing } = await kit.call('releases.offer', { app: 'shop', files });
    expect(missing).toEqual(files.map(([, key]) => key));
    kit.close();
  });

  it('takes a body of any size, also when it is not read', async () => {
    const kit = await open(checking('count = 0\n    while part := call.body.read(1 << 20): count += len(part)\n    raise Failure("limit", str(count))'));
    const parts = async function* () {
      for (let n = 0; n < 20; n += 1) yield randomBytes(1_500_000);
    };
    await expect(kit.call('hosts.check', {}, { body: parts() })).rejects.toMatchObject({ message: '30000000' });
    const early = await open(checking('raise Failure("limit", "enough")'));
    await expect(early.call('hosts.check', {}, { body: parts() })).rejects.toMatchObject({ message: 'enough' });
    for (const each of [kit, early]) each.close();
  });
});

describe('the kit process', () => {
  it('ends 30 s after the last word of a client that is silent, and lives on with one that only has nothing to ask', async () => {
    await install(ours);
    const kit = await open();
    const channel = await connection.exec(kitCommand('root'));
    channel.stdout.resume();
    channel.stdin.write('FORGEKIT 0123456789abcdef\n');
    const started = Date.now();
    expect((await channel.exit).code).toBe(0);
    expect(Date.now() - started).toBeGreaterThan(25_000);
    await new Promise((resolve) => setTimeout(resolve, 5000)); // and a little longer than a kit without pings would
    expect((await kit.call('hosts.check', {})).user.uid).toBe(0);
    kit.close();
  });
});
