import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LeftOut, LogEntry, LogEvent } from '../../../shared/contract/logs.ts';
import { board, host, withPreparedBoard } from '../prepared-board.ts';

const secret = 'sk_live_4eC39HqLyjWDarjtT1';
const app = (answer: string) => `import os, sys


def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/odd":
        sys.stdout.buffer.write(b"\\xff\\x1b[31mred \\xc3\\xa9\\n")
        sys.stdout.buffer.flush()
    elif path == "/long":
        print("x" * 100000)
    elif path == "/flood":
        sys.stdout.write("".join(f"flood {n}\\n" for n in range(20000)))
        sys.stdout.flush()
    elif path == "/boom":
        {}["quantity"]
    elif path == "/json":
        print('{"level": "warning", "event": "stock is low", "left": 3}')
    elif path == "/key":
        print("the key is", os.environ.get("API_KEY"), flush=True)
    elif path == "/teapot":
        start_response("418 I'm a teapot", [])
        return [b"short and stout"]
    else:
        print("${answer} said", path)
    start_response("200 OK", [])
    return [b"ok"]
`;
const ticker = 'import time\nn = 0\nwhile True:\n    n += 1\n    print("tick", n, flush=True)\n    time.sleep(0.02)\n';

let url = '';
const at = { app: 'talk', host: 'box' };
const asked = async (path: string, count = 1) => {
  for (let n = 0; n < count; n++) await fetch(`${url.replace(/\/$/, '')}${path}`, { headers: { connection: 'close', 'user-agent': `probe/${n}` } }).catch(() => undefined);
};

async function deploy(answer: string): Promise<void> {
  const folder = join(board.home, 'folders/talk');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'app.py'), app(answer));
  await writeFile(join(folder, 'ticker.py'), ticker);
  await writeFile(join(folder, 'requirements.txt'), '');
  await writeFile(join(folder, 'forgeboard.yml'), 'type: wsgi\nentry_point: app:app\nprocesses: { ticker: python ticker.py }\n');
  url = (await board.deploy(folder, 'talk')).url;
}

const read = async (wanted: object = {}, name = 'logs.tail') => {
  const events: LogEvent[] = [];
  await board.call(name, { ...at, lines: 1000, ...wanted }, { onEvent: (event: LogEvent) => void events.push(event) });
  return { events, lines: events.filter((event) => event.type === 'line'), text: events.flatMap((event) => (event.type === 'line' ? [event.text] : [])) };
};

/** Follows until told to stop; `lines` and `left` grow meanwhile. */
function followed(wanted: object = {}) {
  const abort = new AbortController();
  const events: LogEvent[] = [];
  const ended = board
    .call('logs.tail', { ...at, lines: 0, follow: true, ...wanted }, { signal: abort.signal, onEvent: (event: LogEvent) => void events.push(event) })
    .catch((error: unknown) => error);
  const of = <T extends LogEvent['type']>(type: T) => events.filter((event): event is Extract<LogEvent, { type: T }> => event.type === type);
  return {
    events,
    lines: () => of('line'),
    left: (): LeftOut[] => of('left-out'),
    newer: () =>
      of('place')
        .flatMap(({ newer }) => (newer === null ? [] : [newer]))
        .at(-1),
    began: () => expect.poll(() => of('place').length, { timeout: 10_000 }).toBeGreaterThan(1),
    stop: async () => {
      abort.abort();
      await ended;
    },
  };
}
const ticks = (lines: LogEntry[]) => lines.flatMap(({ text }) => (text.startsWith('tick ') ? [Number(text.slice(5))] : []));
const numbers = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index);

withPreparedBoard();
beforeAll(async () => {
  await deploy('one');
  await board.call('variables.set', { ...at, set: [{ name: 'API_KEY', value: secret, secret: true }] });
});

