import type { Output } from '../../renderer/lib/api.ts';
import type { FileEntry } from '../../shared/contract/files.ts';
import type { App, Deployment } from '../../shared/contract/apps.ts';
import type { Variable } from '../../shared/contract/variables.ts';
import type { Finding, Host, Sample } from '../../shared/contract/hosts.ts';
import type { LeftOut, LogEntry } from '../../shared/contract/logs.ts';
import type { DeploymentProgress } from '../../shared/contract/deployments.ts';

/*
 * What the fake servers of the window's tests and pictures know: the names and figures of the mockups.
 */
export const now = Date.now();
export const before = (minutes: number) => new Date(now - minutes * 60_000).toISOString();

export const hosts: Host[] = [
  { name: 'fra-1', user: 'root', address: '203.0.113.17', port: 22, identity: '/home/ana/.ssh/id_ed25519', addedAt: before(90_000) },
  { name: 'hel-2', user: 'deploy', address: '198.51.100.24', port: 22, identity: null, addedAt: before(60_000) },
  { name: 'nbg-lab', user: 'pi', address: 'nbg-lab.home.example', port: 2222, identity: '/home/ana/.ssh/id_lab', addedAt: before(40_000) },
];

const app = (name: string, port: number, more: Partial<App> = {}): App => ({
  app: name,
  url: `http://203.0.113.17:${port}/`,
  domains: [],
  state: 'live',
  release: 12,
  slot: 'a',
  since: before(4_000),
  memory: 96e6,
  restarts: 0,
  deploying: null,
  adopted: null,
  ...more,
});

export const apps: App[] = [
  app('shop-api', 8100, { release: 48, since: before(128), memory: 212e6 }),
  app('shop-admin', 8101, { release: 31, since: before(1_500), memory: 188e6 }),
  app('blog', 8102, { release: 112, memory: 44e6 }),
  app('feed-reader', 8103, { release: 19, memory: 174e6, since: before(17_000) }),
  app('geo-lookup', 8104, { release: 64, memory: 131e6, since: before(8_000) }),
  app('invoice-pdf', 8105, { state: 'failed', release: 9, memory: null, restarts: 4, since: before(18) }),
  app('link-short', 8106, { release: 27, memory: 58e6 }),
  app('mail-hook', 8107, { release: 14, memory: 71e6, since: before(30_000) }),
  app('notes', 8108, { state: 'stopped', release: 6, memory: null, since: null }),
  app('photo-index', 8109, { release: 22, memory: 402e6, since: before(13_000) }),
  app('price-watch', 8110, { release: 35 }),
  app('recipe-box', 8111, { state: 'never-deployed', release: null, slot: null, memory: null, since: null, url: null }),
  app('status-page', 8112, { release: 41, memory: 31e6 }),
  app('wiki', 8113, { release: 58, since: before(11_000) }),
];

const deployment = (number: number, minutes: number, more: Partial<Deployment> = {}): Deployment => ({
  deployment: number,
  kind: 'deploy',
  changes: [],
  startedAt: before(minutes),
  actor: 'ana@laptop',
  outcome: 'live',
  release: number,
  target: number,
  warm: false,
  ms: 900 + ((number * 37) % 11) * 60,
  reason: null,
  ...more,
});

export const explained = {
  hint: 'The code reads STRIPE_WEBHOOK_SECRET, which is not set. Give it a value, then deploy again.',
  fix: { label: 'Set STRIPE_WEBHOOK_SECRET', variable: { name: 'STRIPE_WEBHOOK_SECRET', secret: true }, settings: null },
};
export const reason = "the app did not start: KeyError: 'STRIPE_WEBHOOK_SECRET' (settings.py line 22)";

export const deployments: Deployment[] = [
  deployment(49, 24, { outcome: 'failed', release: 48, reason }),
  deployment(48, 128),
  deployment(47, 330),
  deployment(46, 1_500, { actor: 'bo@desk' }),
  deployment(45, 1_800, { outcome: 'unchanged', release: 44, target: null }),
  deployment(44, 4_400),
  deployment(43, 4_500, { outcome: 'cancelled', release: 42 }),
  deployment(42, 9_000, { actor: 'bo@desk' }),
  deployment(41, 12_000, { outcome: 'failed', release: 40, reason: 'the packages could not be installed: no matching distribution found for flask==9.9' }),
  deployment(40, 20_000),
];

