import { text } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ServerChannel } from 'ssh2';
import { connect } from '../../electron/ssh/connect.ts';
import type { Connection } from '../../electron/ssh/connection.ts';
import { noCredentials } from '../../electron/ssh/credentials.ts';
import type { Limits } from '../../electron/ssh/limits.ts';
import { lines } from '../../electron/ssh/lines.ts';
import { type FakeServer, fakeServer, type FakeServerOptions, knowing } from './fake-server.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function connected(options: FakeServerOptions = {}, limits: Partial<Limits> = {}): Promise<{ fake: FakeServer; connection: Connection }> {
  const fake = await fakeServer(options);
  cleanups.push(() => fake.close());
  const connection = await connect(fake.target, {
    name: 'shop-1',
    hostKeys: { known: knowing(fake, ...fake.hostKeys.map((each) => each.key)) },
    credentials: noCredentials,
    limits,
  });
  cleanups.push(() => connection.close());
  return { fake, connection };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('a command', () => {
  it('has input, output, errors and an exit code, also when all of it comes at once', async () => {
    const { connection } = await connected({
      exec: (command, stream) => {
        stream.write(`out ${command}`);
        stream.stderr.write('err');
        stream.exit(3);
        stream.end();
      },
    });
    const channel = await connection.exec('true');
    await pause(50);
    expect(await text(channel.stdout)).toBe('out true');
    expect(await text(channel.stderr)).toBe('err');
    expect(await channel.exit).toEqual({ code: 3, signal: null });
  });

  it('F3: killed by a signal says which; ended without a word says neither', async () => {
    const { connection } = await connected({
      exec: (command, stream) => {
        if (command === 'kill') (stream.exit as (signal: string) => void)('KILL');
        stream.end();
      },
    });
    const ends = await Promise.all(
      ['kill', 'quiet'].map(async (command) => {
        const channel = await connection.exec(command);
        channel.stdout.resume();
        return channel.exit;
      }),
    );
    expect(ends).toEqual([
      { code: null, signal: 'SIGKILL' },
      { code: null, signal: null },
    ]);
  });

  it('echoes megabytes both ways without loss', async () => {
    const { connection } = await connected();
    const channel = await connection.exec('cat');
    const sent = Buffer.alloc(5 * 1024 * 1024, 'forgeboard');
    const [received] = await Promise.all([text(channel.stdout), pipeline(Readable.from([sent]), channel.stdin)]);
    expect(received === sent.toString()).toBe(true);
  });

  it('whose output is not read is stopped, and goes on when it is read', async () => {
    let written = 0;
    const { connection } = await connected({
      exec: (_command, stream) => {
        const chunk = Buffer.alloc(64 * 1024, 97);
        const more = (): void => {
          while (written < 32 * 1024 * 1024) {
            written += chunk.length;
            if (!stream.write(chunk)) return void stream.once('drain', more);
          }
          stream.exit(0);
          stream.end();
        };
        more();
      },
    });
    const channel = await connection.exec('flood');
    await pause(200);
    expect(written).toBeLessThan(8 * 1024 * 1024);
    let read = 0;
    for await (const chunk of channel.stdout) read += (chunk as Buffer).length;
    expect(read).toBe(written);
    expect((await channel.exit).code).toBe(0);
  });

  it('whose errors nobody reads goes on; the first 64 KB wait for a late reader', async () => {
    const { connection } = await connected({
      exec: (_command, stream) => {
        stream.stderr.write(Buffer.alloc(6 * 1024 * 1024, 'first '), () => {
          stream.write('done');
          stream.exit(0);
          stream.end();
        });
      },
    });
    const channel = await connection.exec('noisy');
    expect(await text(channel.stdout)).toBe('done');
    const late = await text(channel.stderr);
    expect(late.startsWith('first first')).toBe(true);
    expect(late).toHaveLength(64 * 1024);
  });

  it('whose errors are read gives all of them', async () => {
    const { connection } = await connected({
      exec: (_command, stream) => {
        stream.stderr.write(Buffer.alloc(6 * 1024 * 1024, 97), () => {
          stream.exit(0);
          stream.end();
        });
      },
    });
    const channel = await connection.exec('noisy');
    channel.stdout.resume();
    expect(await text(channel.stderr)).toHaveLength(6 * 1024 * 1024);
  });

  it('that ends before it has read its input makes the writer fail, not wait', async () => {
    const { connection } = await connected({
      exec: (_command, stream) => {
        stream.exit(1);
        stream.end();
        stream.close();
      },
    });
    const channel = await connection.exec('head');
    channel.stdout.resume();
    const endless = Readable.from(
      (async function* () {
        for (;;) yield Buffer.alloc(64 * 1024);
      })(),
    );
    await expect(pipeline(endless, channel.stdin)).rejects.toThrow();
    expect((await channel.exit).code).toBe(1);
  });

  it('that is closed from here frees its channel, also with output left unread', async () => {
    const { fake, connection } = await connected({ exec: (_command, stream) => void stream.write(Buffer.alloc(1024 * 1024)) }, { channels: 1 });
    for (let round = 0; round < 5; round++) (await connection.exec('sleep')).close();
    await vi.waitFor(() => expect(fake.sessions.open).toBe(0));
  });

  it('whose signal aborts is closed; waiting for a channel is left', async () => {
    const { fake, connection } = await connected({ exec: () => {} }, { channels: 1 });
    const controller = new AbortController();
    const first = await connection.exec('sleep', { signal: controller.signal });
    const second = connection.exec('sleep', { signal: controller.signal });
    controller.abort();
    await expect(second).rejects.toMatchObject({ problem: 'cancelled' });
    await expect(first.exit).rejects.toMatchObject({ problem: 'cancelled' });
    await expect(text(first.stdout)).rejects.toMatchObject({ problem: 'cancelled' });
    await vi.waitFor(() => expect(fake.sessions.open).toBe(0));
    await expect(connection.exec('x', { signal: controller.signal })).rejects.toMatchObject({ problem: 'cancelled' });
    (await connection.exec('sleep')).close();
  });

  it('that does not start in time is `timeout`, and takes no channel for good', async () => {
    const { fake, connection } = await connected({}, { openMs: 300, channels: 1 });
    fake.connections[0]!.removeAllListeners('session');
    const late: (() => void)[] = [];
    fake.connections[0]!.on('session', (accept) => late.push(() => void accept().on('exec', (acceptExec) => void (acceptExec() as ServerChannel).on('error', () => {}))));
    await expect(connection.exec('true')).rejects.toMatchObject({ problem: 'timeout' });
    late[0]!();
    const again = connection.exec('true');
    await vi.waitFor(() => expect(late).toHaveLength(2));
    late[1]!();
    (await again).close();
  });
});

