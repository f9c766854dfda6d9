import { beforeAll, describe, expect, it } from 'vitest';
import { logLine } from '../../electron/hostkit/actions.ts';
import { z } from 'zod';
import { deploy, fetched, firstDeploy, plain } from './deploying.ts';
import { host, kit, withPreparedHost } from './prepared-host.ts';

const talking = (answer: string) =>
  plain(answer, {
    'app.py': `import sys\n\n\ndef app(environ, start_response):\n    path = environ["PATH_INFO"]\n    if path == "/odd":\n        sys.stdout.buffer.write(b"\\xff\\x1b[31mred \\xc3\\xa9\\n")\n        sys.stdout.buffer.flush()\n    elif path == "/long":\n        print("x" * 100000)\n    elif path == "/flood":\n        for n in range(20000):\n            print("line", n)\n    elif path != "/":\n        print("${answer} said", path)\n    start_response("200 OK", [])\n    return [b"ok"]\n`,
  });
const batch = z.object({ type: z.literal('lines'), lines: z.array(logLine) });

withPreparedHost();
beforeAll(async () => {
  await firstDeploy(kit, 'talk', 8400, talking('one'));
});

const read = async (args: object, signal?: AbortSignal) => {
  const lines: z.infer<typeof logLine>[] = [];
  const answer = await kit
    .call('logs.read', { app: 'talk', ...args }, { onEvent: (event) => void lines.push(...batch.parse(event).lines), signal })
    .catch((error: unknown) => error);
  return { lines, answer };
};

describe('logs.read', () => {
  it('gives the last lines with their time, process, slot and level', async () => {
    await fetched(host, 8400, '/hello');
    const said = async () => (await read({ lines: 10 })).lines.find(({ text }) => text === 'one said /hello');
    await expect.poll(said).toBeDefined();
    expect(await said()).toMatchObject({ level: 'info', process: 'web', slot: 'a' });
    expect(Math.abs(((await said())?.at ?? 0) - Date.now())).toBeLessThan(60_000);
    expect((await read({ lines: 2 })).lines).toHaveLength(2);
  });

  it('follows across a switch, takes what is not text, and ends when told to, with its processes', async () => {
    const abort = new AbortController();
    const lines: string[] = [];
    const following = kit.call(
      'logs.read',
      { app: 'talk', lines: 0, follow: true },
      { onEvent: (event) => void lines.push(...batch.parse(event).lines.map(({ text }) => text)), signal: abort.signal },
    );
    following.catch(() => undefined);
    await expect.poll(async () => (await host.run(['pgrep', '-c', 'journalctl'], { check: false })).stdout.trim()).toBe('1');
    await fetched(host, 8400, '/odd');
    await expect.poll(() => lines.some((line) => line.includes('[31mred é'))).toBe(true);
    await deploy(kit, 'talk', talking('two'));
    await fetched(host, 8400, '/again');
    await expect.poll(() => lines.includes('two said /again')).toBe(true);
    await fetched(host, 8400, '/long');
    await expect.poll(() => lines.some((line) => line.startsWith('xxxx') && line.length >= 32_000)).toBe(true);
    abort.abort();
    await following.catch(() => undefined);
    await expect.poll(async () => (await host.run(['pgrep', '-c', 'journalctl'], { check: false })).stdout.trim()).toBe('0');
  });

  it('brings a flood in batches, all of it', async () => {
    await fetched(host, 8400, '/flood');
    await expect.poll(async () => (await read({ lines: 1 })).lines[0]?.text, { timeout: 20_000 }).toBe('line 19999');
    const { lines, answer } = await read({ lines: 5000 });
    expect(answer).toEqual({ lines: 5000 });
    expect(lines).toHaveLength(5000);
  });
});
