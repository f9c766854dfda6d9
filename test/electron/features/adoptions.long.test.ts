import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { FoundApp } from '../../../shared/contract/adoptions.ts';
import { startLoad } from '../../demo/load.ts';
import { board, host, withPreparedBoard } from '../prepared-board.ts';

/* What the short test leaves out: uvicorn on a port, an entry of the original ForgeBoard, a site that is edited by hand
   meanwhile, a release that crashes soon after its move, and moves and returns that are cut. A minute and a half. */
withPreparedBoard();

const app = `import asyncio, os
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    if scope["path"] == "/crash":
        os._exit(3)
    if scope["path"] == "/slow":
        await asyncio.sleep(8)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": f"{scope['path']} {os.getenv('GREETING')}".encode()})
`;
const unit = `[Service]
WorkingDirectory=/opt/api
Environment=GREETING=hello
ExecStart=/opt/api/venv/bin/python -m uvicorn main:app --host 127.0.0.1 --port 8000
[Install]
WantedBy=multi-user.target
`;
const site = `server {
    listen 8080;
    location /api/ { proxy_pass http://127.0.0.1:8000/; }
}
`;
const entry = `# kept by hand
apps:
  - name: Price API
    slug: prices   # the old name
    type: fastapi
    port: 8000
    status: running
    domain: null
    path: /opt/api
    virtualenv: /opt/api/venv
    entry_point: main:app
`;
const setUp = `set -e
python3 -m venv --without-pip /opt/api/venv
PYTHONPATH=$(ls /usr/share/python-wheels/pip-*.whl) /opt/api/venv/bin/python -m pip install -q --disable-pip-version-check uvicorn
systemctl daemon-reload
systemctl enable -q --now api
nginx -t -q
systemctl reload nginx
`;

