import type { Board, ToBackend, ToPage, TerminalToBackend, TerminalToPage } from '../../shared/bridge.ts';
import type { Question } from '../../shared/contract/questions.ts';
import { Failure } from '../../shared/errors.ts';
import type { Event, Input, OperationName, Output } from '../../renderer/lib/api.ts';
import { ownTemplates } from '../../shared/rules/templates.ts';
import * as facts from './facts.ts';
import { keysWhere, ownKeys } from './key-facts.ts';
import { knownFacts } from './known-facts.ts';
import * as imported from './import-facts.ts';

/*
 * A stand-in for preload and the backend, for tests of the page and its pictures: it speaks the messages of
 * shared/bridge.ts over a real MessageChannel and answers operations with facts typed by the contract. Only tests load it.
 */
export interface Told<Name extends OperationName> {
  emit(event: Event<Name>): void;
  ask(question: Question): Promise<string | boolean | null>;
  signal: AbortSignal;
}
export type Answers = { [Name in OperationName]?: (input: Input<Name>, told: Told<Name>) => Output<Name> | Promise<Output<Name>> };

const forever = (signal: AbortSignal) => new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new Failure('cancelled', 'Cancelled'))));

/** What the servers of the mockups answer. */
export function usualAnswers(): Answers {
  const appOf = (name: string) => facts.apps.find(({ app }) => app === name);
  return {
    'settings.get': () => ({
      theme: 'system',
      textSize: 100,
      colourBlind: false,
      singleKeys: true,
      terminal: { theme: 'window', font: '', size: 12.5, scrollback: 5_000, copyOnSelect: false, ligatures: false, record: false },
      keyring: { name: 'the login keyring', reason: null },
      home: '/home/ana/.config/forgeboard',
      recovered: [],
    }),
    'settings.set': () => ({}),
    'known-hosts.list': ({ host }) => ({ ...knownFacts, keys: knownFacts.keys.filter(({ hosts }) => host === undefined || hosts.includes(host)) }),
    'keys.list': () => ownKeys,
    'keys.where': () => keysWhere,
    'keys.install': ({ host, key }) => ({ host, key, outcome: 'installed', file: '/home/deploy/.ssh/authorized_keys', options: '' }),
    'hosts.list': () => ({ hosts: facts.hosts }),
    'hosts.get': ({ name }) => facts.hosts.find((host) => host.name === name) ?? facts.hosts[0]!,
    'hosts.states': async (_input, { emit, signal }) => {
      emit({ host: 'fra-1', state: 'ready', reason: null, problem: null, retryAt: null });
      emit({ host: 'hel-2', state: 'ready', reason: null, problem: null, retryAt: null });
      emit({ host: 'nbg-lab', state: 'waiting', reason: 'nbg-lab did not answer on port 2222', problem: 'unreachable', retryAt: new Date(Date.now() + 12_000).toISOString() });
      return forever(signal);
    },
    'hosts.watch': async (_input, { emit, signal }) => {
      for (let at = 118; at >= 0; at -= 1) emit(facts.sampleAt(at));
      return forever(signal);
    },
    'hosts.check': () => ({ ready: true, prepared: true, findings: facts.ready }),
    'files.list': ({ host, path, sudo }) => {
      if (path === '/root' && sudo !== true)
        throw new Failure('denied', `The account that signs in may not list /root on ${host}`, {
          hint: 'Where it may use sudo, do it as root: the switch on the page, or --sudo.',
          field: 'path',
        });
      return { path: path === '.' || path === undefined ? '/home/deploy' : path, kind: 'folder', entries: path === '/srv/empty' ? [] : facts.entries, more: path === '/var/spool' };
    },
    'forwards.services': ({ app }) => ({
      services: app === 'shop-api' ? [{ variable: 'DATABASE_URL', kind: 'PostgreSQL', host: '127.0.0.1', port: 5432, before: 'postgresql://shop@', after: '/shop' }] : [],
    }),
    'forwards.open': async ({ forward, remote }, { emit, signal }) => {
      if (forward.startsWith('6379'))
        throw new Failure('port-taken', 'Nothing can be taken at 127.0.0.1:6379 on this computer: another program listens there', {
          hint: 'Choose another port, or 0 for any.',
          field: 'forward',
        });
      const [listen = '0', host = '127.0.0.1', port = '0'] = forward.split(':');
      emit({ type: 'listening', at: `127.0.0.1:${listen === '0' ? '38211' : listen}`, to: `${host}:${port}`, onServer: remote === true });
      emit({ type: 'carried', open: 2, all: 31 });
      return forever(signal);
    },
    'files.get': async ({ path }, { emit, signal }) => {
      if (path.endsWith('settings.toml')) return { to: '/home/ana/settings.toml', files: 1, bytes: 960, resumed: 0, left: 0, ms: 40 };
      emit({ type: 'copied', files: 1_204, ofFiles: 2_010, bytes: 318_000_000, ofBytes: 812_400_000 });
      return forever(signal);
    },
    'files.put': () => {
      throw new Failure('exists', 'notes.txt is there already', { field: 'path' });
    },
    'files.read': ({ path }) => {
      const text = path.endsWith('.md') ? 'Before a deploy:\n\n- [ ] `access = "user\u202e \u2066# admins only\u2069 \u2066"`\n' : facts.script;
      return { path, size: text.length, text, hidden: text !== facts.script, why: null };
    },
    'hosts.connect': () => ({ connected: false }),
    'hosts.suggest': () => ({
      servers: [
        { name: 'fra-1', address: 'root@203.0.113.17', identity: '/home/ana/.ssh/id_ed25519', jumps: null },
        { name: 'hel-2', address: 'deploy@198.51.100.24', identity: '/home/ana/.ssh/id_ed25519', jumps: 'gate.example' },
        { name: 'nbg-lab', address: 'pi@nbg-lab.home.example:2222', identity: '/home/ana/.ssh/id_lab', jumps: null },
      ],
      keys: [
        { path: '/home/ana/.ssh/id_ed25519', kind: 'ED25519', encrypted: true },
        { path: '/home/ana/.ssh/id_lab', kind: 'RSA', encrypted: false },
      ],
    }),
    'hosts.probe': () => ({
      fingerprint: 'SHA256:u7QekT0d9mXrW2vAhN4cpL8sY1Bz6fJgoK3tRxD5Mwi',
      type: 'ssh-ed25519',
      verdict: 'unknown',
      before: [],
      file: '/home/ana/.ssh/known_hosts',
      command: 'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub',
    }),
    'hosts.add': ({ name, address }) => ({
      name,
      user: 'root',
      address,
      port: 22,
      identity: null,
      addedAt: facts.before(0),
      fingerprint: 'SHA256:u7QekT0d9mXrW2vAhN4cpL8sY1Bz6fJgoK3tRxD5Mwi',
      notes: [],
    }),
    'hosts.prepare': () => ({ done: false, changes: 5, steps: facts.plan }),
    'apps.list': ({ host }) => ({ apps: host === 'fra-1' ? facts.apps : facts.apps.slice(0, 6) }),
    'apps.get': ({ app }) => ({ ...(appOf(app) ?? facts.apps[0]!), files: 312, python: '3.11.2', pending: { changes: 0, problem: null }, deployments: facts.deployments }),
    'apps.warm': async (_input, { emit, signal }) => {
      emit({ type: 'warm', state: 'waiting', reason: 'a deployment is at work, or the release before it is still watched', memory: null });
      return forever(signal);
    },
    'apps.settings': () => ({
      settings: [
        ...facts.settings,
        { name: 'workers', value: '2', from: 'default', fallback: '2', inForce: null, form: 'number', description: 'Worker processes of a wsgi or asgi app' },
        { name: 'memory', value: '512M', from: 'apps.yml', fallback: 'no limit', inForce: null, form: 'text', description: 'The most memory that each process may use, like 512M' },
      ],
      problem: null,
    }),
    'apps.plan': ({ app, set = [] }) => ({
      app,
      changes: set.length,
      settings: set.map((text) => ({ name: text.split('=')[0] ?? '', before: null, after: text.slice(text.indexOf('=') + 1) })),
      files: [{ path: '/etc/forgeboard/apps.yml', kind: 'changed', diff: `@@ -3,2 +3,3 @@\n   - slug: ${app}\n     port: 8100\n${added(set)}` }],
      effect: 'restart',
      effects: [`${app} starts anew in its other slot and takes over there: no request fails.`],
      warnings: [],
      digest: 'd1',
    }),
    'domains.list': () => ({
      domains: [{ domain: 'shop.example.com', shown: 'shop.example.com', url: 'http://shop.example.com/', addresses: ['203.0.113.17'], points: 'here', inForce: true }],
      ownUrl: 'http://203.0.113.17:8100/',
      addresses: ['203.0.113.17'],
    }),
    'adoptions.scan': () => ({ found: [] }),
    'apps.removed': () => ({ removed: [], freeBytes: 21_400_000_000 }),
    'releases.compare': () => facts.comparison,
    'releases.list': () => ({ releases: facts.releases }),
    'deployments.list': () => ({ deployments: facts.deployments }),
    'deployments.start': async (_input, { emit, signal }) => {
      for (const event of facts.untilCheck) emit(event);
      return forever(signal);
    },
    'deployments.follow': (_input, { emit }) => {
      for (const event of facts.untilCheck) emit(event);
      emit({ type: 'step', name: 'check', status: 'failed', ms: 1130 });
      return { ...facts.deployments[0]!, ...facts.explained, log: facts.failedLog };
    },
    'deployments.folder': () => ({ folder: null, gone: null }),
    'deployments.cancel': () => ({ cancelled: true }),
    'variables.list': () => ({ variables: facts.variables, version: 12, live: 12, serves: true }),
    'variables.history': () => ({ versions: facts.versions }),
    'variables.import': ({ app }) => ({ app, outcome: 'stored', version: 1, added: [], changed: [], removed: [], deployment: null, release: null, url: null, ms: 90 }),
    'variables.set': ({ app }) => ({ app, outcome: 'stored', version: 2, added: [], changed: [], removed: [], deployment: null, release: null, url: null, ms: 80 }),
    'imports.inspect': (_input, { emit }) => {
      emit({ type: 'reading', files: 187, modules: 12, of: 41 });
      emit({ type: 'found', inspection: imported.inspection });
      return imported.inspection;
    },
    'imports.files': () => imported.travelling,
    'imports.remember': () => ({ changed: true }),
    'imports.preview': ({ app }) => ({
      isNew: true,
      url: 'http://203.0.113.17:8114/',
      makes: [
        `A user of its own, fb-${app}, and its folder /srv/forgeboard/${app}.`,
        'A site on port 8114.',
        '2 units of systemd.',
        'An environment with the packages of requirements.txt and uvicorn, where no release had the same.',
        'Kept in its data folder: cache.sqlite3, uploads.',
      ],
      files: [
        {
          path: `/etc/systemd/system/forgeboard-${app}.web@.service`,
          kind: 'new',
          diff: `@@ -0,0 +1,5 @@\n+[Unit]\n+Description=${app}, slot %i\n+\n+[Service]\n+ExecStart=/srv/forgeboard/${app}/slots/%i/venv/bin/uvicorn stock.main:app\n`,
        },
        { path: `/etc/nginx/conf.d/forgeboard-${app}.conf`, kind: 'new', diff: '@@ -0,0 +1,3 @@\n+server {\n+    listen 8114;\n+}\n' },
      ],
    }),
    'templates.list': () => ({
      templates: [
        ...ownTemplates.map((one) => ({ ...one, from: 'forgeboard' as const })),
        { name: 'shop-base', title: 'shop-base', text: 'git@git.example.com:ana/shop-base.git', from: 'git' },
      ],
    }),
    'snippets.list': () => ({ snippets: facts.snippets }),
    'snippets.save': () => ({}),
    'snippets.remove': () => ({}),
    'templates.create': ({ name }) => ({ name, folder: { handle: 'folder-3', name }, files: 9 }),
    'templates.add': () => ({}),
    'templates.remove': () => ({}),
    'logs.tail': async (_input, { emit, signal }) => {
      emit({ type: 'place', older: '{}', begun: false, newer: null });
      for (const line of facts.logLines) emit(line);
      emit({ type: 'place', older: null, begun: false, newer: '{}' });
      return forever(signal);
    },
    'logs.older': () => ({ lines: [], older: '{}', begun: true, reached: new Date(facts.now - 864e5).toISOString() }),
    'logs.sources': () => ({ processes: ['web', 'worker'], nginx: ['nginx:access', 'nginx:error'] }),
    'logs.host': async (_input, { emit, signal }) => {
      emit({ type: 'place', older: '{}', begun: true, newer: null });
      for (const line of facts.journalLines) emit(line);
      return forever(signal);
    },
    'terminals.open': () => ({ ticket: 'ticket-1' }),
  };
}

