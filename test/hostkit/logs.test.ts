import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const cases = JSON.parse(readFileSync(new URL('../cases/failing-lines.json', import.meta.url), 'utf8')) as { name: string; lines: string[]; says: string }[];
const inKit = (code: string, input: unknown): string =>
  execFileSync('python3', ['-B', '-c', code], { cwd: new URL('../../electron/hostkit/', import.meta.url).pathname, input: JSON.stringify(input), encoding: 'utf8' });
const script = 'import json, sys; from forgekit import lastwords; print(json.dumps(lastwords.failing_line("shop", json.load(sys.stdin))))';

it.each(cases)('finds in a log why an app did not start: $name', ({ lines, says }) => {
  expect(JSON.parse(inKit(script, lines))).toBe(says);
});

it.each([
  ['before what systemd says of it', 'A1 - B2 B3', 'B', '- B2 B3'],
  ['after it', 'A1 B2 - -', 'B', 'B2 - -'],
  ['never those between older runs', 'A1 - A2 B3', 'B', 'B3'],
  ['nothing where the run is not there', 'A1 -', 'B', ''],
])('takes lines that name no run for those of the run beside them: %s', (_name, lines, run, expected) => {
  const given = lines.split(' ').map((line) => (line === '-' ? { MESSAGE: '-' } : { MESSAGE: line, _SYSTEMD_INVOCATION_ID: line[0] }));
  const code =
    'import json, sys; from forgekit import lastwords; given = json.load(sys.stdin); print(" ".join(json.loads(raw)["MESSAGE"] for raw in lastwords.of_run([json.dumps(one).encode() for one in given["lines"]], given["run"])))';
  expect(inKit(code, { lines: given, run }).trim()).toBe(expected);
});

describe('a line of a log', () => {
  const call = (expression: string, input: unknown): unknown =>
    JSON.parse(
      inKit(
        `import json, sys; from forgekit import loglines; given = json.load(sys.stdin); hide = lambda text: text.replace("hunter2!", "......"); print(json.dumps(${expression}))`,
        input,
      ),
    );

  it('is as grave as it says itself, where journald does not know', () => {
    const cases: [number, string, string][] = [
      [3, 'anything', 'error'],
      [4, 'INFO said so', 'warning'],
      [7, 'ERROR in a debug line', 'debug'],
      [6, 'ERROR:shop.basket:no such item', 'error'],
      [6, '2026-11-28 01:02:03,456 - shop - WARNING - slow', 'warning'],
      [6, '[2026-11-28 01:02:03 +0000] [812] [ERROR] Error handling request', 'error'],
      [6, 'INFO:     127.0.0.1:0 - "GET / HTTP/1.1" 500 Internal Server Error', 'info'],
      [6, '2026-11-28T01:02:03.123Z | CRITICAL | shop:pay:12 - gone', 'error'],
      [6, 'DEBUG asyncio using epoll', 'debug'],
      [6, 'a customer wrote: there is an ERROR on your page', 'info'],
      [6, 'ERRORS: 0', 'info'],
      [6, '{"level": "warning", "event": "low"}', 'warning'],
      [6, '{"levelname": "CRITICAL", "message": "x"}', 'error'],
      [6, '{"severity": 40}', 'error'],
      [6, '{"level": null}', 'info'],
      [6, '{"level": "error"', 'info'],
      [6, `${'['.repeat(50)}${' x-'.repeat(20_000)}`, 'info'],
    ];
    expect(call('[loglines.level(priority, text) for priority, text, _ in given]', cases)).toEqual(cases.map(([, , level]) => level));
  });

  it('belongs to a traceback, also where lines of others stand between and one follows from another', () => {
    const lines: [string, string, boolean][] = [
      ['a', 'Traceback (most recent call last):', true],
      ['b', 'GET / 200', false],
      ['a', '  File "app.py", line 1, in f', true],
      ['a', '    x = {}["q"]', true],
      ['b', '  indented, of another process', false],
      ['a', "KeyError: 'q'", true],
      ['a', '', false],
      ['a', 'During handling of the above exception, another exception occurred:', true],
      ['a', '', false],
      ['a', 'Traceback (most recent call last):', true],
      ['a', '  File "app.py", line 9, in g', true],
      ['a', 'RuntimeError: no', true],
      ['a', 'next', false],
      ['a', '  File "not.py", line 1, in it', false],
    ];
    expect(call('(lambda seen: [seen.takes(key, text) for key, text, _ in given])(loglines.Tracebacks())', lines)).toEqual(lines.map(([, , takes]) => takes));
  });

  it('of nginx is a request with all that its format has, or else only text', () => {
    const cases: [string, string, object][] = [
      [
        "is a request in ForgeBoard's own format",
        '203.0.113.9 - - [28/Nov/2026:01:02:03 +0000] "GET /pay?key=hunter2! HTTP/1.1" 502 157 "https://a.example/" "curl \\x22x\\x22 1" 1795827723.250 0.034',
        {
          at: 1795827723250,
          level: 'error',
          text: 'GET /pay?key=...... 502 34 ms',
          request: { method: 'GET', path: '/pay?key=......', status: 502, bytes: 157, ms: 34, address: '203.0.113.9', agent: 'curl \\x22x\\x22 1' },
        },
      ],
      [
        "is a request in nginx's combined format, of a named user, in another time zone",
        '::1 - ana b [28/Nov/2026:02:02:03 +0100] "POST / HTTP/2.0" 404 0 "-" "-"',
        { at: 1795827723000, level: 'warning', text: 'POST / 404', request: { status: 404, ms: null } },
      ],
      [
        'is no request at all',
        '::1 - - [28/Nov/2026:01:02:03 +0000] "\\x16\\x03\\x01" 400 150 "-" "-"',
        { level: 'warning', request: { method: '\\x16\\x03\\x01', path: '', status: 400 } },
      ],
      ['is only text in a format that is not known', '{"host": "a", "password": "hunter2!"}', { at: 0, text: '{"host": "a", "password": "......"}', request: null }],
    ];
    expect(call('[loglines.of_access(text, hide) for _, text, _ in given]', cases)).toMatchObject(cases.map(([, , expected]) => expected));
  });

  it('of nginx is an error with the process that had it', () => {
    const text = '2026/11/28 01:02:03 [crit] 812#812: *7 connect() to unix:/srv/forgeboard/shop/live/app.sock failed (2: No such file or directory)';
    expect(call('loglines.of_error(given, hide)', text)).toMatchObject({ level: 'error', pid: 812, text: expect.stringMatching(/^\*7 connect\(\) to/) });
  });

  it('is of the release that ran in its slot then, or was live', () => {
    const run = (startedAt: number, target: number, outcome: string, slot: string, more: object = {}) => ({
      startedAt,
      target,
      end: { outcome, slot, release: outcome === 'live' ? target : target - 1, at: 500 },
      switchedBack: null,
      ...more,
    });
    const records = [
      run(100, 1, 'live', 'a'),
      run(200, 2, 'live', 'b'),
      run(300, 3, 'failed', 'b'),
      run(400, 4, 'live', 'a', { switchedBack: { release: 2, slot: 'b', at: 5_000, reason: 'it crashed' } }),
    ];
    const asked: [string, number, number | null][] = [
      ['a', 99_999, null],
      ['a', 100_100, 1],
      ['', 100_100, null],
      ['', 100_500, 1],
      ['b', 200_000, 2],
      ['', 200_400, 1],
      ['a', 300_100, 3],
      ['', 300_600, 2],
      ['a', 400_000, 4],
      ['', 400_600, 4],
      ['', 405_100, 2],
    ];
    const code =
      'import json, sys; from forgekit import logreleases; given = json.load(sys.stdin); turns = logreleases.Turns(given[0], "b"); print(json.dumps([turns.release(slot, at) for slot, at, _ in given[1]]))';
    expect(JSON.parse(inKit(code, [records, asked]))).toEqual(asked.map(([, , release]) => release));
  });
});

