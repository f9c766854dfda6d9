import { createHash } from 'node:crypto';
import { connect } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Adopted, FoundApp } from '../../../shared/contract/adoptions.ts';
import { startLoad } from '../../demo/load.ts';
import { board, host, withPreparedBoard } from '../prepared-board.ts';

/* One host with what people set up by hand: gunicorn under systemd behind nginx with a certificate, and what else there is. */
withPreparedBoard();

const name = 'shop.example.com';
const secret = 'canary-9f31c0de-secret';

const app = `import os, sys
from flask import Flask, request
app = Flask(__name__)
print("my key is", os.environ.get("API_KEY"), file=sys.stderr, flush=True)
@app.get("/")
def home():
    return f"{os.getenv('SHOP_NAME')}, {len(os.environ.get('API_KEY', ''))}, {request.headers.get('X-Forwarded-Proto')}"
`;

const unit = `# Ana's own
[Unit]
Description=gunicorn for the shop
After=network.target

[Service]
User=shop
Group=www-data
WorkingDirectory=/opt/shop
Environment="SHOP_NAME=Ana and Bob"
EnvironmentFile=/etc/shop.env
RuntimeDirectory=shop
ExecStart=/opt/shop/venv/bin/gunicorn --workers 3 --bind unix:/run/shop/shop.sock app:app
ExecReload=/bin/kill -s HUP $MAINPID
Restart=on-failure

[Install]
WantedBy=multi-user.target
`;

const live = `/etc/letsencrypt/live/${name}`;
const site = `upstream shop_app {
    server unix:/run/shop/shop.sock fail_timeout=0;
}
server {
    server_name ${name} www.${name};   # Ana's
    location /static/ { alias /opt/shop/static/; }
    location / {
        include proxy_params;
        proxy_pass http://shop_app;
    }
    listen 443 ssl; # managed by Certbot
    ssl_certificate ${live}/fullchain.pem; # managed by Certbot
    ssl_certificate_key ${live}/privkey.pem; # managed by Certbot
}
server {
    listen 80;
    server_name ${name} www.${name};
    return 301 https://$host$request_uri; # managed by Certbot
}
`;

const setUp = `set -e
useradd --system --create-home --home-dir /opt/shop --shell /usr/sbin/nologin shop
python3 -m venv --without-pip /opt/shop/venv
PYTHONPATH=$(ls /usr/share/python-wheels/pip-*.whl) /opt/shop/venv/bin/python -m pip install -q --disable-pip-version-check flask gunicorn
mkdir -p /etc/letsencrypt/archive/${name} ${live}
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 60 -subj /CN=${name} -keyout /etc/letsencrypt/archive/${name}/privkey1.pem -out /etc/letsencrypt/archive/${name}/fullchain1.pem 2>/dev/null
for part in privkey fullchain; do ln -s ../../archive/${name}/$part\\1.pem ${live}/$part.pem; done
ln -s /etc/nginx/sites-available/shop /etc/nginx/sites-enabled/shop
systemctl daemon-reload
systemctl enable -q --now shop
nginx -t -q
systemctl reload nginx
systemd-run -q --unit=bot python3 /opt/bot.py --token ${secret}
printf '#!/usr/bin/python3\\nimport os, subprocess\\nsubprocess.run(["/usr/bin/python3", "/opt/bot.py", "a"], env={"SUPERVISOR_PROCESS_NAME": "mailer"})\\n' > /usr/bin/supervisord
printf '#!/bin/sh\\nsleep 3600; exit\\n' > /usr/local/bin/uwsgi
cp /bin/dash /usr/local/bin/SCREEN
chmod +x /usr/bin/supervisord /usr/local/bin/uwsgi
systemd-run -q --unit=many /usr/bin/supervisord
for start in 'uwsgi --ini /etc/uwsgi/wiki.ini' "SCREEN -c 'python3 /opt/bot.py b; exit'"; do setsid sh -c "$start; exit" > /dev/null 2>&1 < /dev/null & done
setsid python3 /opt/bot.py --token=${secret} > /dev/null 2>&1 < /dev/null &
`;

