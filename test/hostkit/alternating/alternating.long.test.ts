import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { deploy, firstDeploy, follow, type Folder } from '../deploying.ts';
import type { LoadReport } from './load-process.ts';
import { host, kit, withPreparedHost } from '../prepared-host.ts';

/*
 * Deploys and rollbacks by turns under load: npm run test:long -- alternating
 *   ALTERNATING_CHANGES=200 ALTERNATING_REQUESTS=100000 ALTERNATING_RATE=120 are the usual; less of each is a small form.
 */
const changes = Number(process.env.ALTERNATING_CHANGES ?? 200);
const requests = Number(process.env.ALTERNATING_REQUESTS ?? 100_000);
const rate = Number(process.env.ALTERNATING_RATE ?? 120);
/** Seconds; longer than the longest request. */
const DRAIN = 3;
const STALE_MS = 100;

withPreparedHost();

/** Says its release; a POST's body becomes a line of data/posted; /slow takes a second. */
const answering = (release: string): Folder => ({
  'app.py': `import os
import time

def app(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        time.sleep(1)
    if environ["REQUEST_METHOD"] == "POST":
        line = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])) + b"\\n"
        at = os.open(os.environ["DATA_DIR"] + "/posted", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(at, line)
        os.close(at)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"${release}"]
`,
  'gunicorn.conf.py': 'threads = 24\n',
  'requirements.txt': '',
});

const echoing = (release: string): Folder => ({
  'main.py': `from fastapi import FastAPI, WebSocket

app = FastAPI()

@app.get("/")
async def home():
    return "${release}"

@app.websocket("/echo")
async def echo(socket: WebSocket):
    await socket.accept()
    async for text in socket.iter_text():
        await socket.send_text(text)
`,
  'requirements.txt': 'fastapi\nuvicorn\nwebsockets\n',
});