it('a log that was rotated is read back and followed line by line, with whatever size of piece, and where its place is gone from its time on', () => {
  const code = `
import gzip, json, os, sys, tempfile, threading
from forgekit import logfiles, logfilter, logreleases
logfiles.PIECE = 100
folder = tempfile.mkdtemp()
path = folder + "/a.log"
def parse(text):
    return {"at": int(text.split()[0]) * 1000, "level": "info", "text": text, "release": None, "request": None}
def lines(first, last):
    return "".join("%d line %s\\n" % (n, "x" * (n * 37 % 300)) for n in range(first, last))
with gzip.open(path + ".2.gz", "wt") as file: file.write(lines(1000, 1040))
with open(path + ".1", "w") as file: file.write(lines(1040, 1100))
with open(path, "w") as file: file.write(lines(1100, 1130) + "1130 not whole")
for number, name in enumerate([".2.gz", ".1", ""]): os.utime(path + name, (1040 + number * 60,) * 2)
class Call:
    cancelled = threading.Event()
    def check(self): pass
def log(**wanted):
    return logfiles.Log(Call(), logfilter.Wanted(wanted, logreleases.Turns((), None)), path, parse)
def pages(count, **wanted):
    found, place, turns = [], None, 0
    while True:
        page = log(**wanted).older(place, count, 1e18)
        found = [int(item.line["text"].split()[0]) for item in page.items] + found
        if place is None: end = page.after
        place, turns = page.before, turns + 1
        if page.begun or turns > 500: return found, end
class Flow:
    full, looked = False, 0
    def __init__(self): self.lines = []
    def add(self, line): self.lines.append(int(line["text"].split()[0]))
def after(place):
    one, flow = log(), Flow()
    one.begin(place)
    one.ready(flow)
    while one.behind: one.ready(flow)
    one.close()
    return flow.lines
whole, end = pages(7)
answer = {"whole": whole, "one": pages(1)[0], "middle": pages(9, since=1050000, until=1110000)[0], "few": pages(3, grep="line xx", until=1105000)[0]}
with open(path, "a") as file: file.write(" yet\\n" + lines(1131, 1140))
answer["more"] = after(end)
os.rename(path, path + ".3")
with open(path, "w") as file: file.write(lines(1140, 1150))
answer["rotated"] = after(end)
os.remove(path + ".3")
answer["gone"] = after(end)
with open(path, "w") as file: file.write(lines(1150, 1152))
answer["emptied"] = after([[os.stat(path).st_ino, "00000000", 99999, 1149000]])
print(json.dumps(answer))
`;
  const upTo = (first: number, last: number) => Array.from({ length: last - first }, (_, index) => first + index);
  const answer = JSON.parse(inKit(code, null));
  expect(answer.whole).toEqual(upTo(1000, 1130));
  expect(answer.one).toEqual(upTo(1000, 1130));
  expect(answer.middle).toEqual(upTo(1050, 1111));
  expect(answer.few).toEqual(upTo(1000, 1106).filter((n) => (n * 37) % 300 >= 2));
  expect(answer.more).toEqual(upTo(1130, 1140));
  expect(answer.rotated).toEqual(upTo(1130, 1150));
  expect(answer.gone).toEqual(upTo(1140, 1150));
  expect(answer.emptied).toEqual([1150, 1151]);
});