const messages: Record<number, [commit: string, message: string]> = {
  48: ['9f3c2e1a04b7d6c5e8f90a1b2c3d4e5f60718293', 'Cap basket size at 200'],
  47: ['41d07aa0b1c2d3e4f5061728394a5b6c7d8e9f00', 'Retry the payment webhook'],
  46: ['c2b9914d5e6f708192a3b4c5d6e7f8091a2b3c4d', 'Index orders by customer'],
};

const release = (number: number, state: 'live' | 'previous' | 'kept', minutes: number): Output<'releases.list'>['releases'][number] => ({
  release: number,
  state,
  createdAt: before(minutes),
  actor: 'ana@laptop',
  origin: '/home/ana/shop-api',
  files: 312,
  bytes: 2.4e6,
  python: '3.11.2',
  entryPoint: 'app:app',
  commit: messages[number]?.[0] ?? null,
  message: messages[number]?.[1] ?? null,
  steps: { start: 88, check: 1_030, switch: 1 },
});

/** What the server keeps of shop-api. */
export const releases = [release(48, 'live', 128), release(47, 'previous', 330), release(46, 'kept', 1_500), release(44, 'kept', 4_400)];

/** What 46 and 48 differ in. */
export const comparison: Output<'releases.compare'> = {
  added: ['app/payments/retry.py'],
  removed: ['app/payments/legacy.py'],
  changed: ['app/api/checkout.py', 'app/basket.py', 'requirements.txt'],
  more: 0,
  settings: [{ name: 'workers', before: '2', after: '4' }],
  variables: { added: ['STRIPE_RETRY_SECONDS'], removed: [], changed: ['WEB_WORKERS'] },
  migrated: [47],
};

/** The app's own last words of deployment 49. */
export const failedLog = [
  '[2026-05-14 16:41:07 +0000] [48213] [INFO] Starting gunicorn 23.0.0',
  '[2026-05-14 16:41:07 +0000] [48213] [INFO] Listening at: unix:/run/forgeboard/shop-api/b/app.sock (48213)',
  '[2026-05-14 16:41:08 +0000] [48219] [ERROR] Exception in worker process',
  'Traceback (most recent call last):',
  '  File "/srv/forgeboard/shop-api/venvs/1f/lib/python3.11/site-packages/gunicorn/arbiter.py", line 608, in spawn_worker',
  '    worker.init_process()',
  '  File "/srv/forgeboard/shop-api/venvs/1f/lib/python3.11/site-packages/gunicorn/workers/base.py", line 135, in init_process',
  '    self.load_wsgi()',
  '  File "/srv/forgeboard/shop-api/venvs/1f/lib/python3.11/site-packages/gunicorn/util.py", line 371, in import_app',
  '    mod = importlib.import_module(module)',
  '  File "<frozen importlib._bootstrap>", line 1050, in _gcd_import',
  '  File "/srv/forgeboard/shop-api/slots/b/release/app.py", line 9, in <module>',
  '    from settings import STRIPE_WEBHOOK_SECRET',
  '  File "/srv/forgeboard/shop-api/slots/b/release/settings.py", line 22, in <module>',
  '    STRIPE_WEBHOOK_SECRET = os.environ["STRIPE_WEBHOOK_SECRET"]',
  "KeyError: 'STRIPE_WEBHOOK_SECRET'",
  'forgeboard-shop-api.web.b.service: Main process exited, code=exited, status=3',
];

const step = (name: string, ms: number, detail: string): DeploymentProgress[] => [
  { type: 'step', name, status: 'running' },
  { type: 'step', name, status: 'done', ms, detail },
];

/** Everything of a deployment up to its check. */
export const untilCheck: DeploymentProgress[] = [
  ...step('scan', 82, '312 files, 2.4 MB'),
  ...step('offer', 140, '3 of 312 files are new to fra-1'),
  { type: 'started', app: 'shop-api', deployment: 49 },
  ...step('tree', 16, '312 files'),
  { type: 'step', name: 'packages', status: 'skipped', detail: 'as before' },
  ...step('bytecode', 61, '2 compiled'),
  { type: 'step', name: 'start', status: 'running' },
  { type: 'output', step: 'start', text: 'Started forgeboard-shop-api.web.b.service\n[48219] Booting worker with pid: 48219' },
  { type: 'step', name: 'start', status: 'done', ms: 88, detail: 'slot b, process 48213' },
  { type: 'step', name: 'check', status: 'running' },
];