/** The server's end of a terminal that the page opened. */
export interface FakeShell {
  /** All that was typed. */
  typed: string;
  /** Every message that the page sent. */
  readonly sent: TerminalToBackend[];
  say(output: string | Uint8Array): void;
  /** `lost` with the reason for a lost connection. */
  end(code: number | null, lost?: string): void;
  /** It is not recorded any more, for this reason. */
  refuse(reason: string): void;
}

export interface FakeBoard extends Board {
  /** In the order in which they were opened. */
  readonly shells: FakeShell[];
  /** Every message that the page sent. */
  readonly sent: ToBackend[];
  /** What was copied, opened or notified, in words. */
  readonly done: string[];
  setBackend(state: 'up' | 'gone' | 'failed'): void;
}

/** @param page where ports arrive, as preload's would. */
export function fakeBoard(answers: Answers, page: Window = window): FakeBoard {
  const sent: ToBackend[] = [];
  const done: string[] = [];
  const shells: FakeShell[] = [];
  const listeners = new Set<(state: { state: 'up' | 'gone' | 'failed'; restarts: number }) => void>();
  let state: 'up' | 'gone' | 'failed' = 'up';
  const post = (kind: string, ticket: string | undefined, port: MessagePort) =>
    page.dispatchEvent(new MessageEvent('message', { data: { board: 'port', kind, ticket: ticket ?? null }, ports: [port], source: page as WindowProxy & Window }));

  return {
    sent,
    done,
    shells,
    setBackend(next) {
      state = next;
      for (const listener of listeners) listener({ state, restarts: 0 });
    },
    connect(kind, ticket) {
      const { port1, port2 } = new MessageChannel();
      if (kind === 'control') serve(port1, answers, sent);
      else shells.push(shell(port1));
      setTimeout(() => post(kind, ticket, port2), 0);
    },
    onBackend(listener) {
      listeners.add(listener);
      listener({ state, restarts: 0 });
      return () => listeners.delete(listener);
    },
    folderFromDrop: async () => ({ handle: 'folder-1', name: 'shop-api' }),
    fileFromDrop: async (file) => ({ handle: 'file-1', name: (file as File).name }),
    chooseFiles: async () => [{ handle: 'file-2', name: 'notes.txt' }],
    chooseFolder: async () => ({ handle: 'folder-2', name: 'stock-sync' }),
    chooseArchive: async () => ({ handle: 'folder-4', name: 'stock-sync.tar.gz' }),
    chooseKeyFile: async () => '/home/ana/.ssh/other',
    openExternal: async (url) => done.push(`open ${url}`) > 0,
    showCopied: async (handle, name) => done.push(`show ${name} in ${handle}`) > 0,
    showSessionLog: async (name) => done.push(`show the session log ${name}`) > 0,
    copyText: async (text) => void done.push(`copy ${text}`),
    saveText: async (name, text) => (done.push(`save ${text.split('\n').length - 1} lines`) > 0 ? name : null),
    readClipboardText: async () => 'cd /srv/forgeboard/shop-api/data\nsqlite3 search.sqlite "vacuum"\nrm -r exports\u202e\n',
    notify: (title) => void done.push(`notify ${title}`),
    onCommand: () => () => {},
    platform: 'linux',
    version: '0.1.0',
    runtime: { running: '25.1.1', madeFor: '45.4.1' },
  };
}

