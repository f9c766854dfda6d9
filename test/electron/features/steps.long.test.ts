import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DeploymentProgress, DeploymentResult } from '../../../shared/contract/deployments.ts';
import { board, host, withPreparedBoard } from '../prepared-board.ts';

withPreparedBoard();

/** Each step of a deployment that changes something on the server. */
const steps = ['tree', 'packages', 'build', 'bytecode', 'before', 'start', 'check', 'switch', 'processes', 'after'] as const;
const isSwitched = (step: string) => steps.indexOf(step as never) > steps.indexOf('switch');

const out = async (...argv: string[]) => (await host.run(argv, { check: false })).stdout.trim();
const page = async (url: string) => (await fetch(url, { headers: { connection: 'close' } })).text();

/**
 * Stops the process of each app's deployment at its step, on the host itself: it looks at the journals every millisecond.
 * Gives the last step that each had begun by then, once all are stopped: on a busy machine that may be the one after.
 */
async function stopped(deployment: number, at: Record<string, string>): Promise<Record<string, string>> {
  const script = `import json, os, sys, time
wanted, found = json.loads(sys.argv[1]), {}
os.nice(-15)
def begun(app):
    try:
        lines = [json.loads(line) for line in open("/var/lib/forgeboard/journal/%s/${deployment}.jsonl" % app)]
    except (OSError, ValueError):
        return []
    return [line["name"] for line in lines if line.get("status") == "running"]
ends = time.monotonic() + 40
while len(found) < len(wanted) and time.monotonic() < ends:
    for app, step in wanted.items():
        if app not in found and step in begun(app):
            os.kill(json.load(open("/var/lib/forgeboard/locks/" + app))["pid"], 19)
            found[app] = begun(app)[-1]
    time.sleep(0.001)
print(json.dumps(found))`;
  return JSON.parse((await host.run(['python3', '-c', script, JSON.stringify(at)])).stdout) as Record<string, string>;
}
const goOn = (apps: string[]) =>
  host.run(['python3', '-c', 'import json, os, sys\nfor app in sys.argv[1:]:\n    os.kill(json.load(open("/var/lib/forgeboard/locks/" + app))["pid"], 18)', ...apps]);

/** An app with every step, live in its first release; its second one is in the folder. */
async function prepared(app: string, step: string): Promise<{ folder: string; url: string }> {
  // The time that its process is stopped for counts.
  const hooks = { build: 'true', before: 'true', after: 'true', processes: { idle: 'sleep 86400' }, check_seconds: 300 };
  const server = (answer: string) =>
    `import http.server, os\nclass Handler(http.server.BaseHTTPRequestHandler):\n    def do_GET(self):\n        self.send_response(200)\n        self.end_headers()\n        self.wfile.write(b"${answer}")\nhttp.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()\n`;
  const folder = await board.sample(
    app,
    { Procfile: 'web: python serve.py\n', 'serve.py': server('one'), 'forgeboard.yml': JSON.stringify({ ...hooks, watch_seconds: 0 }) },
    'command',
  );
  const { url } = await board.deploy(folder, app);
  await writeFile(join(folder, 'serve.py'), server('two'));
  // A tree and bytecode that take a moment longer than the look at them.
  if (step === 'tree' || step === 'bytecode') for (let at = 0; at < 400; at += 1) await writeFile(join(folder, `page_${at}.${step === 'tree' ? 'txt' : 'py'}`), `${at}\n`);
  if (step === 'packages') await writeFile(join(folder, 'requirements.txt'), 'click\n');
  return { folder, url };
}

const apps = (prefix: string) => Object.fromEntries(steps.map((step) => [`${prefix}-${step}`, step as string]));

describe('a deployment', () => {
  it('F1: goes on when every packet is dropped at any of its steps, and is found again with its full output, no gap and no repeat', async () => {
    const at = apps('silent');
    const known: Record<string, { url: string; events: DeploymentProgress[]; done: Promise<DeploymentResult> }> = {};
    const lost = new Set<string>();
    const ready = new Map<string, { folder: string; url: string }>();
    for (const [app, step] of Object.entries(at)) ready.set(app, await prepared(app, step));
    const watching = stopped(2, at);
    for (const [app, { folder, url }] of ready) {
      const events: DeploymentProgress[] = [];
      const onEvent = (event: DeploymentProgress) => {
        events.push(event);
        if (event.type === 'note' && event.text.includes('was lost. It goes on by itself')) lost.add(app);
      };
      known[app] = { url, events, done: board.deploy(folder, app, { onEvent }) };
    }
    expect(Object.keys(await watching).sort()).toEqual(Object.keys(at).sort());
    await host.cut();
    await expect.poll(() => lost.size, { timeout: 60_000 }).toBe(steps.length);
    await goOn(Object.keys(at));
    for (const app of Object.keys(at)) await expect.poll(() => out('cat', `/var/lib/forgeboard/journal/${app}/2.jsonl`), { timeout: 60_000 }).toContain('"outcome":"live"');
    await host.mend();
    for (const [app, { url, events, done }] of Object.entries(known)) {
      expect(await done, app).toMatchObject({ outcome: 'live', release: 2 });
      expect(await page(url)).toBe('two');
      const again: DeploymentProgress[] = [];
      await board.call('deployments.follow', { app, host: 'box', deployment: 2 }, { onEvent: (event: DeploymentProgress) => again.push(event) });
      const ofHost = (list: DeploymentProgress[]) =>
        list.filter((event) => event.type === 'output' || (event.type === 'step' && !['scan', 'plan', 'offer', 'upload'].includes(event.name)));
      expect(ofHost(events), app).toEqual(ofHost(again));
    }
  });

  it('F5: that a reboot cuts at any of its steps leaves the right release serving, and says at which step', async () => {
    const at = apps('boot');
    const urls: Record<string, string> = {};
    const ready = new Map<string, string>();
    for (const [app, step] of Object.entries(at)) {
      const { folder, url } = await prepared(app, step);
      ready.set(app, folder);
      urls[app] = url;
    }
    const watching = stopped(2, at);
    const ended = [...ready].map(([app, folder]) => board.deploy(folder, app).then(null, () => {}));
    const found = await watching;
    expect(Object.keys(found).sort()).toEqual(Object.keys(at).sort());
    await host.reboot({ hard: true });
    for (const [app, step] of Object.entries(found)) {
      const live = await out('readlink', `/srv/forgeboard/${app}/live`);
      if (step !== 'switch') expect(live.at(-1), app).toBe(isSwitched(step) ? 'b' : 'a');
      await expect.poll(() => page(urls[app] ?? '').catch(() => ''), { timeout: 30_000 }).toBe(live.endsWith('b') ? 'two' : 'one');
    }
    await Promise.all(ended);
    for (const [app, step] of Object.entries(found)) {
      // Whoever asks first has it settled; that goes on beside the answer.
      const cut = async () => {
        const { deployments } = await board.call<{ deployments: { deployment: number; outcome: string; reason: string | null }[] }>('deployments.list', { app, host: 'box' });
        return deployments.find(({ deployment }) => deployment === 2);
      };
      await expect.poll(async () => (await cut())?.outcome, { timeout: 10_000 }).not.toBe('running');
      const live = (await out('readlink', `/srv/forgeboard/${app}/live`)).endsWith('b');
      expect(await cut(), app).toMatchObject(live ? { outcome: 'live' } : { outcome: 'interrupted', reason: `interrupted at ${step}; rolled back` });
    }
  });
});