const files = [
  '/etc/systemd/system/shop.service',
  '/etc/systemd/system/multi-user.target.wants/shop.service',
  '/etc/nginx/sites-available/shop',
  '/etc/nginx/sites-enabled/shop',
  '/etc/shop.env',
];
/** Of each file: what it is, whose, since when, and its bytes. */
const asTheyAre = async () => ({
  about: (await host.run(['stat', '--format=%n %F %a %U %G %y %s', ...files])).stdout,
  bytes: await Promise.all(
    files.map(async (file) =>
      createHash('sha256')
        .update(await host.read(file))
        .digest('hex'),
    ),
  ),
  links: (await host.run(['readlink', ...files], { check: false })).stdout,
});

const out = async (...argv: string[]) => (await host.run(argv, { check: false })).stdout.trim();
const pid = () => out('systemctl', 'show', '-p', 'MainPID', '--value', 'shop.service');
const page = () => out('curl', '-sk', '--resolve', `${name}:443:127.0.0.1`, `https://${name}/`);
/** Visitors who keep their connection: nginx ends it once when it is reloaded, and a request may cross with that. */
const keptOpen = 2;
const load = () => startLoad(`https://${host.address}/`, 10, { name, asksAgain: true });
const certificate = () =>
  new Promise<string>((resolve, reject) => {
    const socket = connect({ host: host.address, port: 443, servername: name, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on('error', reject);
  });
const scan = async () => (await board.call<{ found: FoundApp[] }>('adoptions.scan', { host: 'box' })).found;
async function until(look: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await look()); tries += 1) {
    if (tries > 300) throw new Error('it did not come');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

let before: Awaited<ReturnType<typeof asTheyAre>>;
let process: string;

describe('an app that runs already', () => {
  beforeAll(async () => {
    await host.write('/opt/shop.app', app);
    await host.write('/etc/systemd/system/shop.service', unit, 0o640);
    await host.write('/etc/shop.env', `API_KEY="${secret}"\n`, 0o600);
    await host.write('/etc/nginx/sites-available/shop', site);
    await host.write('/etc/nginx/conf.d/odd.conf', 'map $http_user_agent $odd { # "{\n  "~*{;#\\"" 1; \'a"b\' 2; default "${host}}"; }\n');
    await host.write('/opt/bot.py', 'import time\nwhile True: time.sleep(1)\n');
    await host.write('/etc/apache2/sites-enabled/wiki.conf', 'WSGIScriptAlias / /srv/wiki/wiki.wsgi\n');
    await host.write('/etc/cron.d/tidy', `17 4 * * * root python3 /opt/tidy.py --token=${secret}\n`);
    await host.run(['sh', '-c', setUp.replace('systemctl daemon-reload', 'mv /opt/shop.app /opt/shop/app.py\nsystemctl daemon-reload')]);
    await until(async () => (await page()) === 'Ana and Bob, 22, https');
    before = await asTheyAre();
    process = await pid();
  });

  it('is found with its address and its certificate, beside what else runs, and no secret leaves the host', async () => {
    const found = await scan();
    expect(found[0]).toMatchObject({
      app: 'shop',
      unit: 'shop.service',
      server: 'gunicorn',
      what: 'app:app, 3 workers',
      where: '/opt/shop',
      url: `https://${name}/`,
      domains: [name, `www.${name}`],
      certificate: `${live}/fullchain.pem`,
      canTake: true,
      canMove: true,
      reasons: [],
    });
    expect(found.map(({ server, what }) => `${server}: ${what}`)).toEqual(
      expect.arrayContaining([
        'process: python3 /opt/bot.py',
        'cron: python3 /opt/tidy.py, at 17 4 * * *',
        'supervisor: python3 /opt/bot.py',
        'screen: python3 /opt/bot.py',
        'uwsgi: /bin/sh /usr/local/bin/uwsgi --ini /etc/uwsgi/wiki.ini',
        'apache: mod_wsgi /srv/wiki/wiki.wsgi',
      ]),
    );
    expect(found.find((one) => one.unit === 'bot.service')).toMatchObject({ server: 'python', canTake: false, todo: expect.stringContaining('worker') });
    expect(JSON.stringify(found)).not.toContain(secret);
    expect(await out('ls', '/var/lib/forgeboard')).not.toContain('adopted');
  });

  it('is taken over without a restart: it is among the apps, with its log, and not a byte of it is touched', async () => {
    const plan = await board.call<Adopted>('adoptions.take', { unit: 'shop.service', host: 'box', plan: true });
    expect(plan).toMatchObject({ done: false, effects: expect.arrayContaining([expect.stringContaining(`process ${process}`)]), warnings: [] });
    expect(await board.failing('adoptions.take', { unit: 'shop.service', host: 'box' })).toMatchObject({ problem: 'needs-input' });
    expect(await board.call('adoptions.take', { unit: 'shop.service', host: 'box', digest: plan.digest })).toMatchObject({ done: true, app: 'shop', pid: Number(process) });
    expect(await pid()).toBe(process);
    expect(await asTheyAre()).toEqual(before);
    expect(await board.call('apps.list', { host: 'box' })).toMatchObject({
      apps: [{ app: 'shop', state: 'live', url: `https://${name}/`, release: null, memory: expect.any(Number), adopted: { unit: 'shop.service', moved: false } }],
    });
    const lines: { text: string }[] = [];
    await board.call('logs.tail', { app: 'shop', host: 'box', lines: 50, follow: false }, { onEvent: (line: { text: string }) => lines.push(line) });
    expect(lines.map(({ text }) => text)).toEqual(expect.arrayContaining([expect.stringContaining('Listening at: unix:/run/shop/shop.sock'), 'my key is ••••••']));
    expect(JSON.stringify(lines)).not.toContain(secret);
    expect(await board.failing('apps.restart', { app: 'shop', host: 'box' })).toMatchObject({ problem: 'conflict', message: 'shop still runs in shop.service' });
    expect(await board.failing('apps.remove', { app: 'shop', host: 'box', yes: true })).toMatchObject({ problem: 'conflict', hint: expect.stringContaining('giveback') });
    await expect(board.deploy(await board.sample('shop'), 'shop')).rejects.toMatchObject({ problem: 'conflict', message: expect.stringContaining('still runs in shop.service') });
    expect((await scan())[0]).toMatchObject({ app: 'shop', state: 'taken', canTake: false, canMove: true });
  });

  it('does not move where it would lose what it writes, and says so before anything is done', async () => {
    await host.run(['runuser', '-u', 'shop', '--', 'python3', '-c', 'import sqlite3; sqlite3.connect("/opt/shop/db.sqlite3").executescript("create table t (a)")']);
    expect(await board.failing('adoptions.move', { app: 'shop', host: 'box', yes: true })).toMatchObject({ problem: 'conflict', message: expect.stringContaining('db.sqlite3') });
    await host.run(['rm', '/opt/shop/db.sqlite3']);
  });

  it('stays where it is where nginx would not take it: no request fails, and all is as it was', async () => {
    // What is said of it before its move counts in it.
    await board.call('apps.apply', { app: 'shop', host: 'box', yes: true, set: ['watch_seconds=1'] });
    const visitors = load();
    await host.write('/etc/nginx/conf.d/other.conf', 'server { listen 81; bogus on; }\n');
    expect(await board.failing('adoptions.move', { app: 'shop', host: 'box', yes: true })).toMatchObject({
      problem: 'config-invalid',
      message: expect.stringContaining('other.conf:1'),
    });
    await host.run(['rm', '/etc/nginx/conf.d/other.conf']);
    expect(await visitors.stop()).toMatchObject({ failed: 0 });
    expect(await pid()).toBe(process);
    expect(await asTheyAre()).toEqual(before);
    expect(await out('sh', '-c', 'ls -d /srv/forgeboard/shop /etc/forgeboard/apps/shop; getent passwd fb-shop')).toBe('');
    expect((await scan())[0]).toMatchObject({ app: 'shop', state: 'taken', canMove: true });
  });

  it('moves to slots without a failed request: its variables and its certificate come along, and its unit is left as it lies', async () => {
    const presented = await certificate();
    const visitors = load();
    const plan = await board.call<Adopted>('adoptions.move', { app: 'shop', host: 'box', plan: true });
    expect(plan.obstacles).toEqual([]);
    expect(plan.files).toEqual([
      { path: '/etc/nginx/sites-available/shop', kind: 'changed', diff: '@@ -2 +2 @@\n-server unix:/run/shop/shop.sock\n+server unix:/srv/forgeboard/shop/live/app.sock\n' },
    ]);
    expect(await board.call('adoptions.move', { app: 'shop', host: 'box', digest: plan.digest })).toMatchObject({
      done: true,
      release: expect.any(Number),
      url: `https://${name}/`,
    });
    await until(async () => (await out('systemctl', 'is-active', 'shop.service')) === 'inactive');
    const { sent, failed, reasons, again } = await visitors.stop();
    expect({ failed, reasons }).toEqual({ failed: 0, reasons: [] });
    expect(again).toBeLessThanOrEqual(keptOpen);
    expect(sent).toBeGreaterThan(300);
    expect(await page()).toBe('Ana and Bob, 22, https');
    expect(await certificate()).toBe(presented);
    expect(await out('systemctl', 'is-enabled', 'shop.service')).toBe('disabled');
    expect(await host.read('/etc/nginx/sites-available/shop')).toBe(site.replace('unix:/run/shop/shop.sock', 'unix:/srv/forgeboard/shop/live/app.sock'));
    expect(await board.call('apps.get', { app: 'shop', host: 'box' })).toMatchObject({
      state: 'live',
      url: `https://${name}/`,
      adopted: { moved: true },
      pending: { changes: 0, problem: null },
    });
    const { variables } = await board.call<{ variables: { name: string; secret: boolean; value: string | null }[] }>('variables.list', { app: 'shop', host: 'box' });
    expect(variables.map(({ name: variable, secret: hidden, value }) => [variable, hidden, value])).toEqual([
      ['API_KEY', true, null],
      ['SHOP_NAME', true, null],
    ]);
    expect((await scan())[0]).toMatchObject({ app: 'shop', unit: 'shop.service', state: 'moved', canMove: false });
    expect((await board.call<{ text: string }>('apps.eject', { app: 'shop', host: 'box' })).text).toContain(
      `Address: https://${name}/, answered by nginx as its own site \`/etc/nginx/sites-available/shop\``,
    );
    // It is an app like any other now.
    expect(await board.call('apps.restart', { app: 'shop', host: 'box' })).toMatchObject({ outcome: 'live', url: `https://${name}/` });
    expect(await board.failing('domains.add', { app: 'shop', domain: 'other.example.com', host: 'box' })).toMatchObject({
      problem: 'invalid',
      message: expect.stringContaining('sites-available/shop'),
    });
  });

  it('is given back without a failed request, byte for byte', async () => {
    const visitors = load();
    expect(await board.call('adoptions.giveback', { app: 'shop', host: 'box', yes: true })).toMatchObject({ done: true, archive: expect.stringContaining('shop-') });
    const { failed, reasons, again } = await visitors.stop();
    expect({ failed, reasons }).toEqual({ failed: 0, reasons: [] });
    expect(again).toBeLessThanOrEqual(keptOpen);
    expect(await asTheyAre()).toEqual(before);
    expect(await out('systemctl', 'is-active', 'shop.service')).toBe('active');
    expect(await out('systemctl', 'is-enabled', 'shop.service')).toBe('enabled');
    expect(await page()).toBe('Ana and Bob, 22, https');
    expect(await board.call('apps.list', { host: 'box' })).toEqual({ apps: [] });
    const ours = ['/srv/forgeboard', '/etc/forgeboard/apps', '/etc/systemd/system', '/etc/nginx', '/etc/tmpfiles.d', '/var/lib/forgeboard/adopted', '/var/lib/forgeboard/apps'];
    expect(await out('sh', '-c', `find ${ours.join(' ')} -name '*shop*' -not -path '*/shop.service' -not -path '*/sites-*/shop'; getent passwd fb-shop`)).toBe('');
    expect(await host.read('/etc/forgeboard/apps.yml')).not.toContain('shop');
  });
});