describe('channels of a connection', () => {
  const quick = (_command: string, stream: ServerChannel): void => {
    setTimeout(() => {
      stream.write(_command);
      stream.exit(0);
      stream.end();
    }, 20);
  };
  const run = async (connection: Connection, command: string): Promise<string> => text((await connection.exec(command)).stdout);

  it('are six at most; more commands wait their turn', async () => {
    const { fake, connection } = await connected({ exec: quick });
    const commands = Array.from({ length: 40 }, (_, index) => `${index}`);
    expect(await Promise.all(commands.map((each) => run(connection, each)))).toEqual(commands);
    expect(fake.sessions.most).toBeLessThanOrEqual(6);
    expect(fake.sessions.refused).toBe(0);
  });

  it.each([1, 2])('are fewer where the server allows fewer (%i), and every command still runs', async (maxSessions) => {
    const { fake, connection } = await connected({ exec: quick, maxSessions });
    const commands = Array.from({ length: 20 }, (_, index) => `${index}`);
    expect(await Promise.all(commands.map((each) => run(connection, each)))).toEqual(commands);
    expect(fake.sessions.most).toBe(maxSessions);
    const { refused } = fake.sessions;
    await Promise.all(commands.map((each) => run(connection, each)));
    // Learnt: at most a stray one, when the server counts a closed session a moment later than we do.
    expect(fake.sessions.refused - refused).toBeLessThan(20);
  });

  it('that the server never allows are a `limit`', async () => {
    const { connection } = await connected({ maxSessions: 0 });
    const ends = await Promise.allSettled(Array.from({ length: 8 }, () => connection.exec('true')));
    for (const end of ends) expect(end).toMatchObject({ status: 'rejected', reason: { problem: 'limit' } });
  });

  it('go to commands in the order asked, urgent ones first', async () => {
    const started: string[] = [];
    const { connection } = await connected(
      {
        exec: (command, stream) => {
          started.push(command);
          quick(command, stream);
        },
      },
      { channels: 1 },
    );
    await Promise.all([run(connection, 'a'), run(connection, 'b'), run(connection, 'c'), connection.exec('urgent', { priority: 'high' }).then((channel) => text(channel.stdout))]);
    expect(started).toEqual(['a', 'urgent', 'b', 'c']);
  });

  it('do not leak: a thousand commands later all are free', async () => {
    const { fake, connection } = await connected({
      exec: (command, stream) => {
        stream.exit(0);
        stream.end(command);
      },
    });
    for (let round = 0; round < 100; round++) await Promise.all(Array.from({ length: 10 }, () => run(connection, 'x')));
    await vi.waitFor(() => expect(fake.sessions.open).toBe(0));
    expect(fake.sessions.most).toBeLessThanOrEqual(6);
  });
});