/** A WebSocket that is open; `closed` tells when it ended (milliseconds since 1970). */
function opened(port: number): Promise<{ closed: Promise<number>; socket: Duplex }> {
  return new Promise((resolve, reject) => {
    const key = randomBytes(16).toString('base64');
    const asked = request({
      host: host.ownAddress,
      port,
      path: '/echo',
      headers: { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': key },
    });
    asked.on('upgrade', (_response, socket) => {
      const closed = new Promise<number>((ended) => {
        // A close frame counts as much as a TCP end.
        socket.once('data', () => ended(Date.now()));
        socket.once('close', () => ended(Date.now()));
        socket.on('error', () => {});
      });
      resolve({ closed, socket });
    });
    asked.on('response', ({ statusCode }) => reject(new Error(`no upgrade: ${statusCode}`)));
    asked.on('error', reject);
    asked.end();
  });
}

interface Change {
  from: string;
  to: string;
  /** When the journal says that the switch was done, milliseconds since 1970 on the clock that host and client share. */
  switchedAt: number;
  ms: number;
}

/** Makes one change and says what the journal tells of it. */
async function changed(app: string, from: string, to: string, begin: () => Promise<number>): Promise<Change> {
  const began = performance.now();
  const deployment = await begin();
  const { end } = await follow(kit, app, deployment);
  if (end?.outcome !== 'live') throw new Error(`${from} to ${to} ended as ${JSON.stringify(end)}`);
  const ms = performance.now() - began;
  const lines = (await host.read(`/var/lib/forgeboard/journal/${app}/${deployment}.jsonl`)).split('\n').filter(Boolean);
  const events = lines.map((line) => JSON.parse(line) as { type: string; name?: string; status?: string; at?: number; startedAt?: number });
  const done = events.find(({ type, name, status }) => type === 'step' && name === 'switch' && status === 'done');
  return { from, to, switchedAt: (events[0]?.startedAt ?? 0) * 1000 + (done?.at ?? 0), ms };
}

it(`${changes} deploys and rollbacks by turns fail none of ${requests} requests, write each POST once, and leave no answer to the old release`, async () => {
  const spec = await firstDeploy(kit, 'turns', 9400, answering('r0'), { watchSeconds: 0, drainSeconds: DRAIN, workers: 2 });
  const limits = { drainSeconds: DRAIN, checkSeconds: 30 };
  const program = fileURLToPath(new URL('./load-process.ts', import.meta.url));
  const wanted = { host: host.ownAddress, port: 9400, perSecond: rate, most: requests };
  const worker = fork(program, [JSON.stringify(wanted)], { execArgv: ['--import', 'tsx'], serialization: 'advanced' });
  const failure = new Promise<never>((_resolve, reject) => worker.once('exit', (code) => reject(new Error(`the load ended with ${code}`))));
  const seconds = requests / rate;
  const began = Date.now();
  const made: Change[] = [];
  let live = 'r0';
  const act = async () => {
    for (let turn = 1; turn <= changes; turn += 1) {
      // Spread over the whole of the load, so that every change has requests around it.
      const due = began + (turn / (changes + 1)) * seconds * 1000;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - Date.now())));
      const code = `r${turn}`;
      if (turn % 2 === 1) {
        made.push(await changed('turns', live, code, async () => (await deployment(code)).deployment));
        live = code;
      } else {
        const { releases } = await kit.call('releases.list', { app: 'turns' });
        const target = releases.find(({ state }) => state === 'previous');
        if (target === undefined) throw new Error('there is no release before the live one');
        const to = /b"(r\d+)"/.exec(await host.read(`/srv/forgeboard/turns/releases/${target.release}/app.py`))?.[1] ?? '';
        const given = { app: 'turns', release: target.release, registry: null, actor: 'ann', origin: '', token: '', ...limits };
        made.push(await changed('turns', live, to, async () => (await kit.call('deployments.rollback', given)).deployment));
        live = to;
      }
    }
  };
  const deployment = async (code: string) => deploy(kit, 'turns', answering(code), limits);
  await Promise.race([act(), failure]);
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, began + (seconds + 1) * 1000 - Date.now())));
  const told = new Promise<LoadReport>((resolve) => worker.once('message', (report) => resolve(report as LoadReport)));
  worker.send('stop');
  const { sent, failed, posted, slow, answers } = await Promise.race([told, failure]);

  const written = (await host.read(`/srv/forgeboard/${spec.app}/data/posted`)).split('\n').filter(Boolean);
  const once = new Set(written);
  // Asked for after the switch (and its grace), answered by the release that it took away.
  const stale = made.flatMap(({ from, switchedAt }, index) => {
    const until = made[index + 1]?.switchedAt ?? Number.POSITIVE_INFINITY;
    return answers.filter(({ release, sentAt }) => release === from && sentAt > switchedAt + STALE_MS && sentAt < until - STALE_MS);
  });
  const latest = Math.max(
    0,
    ...made.flatMap(({ from, switchedAt }, index) => {
      const until = made[index + 1]?.switchedAt ?? Number.POSITIVE_INFINITY;
      return answers.filter(({ release, sentAt }) => release === from && sentAt > switchedAt && sentAt < until - STALE_MS).map(({ sentAt }) => sentAt - switchedAt);
    }),
  );
  const sorted = made.map(({ ms }) => ms).sort((one, other) => one - other);
  const kinds: Record<string, number> = {};
  for (const { kind } of answers) kinds[kind] = (kinds[kind] ?? 0) + 1;
  const figures = {
    changes: made.length,
    requests: sent,
    failed: failed.length,
    kinds,
    slow,
    posts: { sent: posted.length, written: written.length, lost: posted.filter((id) => !once.has(id)).length, doubled: written.length - once.size },
    stale: stale.length,
    latestOldAnswerMs: Math.round(latest),
    changeMs: { median: Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0), slowest: Math.round(sorted.at(-1) ?? 0) },
  };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
  expect(failed.slice(0, 20)).toEqual([]);
  expect(stale.slice(0, 20)).toEqual([]);
  expect(figures.posts).toEqual({ sent: posted.length, written: posted.length, lost: 0, doubled: 0 });
  expect(made.length).toBe(changes);
  expect(answers.length).toBe(sent);
  expect(new Set(answers.map(({ release }) => release)).size).toBeGreaterThan(changes / 2);
});

it('a WebSocket of the old release stays open until the drain limit, and is closed then', async () => {
  await firstDeploy(kit, 'talks', 9401, echoing('one'), { type: 'asgi', entrypoint: 'main:app', server: ['uvicorn'], watchSeconds: 0, drainSeconds: DRAIN });
  const sockets = await Promise.all([1, 2, 3].map(() => opened(9401)));
  const { switchedAt } = await changed('talks', 'one', 'two', async () => (await deploy(kit, 'talks', echoing('two'), { drainSeconds: DRAIN })).deployment);
  const ends = await Promise.all(sockets.map(({ closed }) => closed));
  const after = ends.map((at) => Math.round(at - switchedAt));
  process.stdout.write(`${JSON.stringify({ webSockets: sockets.length, drainLimitMs: DRAIN * 1000, closedMsAfterTheSwitch: after })}\n`);
  for (const ms of after) expect(ms).toBeGreaterThan(DRAIN * 1000 - STALE_MS);
  for (const { socket } of sockets) socket.destroy();
});
