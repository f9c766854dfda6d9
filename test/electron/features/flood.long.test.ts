import { expect, it } from 'vitest';
import type { LogEvent } from '../../../shared/contract/logs.ts';
import { board, host, withPreparedBoard } from '../prepared-board.ts';

/*
 * A log that grows by 50 MB a second for a minute, followed by somebody: nginx's file of an app, and at the same time an app
 * that prints as fast as journald takes it. FLOOD_SECONDS=10 runs a part of it. What is printed at the end: what was written,
 * what crossed the link, what was counted, how old the last line was when it came.
 */
const seconds = Number(process.env.FLOOD_SECONDS ?? 60);
const rate = 50_000_000;

/** Writes lines as nginx does, so many bytes a second, and says how many there were. */
const writer = `import sys, time
seconds, rate = int(sys.argv[1]), int(sys.argv[2])
out = open("/var/log/nginx/forgeboard-flood.access.log", "ab", buffering=0)
lines, size, began = 0, 0, time.monotonic()
while time.monotonic() < began + seconds:
    now = time.time()
    line = ('203.0.113.9 - - [28/Nov/2026:01:02:03 +0000] "GET /flood/%010d HTTP/1.1" 200 612 "-" "flood" ' + "%.3f 0.001\\n" % now)
    block = "".join(line % number for number in range(lines, lines + 16000)).encode()
    out.write(block)
    lines, size = lines + 16000, size + len(block)
    time.sleep(max(0, began + size / rate - time.monotonic()))
print(lines, size, round(time.monotonic() - began, 1))
`;
const app = `import sys, threading


def print_it(seconds):
    import time
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sys.stdout.write("".join("printed line of a program that never stops, number %d\\n" % n for n in range(1000)))
        sys.stdout.flush()


def app(environ, start_response):
    if environ["PATH_INFO"].startswith("/print/"):
        threading.Thread(target=print_it, args=(int(environ["PATH_INFO"][7:]),), daemon=True).start()
    start_response("200 OK", [])
    return [b"ok"]
`;

withPreparedBoard();

it('is limited on the host, and every line of it is shown or counted', async () => {
  const folder = await board.sample('flood', { 'app.py': app, 'requirements.txt': '', 'forgeboard.yml': 'type: wsgi\nentry_point: app:app\nworkers: 1\n' });
  const { url } = await board.deploy(folder, 'flood');
  await host.write('/root/flood.py', writer);
  const sent = async () => {
    const { stdout } = await host.run(['cat', '/proc/net/dev']);
    return stdout.split('\n').reduce((sum, line) => sum + (/^\s*(?!lo:)\S+:/.test(line) ? Number(line.split(':')[1]?.trim().split(/\s+/)[8]) : 0), 0);
  };
  const abort = new AbortController();
  const seen = { requests: 0, printed: 0, rate: 0, rateBytes: 0, journald: 0 };
  const oldest = { requests: 0, printed: 0 };
  const following = board
    .call(
      'logs.tail',
      { app: 'flood', host: 'box', lines: 0, follow: true, source: 'web,nginx:access' },
      {
        signal: abort.signal,
        onEvent: (event: LogEvent) => {
          if (event.type === 'line') {
            const kind = event.request === null ? 'printed' : 'requests';
            seen[kind] += 1;
            oldest[kind] = Math.max(oldest[kind], Date.now() - Date.parse(event.at));
          } else if (event.type === 'left-out') {
            seen[event.reason] += event.lines;
            seen.rateBytes += event.bytes;
          }
        },
      },
    )
    .catch((error: unknown) => error);
  await expect.poll(async () => (await host.run(['pgrep', '-c', 'journalctl'], { check: false })).stdout.trim()).toBe('1');
  const before = await sent();
  await fetch(`${url}print/${seconds}`);
  const { stdout } = await host.run(['python3', '/root/flood.py', String(seconds), String(rate)]);
  const [lines = 0, bytes = 0, took = 0] = stdout.trim().split(' ').map(Number);
  const crossed = (await sent()) - before;
  await expect.poll(() => seen.requests + seen.rate, { timeout: 60_000 }).toBeGreaterThanOrEqual(lines);
  abort.abort();
  await following;
  const total = seen.requests + seen.printed + seen.rate;
  console.log(
    JSON.stringify({
      writtenLines: lines,
      writtenMB: Math.round(bytes / 1e6),
      seconds: took,
      crossedMB: +(crossed / 1e6).toFixed(1),
      crossedKBs: Math.round(crossed / 1e3 / took),
      ...seen,
      oldestMs: oldest,
    }),
  );
  expect(bytes).toBeGreaterThan(rate * seconds * 0.8);
  expect(crossed / took).toBeLessThan(2_000_000);
  expect(total).toBeGreaterThanOrEqual(lines);
}, 600_000);