function serve(port: MessagePort, answers: Answers, sent: ToBackend[]): void {
  const open = new Map<number, { abort: AbortController; asked: Map<number, (value: string | boolean | null) => void> }>();
  const post = (message: ToPage) => port.postMessage(message);
  port.onmessage = async ({ data }: MessageEvent<ToBackend>) => {
    sent.push(data);
    const call = open.get(data.id);
    if (data.type === 'cancel') call?.abort.abort();
    if (data.type === 'answer') call?.asked.get(data.asked)?.(data.value);
    if (data.type !== 'call') return;
    const { id, name } = data;
    const abort = new AbortController();
    const asked = new Map<number, (value: string | boolean | null) => void>();
    open.set(id, { abort, asked });
    const answer = answers[name as OperationName] as ((input: unknown, told: Told<'deployments.start'>) => unknown) | undefined;
    try {
      if (answer === undefined) throw new Failure('bug', `The fake board does not know ${name}`);
      const value = await answer(data.input, {
        emit: (event) => post({ type: 'event', id, event }),
        ask: (question) =>
          new Promise((resolve) => {
            asked.set(asked.size + 1, resolve);
            post({ type: 'ask', id, asked: asked.size, question });
          }),
        signal: abort.signal,
      });
      post({ type: 'outcome', id, outcome: { ok: true, value } });
    } catch (error) {
      post({ type: 'outcome', id, outcome: { ok: false, failure: (error instanceof Failure ? error : new Failure('bug', String(error))).toJSON() as never } });
    }
    open.delete(id);
  };
}