export const findings: Finding[] = [
  { subject: 'System', level: 'ok', text: 'Debian GNU/Linux 12 (bookworm), x86_64', hint: null },
  { subject: 'Access', level: 'ok', text: 'Signed in with the rights of root', hint: null },
  { subject: 'Python', level: 'note', text: 'Python 3.11.2, without venv', hint: 'Prepare installs python3-venv.' },
  { subject: 'Memory', level: 'ok', text: '2900 MB of 7800 MB available', hint: null },
  { subject: 'Disk', level: 'ok', text: '/: 44.0 GB free of 75.0 GB', hint: null },
  { subject: 'Web', level: 'note', text: 'nginx is not installed', hint: 'Prepare installs it.' },
  { subject: 'Firewall', level: 'note', text: 'ufw is active', hint: 'Apps without a domain listen on ports from 8100: open those you want to reach from outside.' },
  { subject: 'Clock', level: 'ok', text: 'The clock is right', hint: null },
  { subject: 'Updates', level: 'warning', text: 'A reboot is pending', hint: 'Because of linux-image-6.1.0-25-amd64' },
  { subject: 'ForgeBoard', level: 'note', text: 'Not prepared yet', hint: 'Prepare shows what it would do before it does it.' },
];

export const ready: Finding[] = findings.map((one) =>
  one.level === 'note' && one.subject !== 'Firewall'
    ? { ...one, level: 'ok', text: one.subject === 'Web' ? 'nginx 1.22.1' : one.subject === 'Python' ? 'Python 3.11.2' : 'Prepared, 14 apps', hint: null }
    : one,
);

export const plan = [
  { name: 'packages', text: 'Install nginx and python3-venv', changed: true },
  { name: 'user', text: 'Make the user forgeboard, without a shell', changed: true },
  { name: 'folders', text: 'Make /srv/forgeboard and /var/lib/forgeboard', changed: true },
  { name: 'kit', text: 'Put the kit in place, /usr/local/lib/forgeboard', changed: true },
  { name: 'sudo', text: 'Nothing: you sign in as root', changed: false },
  { name: 'nginx', text: 'Add one include to /etc/nginx', changed: true },
];

/** The second of a server that is `at` seconds old. */
export function sampleAt(at: number): Sample {
  const wave = (period: number, phase = 0) => Math.sin(at / period + phase) * 0.5 + Math.sin(at / (period * 0.37) + phase * 2) * 0.3;
  return {
    at: new Date(now - at * 1_000).toISOString(),
    cpu: { used: 0.18 + wave(7) * 0.09, cores: 4, load: [0.71, 0.64, 0.6] },
    memory: { used: 4.9e9 + wave(20) * 4e7, total: 7.8e9, swapUsed: 0 },
    disk: { used: 31e9, total: 75e9, readRate: 0, writeRate: 4e5 },
    network: { inRate: 3.1e5 + wave(5) * 1e5, outRate: 2.4e6 + wave(4, 1) * 1.4e6 },
    uptime: 63 * 86_400,
    apps: apps
      .filter(({ state }) => state === 'live')
      .map(({ app: name, memory }, index) => ({ app: name, cpu: 0.04 + Math.abs(wave(6, index)) * 0.05, memory: (memory ?? 0) + wave(9, index) * 2e6 })),
  };
}

const traceback = `Traceback (most recent call last):
  File "/srv/forgeboard/shop-api/slots/b/venv/lib/python3.11/site-packages/uvicorn/protocols/http/h11_impl.py", line 403, in run_asgi
    result = await app(
  File "/srv/forgeboard/shop-api/slots/b/venv/lib/python3.11/site-packages/starlette/routing.py", line 758, in __call__
    await self.middleware_stack(scope, receive, send)
  File "/srv/forgeboard/shop-api/releases/47/app/api/checkout.py", line 41, in create_order
    total = basket.total(currency=order.currency)
  File "/srv/forgeboard/shop-api/releases/47/app/basket.py", line 88, in total
    return sum(line["price"] * line["quantity"] for line in self.lines)
KeyError: 'quantity'`;