describe('logs', () => {
  it('gives lines with time, level, process, slot and release, tracebacks as such', async () => {
    for (const path of ['/hello', '/json', '/boom', '/odd', '/long']) await asked(path);
    await expect.poll(async () => (await read({ source: 'web' })).text.some((text) => text.startsWith('xxx')), { timeout: 10_000 }).toBe(true);
    const { lines, text } = await read({ source: 'web' });
    const of = (wanted: string) => lines.find(({ text }) => text.includes(wanted));
    expect(of('one said /hello')).toMatchObject({ level: 'info', process: 'web', slot: 'b', release: 1, trace: false, request: null });
    expect(Math.abs(Date.parse(of('one said /hello')?.at ?? '') - Date.now())).toBeLessThan(60_000);
    expect(of('stock is low')?.level).toBe('warning');
    expect(lines.filter(({ trace }) => trace).map(({ text }) => text.trim())).toEqual(
      expect.arrayContaining(['Traceback (most recent call last):', '{}["quantity"]', "KeyError: 'quantity'"]),
    );
    expect((await read({ source: 'web', level: 'error' })).text.at(-1)).toBe("KeyError: 'quantity'");
    expect(text.some((line) => line.includes('red é'))).toBe(true);
    expect(text.find((line) => line.startsWith('xxx'))?.length).toBeGreaterThan(32_000);
  });

  it('never lets a secret cross, nor tells by a search whether it is there', async () => {
    await asked('/key');
    await asked(`/hello?token=${secret}`);
    const said = async () => (await read({ source: 'web,nginx:access', grep: 'the key is' })).text;
    await expect.poll(said).toHaveLength(1);
    expect(await said()).toEqual(['the key is ••••••']);
    const all = await read({ source: 'web,nginx:access,nginx:error' });
    expect(JSON.stringify(all.events)).not.toContain(secret);
    expect(all.lines.some(({ request }) => request?.path === '/hello?token=••••••')).toBe(true);
    expect((await read({ source: 'web,nginx:access', grep: secret })).lines).toEqual([]);
    expect(JSON.stringify((await read({ app: undefined }, 'logs.host')).events)).not.toContain(secret);
  });

  it('filters on the host: by process, level, text, time, status and path', async () => {
    await asked('/teapot');
    await expect
      .poll(async () => (await read({ status: '4xx' })).lines.map(({ request, level, process }) => [request?.path, request?.status, level, process]))
      .toEqual([['/teapot', 418, 'warning', 'nginx:access']]);
    const [request] = (await read({ status: '418,5xx', path: '/tea' })).lines;
    expect(request?.request).toMatchObject({ method: 'GET', agent: 'probe/0', address: expect.stringMatching(/^[0-9.]+$/) });
    expect(request?.request?.ms).not.toBeNull();
    expect((await read({ status: '5xx' })).lines.map(({ request }) => request?.path)).toEqual(['/boom']);
    expect((await read({ grep: 'STOCK is' })).text).toHaveLength(1);
    expect(new Set((await read({ source: 'ticker', lines: 50 })).lines.map(({ process }) => process))).toEqual(new Set(['ticker']));
    expect((await read({ since: '1h', source: 'web', level: 'warning' })).text).toContainEqual(expect.stringContaining('stock is low'));
    expect((await read({ since: '1h', until: '30m' })).lines).toEqual([]);
    expect(await board.failing('logs.tail', { ...at, source: 'nobody' })).toMatchObject({ problem: 'not-found', hint: expect.stringContaining('web, ticker, nginx:access') });
    expect(await board.call('logs.sources', at)).toEqual({ processes: ['web', 'ticker'], nginx: ['nginx:access', 'nginx:error'] });
    expect((await read({ app: undefined, unit: 'ssh', lines: 5 }, 'logs.host')).lines.map(({ process }) => process)).toContain('sshd');
  });

  it('goes back page by page over all sources, each line once and in order', async () => {
    const source = 'web,ticker,nginx:access';
    const { events, lines } = await read({ lines: 20, source });
    let [place] = events.flatMap((event) => (event.type === 'place' && event.older !== null ? [event.older] : []));
    const found = [lines];
    for (let begun = false; !begun; ) {
      const page: { lines: LogEntry[]; older: string; begun: boolean } = await board.call('logs.older', { ...at, source, before: place, lines: 37 });
      found.unshift(page.lines);
      ({ older: place, begun } = page);
    }
    const paged = found.flat();
    const whole = (await read({ lines: 10_000, source })).lines;
    expect(paged.map(({ at, text }) => `${at} ${text}`)).toEqual(whole.slice(0, paged.length).map(({ at, text }) => `${at} ${text}`));
    expect(paged.some(({ process }) => process === 'nginx:access')).toBe(true);
    expect(ticks(paged).length).toBeGreaterThan(100);
  });

  it('follows across a switch and knows each release; ends with its processes', async () => {
    const following = followed();
    await following.began();
    await deploy('two');
    await asked('/again');
    await expect.poll(() => following.lines().find(({ text }) => text === 'two said /again')).toMatchObject({ release: 3 });
    await following.stop();
    await expect.poll(async () => (await host.run(['pgrep', '-c', 'journalctl'], { check: false })).stdout.trim()).toBe('0');
    const { lines } = await read({ release: 3, source: 'web,nginx:access' });
    expect(new Set(lines.map(({ release }) => release))).toEqual(new Set([3]));
    expect(lines.map(({ request }) => request?.path).filter(Boolean)).toEqual(['/again']);
    expect((await read({ release: 1, source: 'web', grep: 'said /' })).text).not.toContain('two said /again');
  });

  it('goes on after its connection was cut, with no line twice and none missing', async () => {
    const following = followed({ source: 'ticker' });
    await expect.poll(() => ticks(following.lines()).length).toBeGreaterThan(10);
    for (let cut = 1; cut <= 2; cut++) {
      await host.run(['sh', '-c', 'for pid in $(pgrep -f "^sshd: .*root"); do kill -9 "$pid"; done'], { check: false });
      await expect.poll(() => following.events.filter(({ type }) => type === 'note').length).toBe(2 * cut);
      const before = following.lines().length;
      await expect.poll(() => following.lines().length).toBeGreaterThan(before + 10);
    }
    await following.stop();
    const seen = ticks(following.lines());
    expect(seen).toEqual(numbers(seen[0] ?? 0, seen.length));
  });

  it('reads nginx across rotation, while it follows and after it was away', async () => {
    const file = '/var/log/nginx/forgeboard-talk.access.log';
    // Until each worker writes to the new file: one that is late puts a line behind those that others wrote there.
    const rotate = () =>
      host.run([
        'sh',
        '-c',
        `set -e; cd /var/log/nginx; for n in 2 1; do [ ! -e $0.$n ] || mv $0.$n $0.$((n + 1)); done; mv $0 $0.1; systemctl kill -s USR1 --kill-who=main nginx; while ls -l $(pgrep -x nginx | sed 's|.*|/proc/&/fd|') 2>/dev/null | grep -q "$0.1$"; do sleep 0.01; done`,
        file,
      ]);
    const agents = (lines: LogEntry[]) => lines.flatMap(({ request }) => (request?.path.startsWith('/turn') ? [Number(request.path.slice(6))] : []));
    let sent = 0;
    const more = async (count: number) => {
      for (let n = 0; n < count; n++) await asked(`/turn/${++sent}`);
    };
    const first = followed({ source: 'nginx:access' });
    await first.began();
    await more(5);
    await rotate();
    await more(5);
    await expect.poll(() => agents(first.lines())).toEqual(numbers(1, 10));
    const place = first.newer();
    await first.stop();
    await more(5);
    await rotate();
    await more(5);
    await host.run(['sh', '-c', 'gzip "$0.1"', file]);
    await expect.poll(async () => (await host.run(['sh', '-c', 'stat -c %s "$0"', file], { check: false })).stdout.trim()).not.toBe('0');
    const second = followed({ source: 'nginx:access', after: place });
    await expect.poll(() => agents(second.lines())).toEqual(numbers(11, 10));
    await second.stop();
    expect(agents((await read({ source: 'nginx:access', path: '/turn' })).lines)).toEqual(numbers(1, 20));
    expect((await host.run(['stat', '-c', '%a', `${file}.2`], { check: false })).stdout.trim()).toBe('640');
  });

  it("sends no more than a link can take of a flood, and counts the rest, journald's own too", async () => {
    await host.write('/run/systemd/journald.conf.d/limit.conf', '[Journal]\nRateLimitIntervalSec=1s\nRateLimitBurst=1500\n');
    await host.run(['systemctl', 'restart', 'systemd-journald']);
    const following = followed({ source: 'web' });
    await following.began();
    await asked('/flood');
    const shown = () => following.lines().filter(({ text }) => text.startsWith('flood ')).length;
    const left = (reason: string) => following.left().reduce((sum, one) => sum + (one.reason === reason ? one.lines : 0), 0);
    // journald says how many it left out when the next line comes after its interval; its limit grows with the free disk.
    await expect.poll(async () => (await asked('/next')) ?? left('journald')).toBeGreaterThan(0);
    await expect.poll(() => shown() + left('rate') + left('journald')).toBeGreaterThanOrEqual(20_000);
    await following.stop();
    expect(left('rate')).toBeGreaterThan(0);
    expect(shown()).toBeLessThan(10_000);
    expect(shown() + left('rate') + left('journald')).toBeLessThan(20_100);
  });
});
