import type { Adopted, FoundApp } from '../../shared/contract/adoptions.ts';
import * as facts from './facts.ts';
import type { Answers } from './board.ts';

/* What a server with hand-made apps answers. */

const found = (more: Partial<FoundApp>): FoundApp => ({
  app: '',
  unit: null,
  server: 'process',
  what: '',
  where: '',
  url: null,
  domains: [],
  certificate: null,
  state: 'found',
  canTake: false,
  canMove: false,
  reasons: [],
  todo: '',
  ...more,
});

export const foundApps: FoundApp[] = [
  found({
    app: 'blog',
    unit: 'blog.service',
    server: 'gunicorn',
    what: 'blog.wsgi:application, 2 workers',
    where: '/srv/blog',
    url: 'https://blog.example.com/',
    domains: ['blog.example.com'],
    certificate: '/etc/letsencrypt/live/blog.example.com/fullchain.pem',
    state: 'taken',
    canMove: true,
    todo: 'Move it to slots, for deploys without a failed request, or give it back.',
  }),
  found({
    app: 'shop',
    unit: 'gunicorn-shop.service',
    server: 'gunicorn',
    what: 'app:app, 3 workers',
    where: '/opt/shop',
    url: 'https://shop.example.com/',
    domains: ['shop.example.com', 'www.shop.example.com'],
    certificate: '/etc/letsencrypt/live/shop.example.com/fullchain.pem',
    canTake: true,
    canMove: true,
    todo: 'Take it over: it runs on untouched. Then move it to slots when you like.',
  }),
  found({
    app: 'api',
    unit: 'api.service',
    server: 'uvicorn',
    what: 'main:app',
    where: '/home/ana/api',
    url: 'http://203.0.113.17:8080/',
    canTake: true,
    reasons: ['Other units stop or start with it: api.socket.'],
    todo: 'Take it over: it runs on untouched. It cannot move to slots as it is.',
  }),
  found({
    unit: 'bot.service',
    app: 'bot',
    server: 'python',
    what: 'python3 /opt/bot/bot.py',
    where: '/opt/bot',
    reasons: ['It is started by python; gunicorn and uvicorn are taken over.'],
    todo: 'Deploy its folder as a worker, or as a command that listens on $PORT; then stop this unit.',
  }),
  found({
    server: 'uwsgi',
    what: 'uwsgi /etc/uwsgi/apps-enabled/wiki.ini',
    where: '/srv/wiki',
    todo: 'Deploy its folder as an app: gunicorn serves it then. Stop uWSGI once it answers, and lead nginx to it.',
  }),
  found({
    server: 'cron',
    what: 'python /opt/shop/tidy.py, at 17 4 * * *',
    where: '/etc/cron.d/shop:3',
    todo: 'Deploy its folder with this line as a schedule (schedules in forgeboard.yml), then take it out of cron.',
  }),
  found({ server: 'screen', what: 'python3 watch.py', where: '/root', todo: 'It ends with its terminal or at a reboot. Deploy its folder: it is started again by itself then.' }),
];

const plan: Adopted = {
  app: 'blog',
  unit: 'blog.service',
  done: false,
  effects: [],
  warnings: [],
  obstacles: [],
  files: [],
  digest: 'd1',
  url: 'https://blog.example.com/',
  pid: 812,
};

export const takePlan: Adopted = {
  ...plan,
  app: 'shop',
  unit: 'gunicorn-shop.service',
  effects: [
    'gunicorn-shop.service runs on as it is, process 812: nothing is stopped, and none of its files is changed.',
    'Its unit and its site are copied to /var/lib/forgeboard/adopted/shop.',
    'shop appears among the apps of fra-1, with its log and its figures.',
    'To undo it: give it back.',
  ],
};

export const movePlan: Adopted = {
  ...plan,
  effects: [
    'A release is made of /srv/blog: 214 files, 3.1 MB.',
    'Its packages are installed anew as they are in /srv/blog/venv: 18 of them, each at its version.',
    "4 variables of its unit become the app's, as secrets; no value leaves the server: DATABASE_URL, DEBUG, SECRET_KEY, SENTRY_DSN",
    'It starts in a slot as the user fb-blog, beside blog.service. Once it has answered, nginx leads to it (one file, below): no request fails. Its certificate stays where it is.',
    'Then blog.service answers what it has begun, is stopped, and is not started at boot any more. Its file, /srv/blog and /srv/blog/venv stay as they are.',
    'Until the slot has answered, every failure leaves all as it is. To undo it later: give it back.',
  ],
  warnings: ["What only blog may read or connect to (files elsewhere, a database by the user's name) is not open to fb-blog."],
  files: [
    {
      path: '/etc/nginx/sites-available/blog',
      kind: 'changed',
      diff: '@@ -14 +14 @@\n-proxy_pass http://127.0.0.1:8001\n+proxy_pass http://unix:/srv/forgeboard/blog/live/app.sock\n',
    },
  ],
};

export const hinderedPlan: Adopted = {
  ...movePlan,
  obstacles: [
    'It writes into its own folder: db.sqlite3, media/cover.jpg. A release is read-only, and what it writes while it moves would be lost. Have it write to another place that a variable names, or to a database, and start it anew.',
  ],
};

const blog = {
  ...facts.apps[0]!,
  app: 'blog',
  url: 'https://blog.example.com/',
  domains: ['blog.example.com'],
  release: null,
  slot: null,
  adopted: { unit: 'blog.service', moved: false },
};

export const adoptionAnswers: Answers = {
  'adoptions.scan': () => ({ found: foundApps }),
  'adoptions.take': ({ plan: only }) => ({ ...takePlan, done: !only }),
  'adoptions.move': ({ plan: only }) => ({ ...movePlan, done: !only, deployment: only ? null : 1, release: only ? null : 1, ms: 8120 }),
  'adoptions.giveback': ({ plan: only }) => ({
    ...plan,
    done: !only,
    archive: null,
    effects: ['blog leaves the list; blog.service runs on as it is, and no file of it was ever changed.', 'Its copies in /var/lib/forgeboard/adopted/blog go.'],
  }),
  'apps.list': () => ({ apps: [...facts.apps.slice(0, 4).filter(({ app }) => app !== 'blog'), blog] }),
  'apps.get': ({ app }) => ({
    ...(app === 'blog' ? blog : facts.apps[0]!),
    files: null,
    python: null,
    pending: { changes: 0, problem: null },
    deployments: app === 'blog' ? [] : facts.deployments,
  }),
};