/** process, level, text; a traceback is a line each, as programs print it. */
const said: [process: string, level: LogEntry['level'], text: string][] = [
  ['web', 'info', 'POST /v1/basket/items 201'],
  ['web', 'info', 'user agent \u202egpj.exe\u202c and a bell \u0007 and \u001b[31mred\u001b[0m'],
  ['web', 'warning', 'Payment webhook retried, attempt 3 of 5, order 81204'],
  ['nginx:access', 'info', 'GET /v1/products?page=2 200 12 ms'],
  ['web', 'error', traceback],
  ['nginx:access', 'error', 'POST /v1/orders 500 19 ms'],
  ['worker', 'info', '{"event": "receipt sent", "order": 81209, "to": "ana@example.com", "ms": 212, "level": "info"}'],
  ['web', 'info', 'GET /v1/basket/5512 200'],
  ['nginx:access', 'info', 'GET /v1/search?q=<img src=x onerror=alert(1)> 200 31 ms'],
  ['web', 'warning', 'Slow query 312 ms: SELECT … FROM orders WHERE customer_id = $1'],
  ['web', 'debug', 'cache hit for basket 5512'],
];

function line(at: number, [process, level, text]: (typeof said)[number], release: number): LogEntry {
  const [, method, path, status, ms] = /^([A-Z]+) (.*) (\d{3}) (\d+) ms$/.exec(text) ?? [];
  const request = { method: method ?? '', path: path ?? '', status: Number(status), bytes: 1_812, ms: Number(ms), address: '203.0.113.9', agent: 'Mozilla/5.0', referer: '-' };
  const of = process.startsWith('nginx') ? { slot: '', pid: 0, request } : { slot: release === 47 ? 'b' : 'a', pid: 812 + release, request: null };
  return { type: 'line', at: new Date(at).toISOString(), level, process, text, trace: text.includes('Traceback') || /^ |^KeyError/.test(text), release, ...of };
}

/** A log over the switch to release 48, which mended what 47 stumbled over. */
export const logLines: (LogEntry | LeftOut)[] = Array.from({ length: 160 }, (_, index) => {
  const release = index < 145 ? 47 : 48;
  const at = now - 128 * 60_000 + (index - 145) * 1_370 + (release === 48 ? 9_000 : 0);
  const one = said[index % said.length] ?? said[0]!;
  if (release === 48 && one[2] === traceback) return [];
  if (index === 150) return [{ type: 'left-out' as const, reason: 'rate' as const, at: new Date(at).toISOString(), lines: 12_400, bytes: 2_104_000 }];
  return one[2].split('\n').map((text) => line(at, [one[0], one[1], text], release));
}).flat();

/** Of a server's own journal. */
export const journalLines: LogEntry[] = [
  ['sshd', 'info', 'Accepted publickey for root from 198.51.100.7 port 50412 ssh2: ED25519 SHA256:u7Qek'],
  ['systemd', 'info', 'Started session-412.scope - Session 412 of User root.'],
  ['kernel', 'warning', 'TCP: request_sock_TCP: Possible SYN flooding on port 443. Sending cookies.'],
  ['nginx', 'error', 'bind() to 0.0.0.0:80 failed (98: Address already in use)'],
].map((one, index) => ({ ...line(now - (4 - index) * 9_000, one as (typeof said)[number], 47), slot: '', release: null, request: null }));

const variable = (name: string, value: string | null, version: number, minutes = 20_000): Variable => ({
  name,
  value,
  secret: value === null,
  version,
  since: before(minutes),
  marked: false,
});

/** The variables of shop-api. */
export const variables: Variable[] = [
  variable('BASKET_LIMIT', '200', 12),
  variable('CORS_ORIGINS', 'https://shop.example', 7),
  variable('DATABASE_URL', null, 11, 17_000),
  variable('LEGACY_SKU_API', 'https://sku.shop.example/v0', 3),
  variable('LOG_LEVEL', 'info', 2),
  variable('MAIL_FROM', 'orders@shop.example', 5),
  variable('PUBLIC_URL', 'https://api.shop.example', 1),
  variable('REDIS_URL', 'unix:///run/redis/shop.sock', 4),
  variable('SECRET_KEY', null, 1, 180_000),
  variable('SENTRY_DSN', null, 6, 88_000),
  variable('STRIPE_API_KEY', null, 11, 17_000),
  variable('SUPPLIER_TIMEOUT', '8', 11),
  variable('WEBHOOK_RETRIES', '5', 11),
  variable('WEB_WORKERS', '4', 9),
];

const version = (number: number, minutes: number, more: Partial<Output<'variables.history'>['versions'][number]>): Output<'variables.history'>['versions'][number] => ({
  version: number,
  live: false,
  at: before(minutes),
  actor: 'ana@laptop',
  added: [],
  changed: [],
  removed: [],
  restored: null,
  ...more,
});