describe('a lost connection', () => {
  it('F3: fails what runs and what waits, instead of looking like the end of the output', async () => {
    const { fake, connection } = await connected({ exec: (_command, stream) => void stream.write('half a li') }, { channels: 1 });
    const running = await connection.exec('log');
    const waiting = connection.exec('next');
    waiting.catch(() => {});
    const reading = (async () => {
      for await (const _line of lines(running.stdout));
    })();
    await pause(50);
    (fake.connections[0] as unknown as { _sock: { destroy(): void } })._sock.destroy();
    await expect(reading).rejects.toMatchObject({ problem: 'unreachable', message: expect.stringContaining('the connection to shop-1 was lost') });
    await expect(running.exit).rejects.toMatchObject({ problem: 'unreachable' });
    await expect(waiting).rejects.toMatchObject({ problem: 'unreachable' });
    await expect(connection.exec('more')).rejects.toMatchObject({ problem: 'unreachable' });
    expect(await connection.closed).toMatchObject({ problem: 'unreachable' });
  });

  it('is noticed when nothing answers any more, though TCP stays open', async () => {
    const { fake, connection } = await connected({}, { keepaliveMs: 100, silenceMs: 500 });
    await pause(700);
    expect(await connection.probe()).toBe(true);
    const sock = (fake.connections[0] as unknown as { _sock: { pause(): void; destroy(): void } })._sock;
    sock.pause();
    cleanups.push(() => sock.destroy());
    expect(await connection.closed).toMatchObject({ problem: 'unreachable', message: expect.stringMatching(/has not answered|no longer answers/) });
  });

  it('is noticed by a probe within its time', async () => {
    const { fake, connection } = await connected();
    const sock = (fake.connections[0] as unknown as { _sock: { pause(): void; destroy(): void } })._sock;
    sock.pause();
    cleanups.push(() => sock.destroy());
    expect(await connection.probe(200)).toBe(false);
    expect(await connection.closed).toMatchObject({ message: expect.stringContaining('no answer within 0.2 s') });
  });

  it('that we closed is no failure, even when the other side never closes its end', async () => {
    const { fake, connection } = await connected();
    const sock = (fake.connections[0] as unknown as { _sock: { pause(): void; destroy(): void } })._sock;
    sock.pause();
    cleanups.push(() => sock.destroy());
    connection.close();
    expect(await connection.closed).toBeUndefined();
    await expect(connection.exec('true')).rejects.toMatchObject({ problem: 'unreachable' });
  });
});