const out = async (...argv: string[]) => (await host.run(argv, { check: false })).stdout.trim();
const url = () => `http://${host.address}:8080/api/x`;
const page = (path = 'x') => out('curl', '-s', `http://127.0.0.1:8080/api/${path}`);
const scan = async () => (await board.call<{ found: FoundApp[] }>('adoptions.scan', { host: 'box' })).found;
const give = { app: 'prices', host: 'box', yes: true };
async function until(look: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await look()); tries += 1) {
    if (tries > 300) throw new Error('it did not come');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
const isInactive = async () => (await out('systemctl', 'is-active', 'api.service')) !== 'active';
const journals = async () => (await out('sh', '-c', 'ls -t /var/lib/forgeboard/journal/prices/*.jsonl')).split('\n');
const phase = async () => JSON.parse((await out('cat', '/var/lib/forgeboard/adopted/prices/record.json')) || '{}').phase as string | undefined;

describe('an app of the original ForgeBoard that runs already', () => {
  beforeAll(async () => {
    await host.write('/opt/api/main.py', app);
    await host.write('/etc/systemd/system/api.service', unit);
    await host.write('/etc/nginx/conf.d/api.conf', site);
    await host.write('/etc/forgeboard/apps.yml', entry);
    await host.run(['sh', '-c', setUp]);
    await until(async () => (await page()) === '/x hello');
  });

  it('is found by its entry, taken over into it and moved: the path that its site cuts off is cut off as before', async () => {
    expect((await scan())[0]).toMatchObject({ app: 'prices', unit: 'api.service', url: `http://${host.address}:8080/`, canTake: true, canMove: true });
    await board.call('adoptions.take', { unit: 'api.service', host: 'box', yes: true });
    const written = await host.read('/etc/forgeboard/apps.yml');
    expect(written.startsWith(entry.trimEnd())).toBe(true);
    expect(written).toContain('kept_site:');
    const visitors = startLoad(url(), 10, { asksAgain: true });
    expect(await board.call('adoptions.move', { app: 'prices', host: 'box', yes: true })).toMatchObject({ done: true });
    await until(isInactive);
    expect(await visitors.stop()).toMatchObject({ failed: 0 });
    expect(await page()).toBe('/x hello');
    expect(await host.read('/etc/nginx/conf.d/api.conf')).toBe(site.replace('http://127.0.0.1:8000/', 'http://unix:/srv/forgeboard/prices/live/app.sock:/'));
  });

  it('is deployed from elsewhere like any other, and keeps its site', async () => {
    const folder = await board.sample('prices', {}, 'static');
    await writeFile(join(folder, 'main.py'), app.replace('hello', 'second'));
    await writeFile(join(folder, 'requirements.txt'), 'uvicorn\n');
    const visitors = startLoad(url(), 10, { asksAgain: true });
    expect(await board.deploy(folder, 'prices')).toMatchObject({ outcome: 'live', url: `http://${host.address}:8080/` });
    expect(await visitors.stop()).toMatchObject({ failed: 0 });
    expect(await out('ls', '/etc/nginx/conf.d')).not.toContain('forgeboard-prices');
  });

  it('is given back with what somebody wrote into its site meanwhile; only our words go', async () => {
    const now = await host.read('/etc/nginx/conf.d/api.conf');
    await host.write('/etc/nginx/conf.d/api.conf', now.replace('listen 8080;', 'listen 8080;\n    server_tokens off;'));
    const visitors = startLoad(url(), 10, { asksAgain: true });
    await board.call('adoptions.giveback', give);
    expect(await visitors.stop()).toMatchObject({ failed: 0 });
    expect(await host.read('/etc/nginx/conf.d/api.conf')).toBe(site.replace('listen 8080;', 'listen 8080;\n    server_tokens off;'));
    expect(await page()).toBe('/x hello');
    expect(await out('systemctl', 'is-enabled', 'api.service')).toBe('enabled');
    await host.write('/etc/nginx/conf.d/api.conf', site);
    await host.run(['systemctl', 'reload', 'nginx']);
  });

  it('serves from its unit again where its slot crashes soon after the move', async () => {
    await board.call('adoptions.take', { unit: 'api.service', host: 'box', app: 'prices', yes: true });
    const pid = await out('systemctl', 'show', '-p', 'MainPID', '--value', 'api.service');
    await board.call('adoptions.move', { app: 'prices', host: 'box', yes: true });
    // Not through nginx: a worker of before the reload may take one more request.
    await out('curl', '-s', '--unix-socket', '/run/forgeboard/prices/a/app.sock', 'http://localhost/crash');
    await until(async () => (await phase()) === 'taken' && (await host.read((await journals())[0] ?? '')).includes('"type":"closed"'));
    expect(await page()).toBe('/x hello');
    expect(await out('systemctl', 'show', '-p', 'MainPID', '--value', 'api.service')).toBe(pid);
    expect(await host.read('/etc/nginx/conf.d/api.conf')).toBe(site);
    expect(await board.call('apps.get', { app: 'prices', host: 'box' })).toMatchObject({ adopted: { moved: false }, deployments: [{ outcome: 'switched-back' }] });
  });

  it.each([
    ['before nginx leads to the slot', 'packages', 'taken'],
    ['after it', 'watch', 'moved'],
  ])('is whole again where the move is cut %s', async (_when, step, wanted) => {
    const known = (await journals())[0];
    const move = board.call('adoptions.move', { app: 'prices', host: 'box', yes: true }).catch(() => {});
    await until(async () => {
      const [newest = ''] = await journals();
      return newest !== known && (await host.read(newest)).includes(`"name":"${step}","status":"running"`);
    });
    await host.run(['pkill', '-KILL', '-f', 'forgekit|kit-'], { check: false });
    await move;
    await until(async () => {
      await board.call('apps.get', { app: 'prices', host: 'box' }).catch(() => {});
      return (await phase()) === wanted;
    });
    expect(await page()).toBe('/x hello');
    expect(await host.read('/etc/nginx/conf.d/api.conf')).toBe(
      wanted === 'taken' ? site : site.replace('http://127.0.0.1:8000/', 'http://unix:/srv/forgeboard/prices/live/app.sock:/'),
    );
  });

  it('is whole again where giving it back is cut', async () => {
    // A request that the slot has begun holds the way back up, and is answered.
    const slow = page('slow');
    await new Promise((resolve) => setTimeout(resolve, 500));
    const back = board.call('adoptions.giveback', give).catch(() => {});
    await until(async () => (await phase()) === 'returning');
    await host.run(['pkill', '-KILL', '-f', 'forgekit|kit-'], { check: false });
    await back;
    expect(await slow).toBe('/slow hello');
    await until(async () => {
      await board.call('apps.list', { host: 'box' }).catch(() => {});
      return (await phase()) === undefined;
    });
    expect(await page()).toBe('/x hello');
    expect(await host.read('/etc/nginx/conf.d/api.conf')).toBe(site);
    expect(await out('systemctl', 'is-enabled', 'api.service')).toBe('enabled');
    expect(await out('sh', '-c', 'ls -d /srv/forgeboard/prices /var/lib/forgeboard/adopted/prices')).toBe('');
    // What was in slots can come back beside it, on a port of its own.
    const { url: own } = await board.call<{ url: string }>('apps.restore', { app: 'prices', host: 'box' });
    expect(await (await fetch(`${own}x`)).text()).toBe('/x hello');
    expect(own).not.toBe(`http://${host.address}:8080/`);
    expect(await host.read('/etc/nginx/conf.d/api.conf')).toBe(site);
  });
});