export const versions = [
  version(12, 1_500, { live: true, changed: ['BASKET_LIMIT'] }),
  version(11, 17_000, { actor: 'bo@desk', added: ['SUPPLIER_TIMEOUT', 'WEBHOOK_RETRIES'], changed: ['DATABASE_URL', 'STRIPE_API_KEY'] }),
  version(10, 17_400, { actor: 'bo@desk', removed: ['OLD_SEARCH_URL'], restored: 8 }),
  version(9, 40_000, { changed: ['WEB_WORKERS'] }),
];

type Setting = {
  name: string;
  value: string | null;
  from: 'apps.yml' | 'folder' | 'default';
  fallback: string | null;
  inForce: string | null;
  form: 'text' | 'number' | 'list' | 'map';
  description: string;
};
const setting = (name: string, form: Setting['form'], value: string | null, from: Setting['from'], description: string, fallback: string | null = null): Setting => ({
  ...{ name, value, from, fallback, inForce: null, form, description },
});
export const settings: Setting[] = [
  setting(
    'type',
    'text',
    'wsgi',
    'apps.yml',
    'How it is served: wsgi, asgi, command (its web process is any program), worker (no web process), static; or a framework, such as flask',
  ),
  setting('entry_point', 'text', 'shop.wsgi:app', 'apps.yml', 'Where a wsgi or asgi app is: module:object'),
  setting('processes', 'map', 'mail: python mail.py --queue default\nsync: python sync.py', 'folder', 'Other processes that run all the time, by name, each a command'),
  setting('schedules', 'map', 'tidy: 30 4 * * * python tidy.py', 'apps.yml', 'Commands that run at times, by name: at (as in cron, five fields), command'),
  setting('cpu', 'text', null, 'default', 'The most processor time, like 50%; 100% is one processor', 'no limit'),
  setting('before', 'list', 'python manage.py migrate', 'folder', 'Run before the new release starts, such as migrations'),
  setting('persist', 'list', null, 'default', "Paths of the app that outlive a release: they are kept in the app's data folder"),
  setting('health_path', 'text', '/', 'default', 'What is asked for before a release goes live'),
  setting('keep_releases', 'number', '5', 'default', 'How many of the newest releases stay on the server'),
];

const file = (name: string, size: number, minutes: number, more: Partial<FileEntry> = {}): FileEntry => ({
  name,
  kind: 'file',
  size,
  mode: '0644',
  modified: before(minutes),
  owner: 'deploy',
  group: 'deploy',
  target: null,
  leadsTo: null,
  sayable: true,
  ...more,
});

/** What lies in the home of the account. */
export const entries: FileEntry[] = [
  file('.bashrc', 3526, 90_000),
  file('.ssh', 4096, 90_000, { kind: 'folder', mode: '0700' }),
  file('backup-2026-05-13.tar.gz', 812_400_000, 1_900, { mode: '0600' }),
  file('check.py', 1840, 18, { mode: '0755' }),
  file('deploy notes.md', 4210, 2_900),
  file('exports', 4096, 64, { kind: 'folder', mode: '0775', group: 'www-data' }),
  file('invoice\u202efdp.exe', 20_480, 4_100, { sayable: false }),
  file('nginx', 9, 40_000, { kind: 'link', target: '/etc/nginx', leadsTo: 'folder', mode: '0777' }),
  file('notify.sock', 0, 300, { kind: 'other', mode: '1777', owner: 'root', group: 'root' }),
  file('settings.toml', 960, 700),
  file('shop.sqlite3', 48_300_000, 1),
];

export const script = `#!/usr/bin/env python3
"""Says which orders have waited for more than a day."""
import os
import sqlite3

LIMIT = 24 * 3600  # seconds


def waiting(path: str) -> list[tuple[int, str]]:
    with sqlite3.connect(path) as orders:
        return orders.execute("select id, customer from orders where age > ?", (LIMIT,)).fetchall()


if __name__ == "__main__":
    for number, customer in waiting(os.environ["DATA_DIR"] + "/shop.sqlite3"):
        print(f"{number}: {customer}")
`;

export const snippets = [
  { name: 'Largest folders', text: 'sudo du -xh --max-depth=2 / | sort -rh | head -20' },
  { name: 'Failed units', text: 'systemctl --failed --no-legend' },
  { name: 'Reload nginx', text: 'sudo nginx -t\nsudo systemctl reload nginx' },
  { name: 'Who asks most', text: "sudo awk '{ print $1 }' /var/log/nginx/access.log | sort | uniq -c | sort -rn | head" },
];