const prompt = '\u001b[32mshop-api@fra-1\u001b[0m \u001b[34m~/current\u001b[0m $ ';

/** A shell that knows what the mockup's shows, and repeats what is typed. */
function shell(port: MessagePort): FakeShell {
  const post = (message: TerminalToPage) => port.postMessage(message);
  const made: FakeShell = {
    typed: '',
    sent: [],
    say: (output) => post({ type: 'output', bytes: typeof output === 'string' ? new TextEncoder().encode(output) : output }),
    end: (code, lost) => post({ type: 'ended', code, reason: lost ?? null, lost: lost !== undefined }),
    refuse: (reason) => post({ type: 'recording', file: null, reason }),
  };
  port.onmessage = ({ data }: MessageEvent<TerminalToBackend>) => {
    made.sent.push(data);
    if (data.type === 'record') post({ type: 'recording', file: data.on ? 'fra-1_shop-api_2026-05-14_16-40-05.log' : null, reason: null });
    if (data.type !== 'keys') return;
    made.typed += data.text;
    made.say(data.text.replace(/\r/g, `\r\n${prompt}`));
  };
  made.say(
    `\u001b[90mRelease 48 of shop-api. The app runs on; this is a second process.\u001b[0m\r\n\r\n${prompt}python -m tools.orders --since yesterday\r\nday           orders   revenue   refunds\r\n2026-05-13        61   1,904.20        2\r\n2026-05-14        48   1,517.75        0\r\n${prompt}ls -lh data\r\ntotal 1.3M\r\ndrwxr-x--- 2 shop-api shop-api 4.0K May 14 09:10 \u001b[34mexports\u001b[0m\r\n-rw-r----- 1 shop-api shop-api 1.2M May 14 16:40 search.sqlite\r\n${prompt}`,
  );
  return made;
}

/** Lines of apps.yml that would come. */
const added = (set: readonly string[]) =>
  set
    .map((text) => {
      const [name, ...lines] = text.replace('=', '\n').split('\n');
      return lines.length === 1 ? `+    ${name}: ${lines[0]}\n` : `+    ${name}:\n${lines.map((line) => `+      ${line}\n`).join('')}`;
    })
    .join('');
