import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startLoad } from '../../demo/load.ts';
import { board, host, withPreparedBoard } from '../prepared-board.ts';

const urls: Record<string, string> = {};

withPreparedBoard();

const out = async (...argv: string[]) => (await host.run(argv, { check: false })).stdout.trim();
const page = async (url: string) => (await fetch(url, { headers: { connection: 'close' } })).text();
/** Asks again until it is so: what a worker or a starting host does takes its time. */
async function until<T>(look: () => Promise<T>, fits: (seen: T) => boolean): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    const seen = await look().catch((error: unknown) => error as T);
    if (fits(seen)) return seen;
    if (tries > 150) throw new Error(`it did not come: ${String(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
const shows = (url: string, text: string) =>
  until(
    () => page(url),
    (body) => String(body).includes(text),
  );
/** Deploys, changes a file under load, deploys again; the second page. */
async function twice(app: string, kind: string, file: string, change: (text: string) => string, more: Record<string, string> = {}): Promise<{ url: string; before: string }> {
  const folder = await board.sample(app, more, kind);
  const first = await board.deploy(folder, app);
  urls[app] = first.url;
  const before = await page(first.url);
  const load = startLoad(first.url);
  await writeFile(join(folder, file), change(await readFile(join(folder, file), 'utf8')));
  expect(await board.deploy(folder, app)).toMatchObject({ outcome: 'live', release: 2 });
  expect(await load.stop()).toMatchObject({ failed: 0 });
  return { url: first.url, before };
}

/** One text over a WebSocket and what comes back; written out, since Node has no client before 22. */
function echoed(url: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const key = randomBytes(16).toString('base64');
    const asked = request(url, { headers: { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': key } });
    asked.on('upgrade', (_response, socket, head) => {
      // A client's text frame is masked (RFC 6455, 5.2); a mask of zeros leaves the text as it is.
      socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]));
      let heard = head;
      socket.on('data', (chunk: Buffer) => {
        heard = Buffer.concat([heard, chunk]);
        if (heard.length < 2 + text.length) return;
        resolve(heard.subarray(2, 2 + text.length).toString());
        socket.destroy();
      });
    });
    asked.on('response', ({ statusCode }) => reject(new Error(`no upgrade: ${statusCode}`)));
    asked.on('error', reject);
    asked.end();
  });
}

describe('a kind of app', () => {
  it('ASGI: FastAPI answers, its WebSocket too, and a new release takes over without a failed request', async () => {
    const { url, before } = await twice('fast', 'fastapi', 'main.py', (text) => text.replace('Hello from FastAPI', 'second'));
    expect(before).toContain('Hello from FastAPI');
    expect(await page(url)).toContain('second');
    expect(await echoed(`${url}echo`, 'over nginx')).toBe('over nginx');
  });

  it('Django: static files are collected into the release, migrations run before the start, the database lasts', async () => {
    const { url, before } = await twice('dj', 'django', 'shop/urls.py', (text) => text.replace('Hello from Django', 'second'));
    expect(before).toBe('Hello from Django: 0 users, styles at /static/shop/style.css');
    expect(await page(`${url}static/shop/style.css`)).toContain('font-family');
    const user = 'from django.contrib.auth import get_user_model; get_user_model().objects.create_user("ann")';
    await host.run([
      'sh',
      '-c',
      `cd /srv/forgeboard/dj/slots/b/release && DATA_DIR=/srv/forgeboard/dj/data runuser -u fb-dj -- /srv/forgeboard/dj/slots/b/venv/bin/python manage.py shell -c '${user}'`,
    ]);
    expect(await page(url)).toContain('second: 1 users');
    // Settings of the build are part of the release: back to it without running anything.
    const notes: string[] = [];
    await board.call('deployments.rollback', { app: 'dj', host: 'box' }, { onEvent: (event: { type: string; text: string }) => event.type === 'note' && notes.push(event.text) });
    expect(notes).toContain("Commands before the start ran for release 2 since (migrations?): what they changed in dj's data stays as it is");
    expect(await page(url)).toBe('Hello from Django: 1 users, styles at /static/shop/style.css');
    expect(await page(`${url}static/shop/style.css`)).toContain('font-family');
  });

  it("Procfile: the worker of the new release takes the place of the old one, the timer is the live slot's alone", async () => {
    const { url } = await twice('proc', 'procfile', 'web.py', (text) => text.replace('Hello from a Procfile', 'second'));
    await shows(url, 'second: the worker counted to');
    expect(await out('systemctl', 'list-units', '--plain', '--no-legend', '--state=active', 'forgeboard-proc.worker@*')).toMatch(
      /^forgeboard-proc\.worker@b\.service\s[^\n]*running/,
    );
    expect(await out('systemctl', 'list-units', '--plain', '--no-legend', '--state=active', 'forgeboard-proc.tidy@*')).toMatch(/^forgeboard-proc\.tidy@b\.timer\s[^\n]*$/);
    await host.run(['systemctl', 'start', 'forgeboard-proc.tidy@b.service']);
    expect(await out('ls', '/srv/forgeboard/proc/data')).toContain('tidied');
  });

  it('command: a program on $PORT is reached through its slot, and only the process itself passes the check', async () => {
    const { url, before } = await twice('cmd', 'command', 'serve.py', (text) => text.replace('Hello from a command', 'second'));
    expect(before).toBe('Hello from a command');
    expect(await page(url)).toBe('second');
    // Somebody else sits on the port that the next start would take.
    const port = (await out('cat', '/srv/forgeboard/cmd/slots/a/port')).replace('PORT=', '');
    const squatter = `python3 -c 'import http.server; http.server.ThreadingHTTPServer(("127.0.0.1", ${port}), http.server.SimpleHTTPRequestHandler).serve_forever()'`;
    await host.run(['systemd-run', '--unit=squatter', 'sh', '-c', squatter]);
    expect(await board.call('apps.restart', { app: 'cmd', host: 'box' })).toMatchObject({ outcome: 'live' });
    expect(await page(url)).toBe('second');
    await host.run(['systemctl', 'stop', 'squatter']);
  });

  it('worker: processes without a site stay up before they count, and the old ones run again where the new do not', async () => {
    const loop = 'import time\nprint("one", flush=True)\nwhile True:\n    time.sleep(1)\n';
    const folder = await board.sample('post', { Procfile: 'mailer: python loop.py\n', 'loop.py': loop }, 'static');
    expect(await board.deploy(folder, 'post')).toMatchObject({ outcome: 'live' });
    await writeFile(join(folder, 'loop.py'), 'raise SystemExit("no mail server")\n');
    await expect(board.deploy(folder, 'post')).rejects.toMatchObject({ problem: 'start-failed', message: expect.stringContaining('no mail server') });
    expect(await out('systemctl', 'is-active', 'forgeboard-post.mailer@a.service')).toBe('active');
    await writeFile(join(folder, 'loop.py'), loop.replace('one', 'two'));
    expect(await board.deploy(folder, 'post')).toMatchObject({ outcome: 'live' });
    expect(await out('systemctl', 'is-active', 'forgeboard-post.mailer@a.service', 'forgeboard-post.mailer@b.service')).toBe('inactive\nactive');
    expect(await board.call('apps.get', { app: 'post', host: 'box' })).toMatchObject({ state: 'live', url: null });
  });

  it('static: files change in one step, nothing outside the folder is reached, and what lacks is 404', async () => {
    const { url, before } = await twice('pages', 'static', 'index.html', (text) => text.replaceAll('Hello from files', 'second'));
    expect(before).toContain('Hello from files');
    expect(await page(url)).toContain('second');
    const status = async (path: string) => (await fetch(`${url}${path}`)).status;
    expect(await Promise.all(['style.css', 'nothing', '.git/config', '../../../../etc/passwd', '%2e%2e/%2e%2e/etc/passwd'].map(status))).toEqual([200, 404, 404, 404, 404]);
    const folder = await board.sample('empty', { 'readme.txt': 'x', 'forgeboard.yml': 'type: static\nfolder: dist\n' }, 'static');
    await expect(board.deploy(folder, 'empty')).rejects.toMatchObject({ problem: 'start-failed', field: 'folder', message: expect.stringContaining('dist is not in the folder') });
    expect(await out('ls', '/srv/forgeboard')).not.toContain('empty');
  });

  it('hooks: what fails is said with its last line, before anything live is touched', async () => {
    const folder = await board.sample('hooked', { 'forgeboard.yml': 'before: python -c \'print(open("message.py").read())\'\n' });
    const { url } = await board.deploy(folder, 'hooked');
    await writeFile(join(folder, 'forgeboard.yml'), 'before: python -c \'raise SystemExit("the database is away")\'\n');
    await expect(board.deploy(folder, 'hooked')).rejects.toMatchObject({
      problem: 'build-failed',
      message: expect.stringContaining('before: python failed: the database is away'),
    });
    expect(await page(url)).toContain('Hello from release 1');
    await writeFile(join(folder, 'forgeboard.yml'), "before: 'a | b'\n");
    await expect(board.deploy(folder, 'hooked')).rejects.toMatchObject({ problem: 'config-invalid', message: expect.stringContaining('needs a shell') });
  });

  it('persist: what the app keeps there outlives the release, and a release brings it once', async () => {
    const app =
      'import os\n\ndef app(environ, start_response):\n    start_response("200 OK", [])\n    if environ["PATH_INFO"] == "/add":\n        open("uploads/new", "w").close()\n    return [" ".join(sorted(os.listdir("uploads"))).encode()]\n';
    const folder = await board.sample('keeps', { 'app.py': app, 'requirements.txt': '', 'uploads/first': '1', 'forgeboard.yml': 'persist: [uploads]\n' });
    const { url } = await board.deploy(folder, 'keeps');
    expect(await page(`${url}add`)).toBe('first new');
    await writeFile(join(folder, 'uploads/second'), '2');
    await writeFile(join(folder, 'app.py'), `${app}\n`);
    await board.deploy(folder, 'keeps');
    expect(await page(url)).toBe('first new');
  });

  it('apps.yml of the original ForgeBoard: its entries are deployed as they stand, edited by us and by hand, and every other byte stays', async () => {
    const entry = (slug: string, type: string, port: number, entry_point: string) =>
      `  - name: ${slug}\n    slug: ${slug}        # by hand\n    type: ${type}\n    port: ${port}\n    status: running\n    domain: null\n    path: /home/apps/${slug}\n    virtualenv: /home/apps/${slug}/venv\n    entry_point: "${entry_point}"\n    description: 'Moved here'\n\n`;
    const registry = '/etc/forgeboard/apps.yml';
    const known = await host.read(registry);
    const olds = [
      ['old-flask', 'flask', 8301, 'app:app', 'flask', 'Hello from release 1'],
      ['old-fast', 'fastapi', 8302, 'main:app', 'fastapi', 'Hello from FastAPI'],
      ['old-dj', 'django', 8303, 'shop.wsgi:application', 'django', 'Hello from Django'],
    ] as const;
    const text = `# fra-1, ask Ana\nversion: 1\n${known.includes('slug:') ? known : 'apps:\n'}${olds.map(([slug, type, port, target]) => entry(slug, type, port, target)).join('')}# end of list\n`;
    await host.write(registry, text);
    const shown: Record<string, string> = {};
    for (const [slug, , port, , kind, words] of olds) {
      const { url } = await board.deploy(await board.sample(slug, {}, kind), slug);
      shown[slug] = url;
      expect(url).toContain(`:${port}/`);
      expect(await page(url)).toContain(words);
      expect(await board.call('apps.plan', { app: slug, host: 'box' })).toMatchObject({ files: [] });
    }
    expect(await host.read(registry)).toBe(text);

    /** The text with the lines of one entry edited. */
    const edited = (whole: string, slug: string, from: string | RegExp, to: string) => {
      const [start, rest] = whole.split(new RegExp(`(?=  - name: ${slug}\\n)`));
      const end = rest?.indexOf('\n\n') ?? 0;
      return `${start}${rest?.slice(0, end).replace(from, to)}${rest?.slice(end)}`;
    };
    let wanted = text;
    for (const [slug, , , , , words] of olds) {
      // By us: a key that was not there comes behind the others of its entry, one that was changes where it stands.
      expect(await board.call('apps.apply', { app: slug, host: 'box', yes: true, set: ['memory=300M', 'workers=1'] })).toMatchObject({ outcome: 'live' });
      wanted = edited(wanted, slug, /$/, '\n    memory: 300M\n    workers: 1');
      expect(await host.read(registry)).toBe(wanted);
      // By hand, in a hand's own way; what it means is applied, and how it is written stays.
      wanted = edited(wanted, slug, '    memory: 300M\n', '    memory:   "256M"   # enough\n    my_note: {pager: 17}\n');
      await host.write(registry, wanted);
      expect(await board.call('apps.plan', { app: slug, host: 'box' })).toMatchObject({ settings: [{ name: 'memory', before: '300M', after: '256M' }] });
      expect(await board.call('apps.apply', { app: slug, host: 'box', yes: true })).toMatchObject({ outcome: 'live' });
      expect(await host.read(registry)).toBe(wanted);
      // By us again, in what the hand wrote.
      await board.call('apps.apply', { app: slug, host: 'box', yes: true, set: ['memory=280M'], unset: ['workers'] });
      wanted = edited(edited(wanted, slug, '"256M"', '"280M"'), slug, '\n    workers: 1', '');
      expect(await host.read(registry)).toBe(wanted);
      expect(await out('systemctl', 'show', '-p', 'MemoryMax', '--value', `forgeboard-${slug}.web@b.service`)).toBe(`${280 * 1024 * 1024}`);
      expect(await page(shown[slug] ?? '')).toContain(words);
    }
  });

  it('sandbox: every process of an app is exposed 2.5 or less', async () => {
    for (const unit of ['fast.web@b', 'dj.web@a', 'proc.worker@b', 'cmd.web@b', 'cmd.proxy@b', 'post.mailer@b']) {
      expect(Number(/level for \S+: ([\d.]+) /.exec(await out('systemd-analyze', 'security', '--no-pager', `forgeboard-${unit}.service`))?.[1] ?? 10), unit).toBeLessThanOrEqual(
        2.5,
      );
    }
  });

  it('each is there again after a reboot with the kit deleted', async () => {
    await host.run(['rm', '-r', '/usr/local/lib/forgeboard']);
    await host.reboot();
    for (const [app, text] of Object.entries({ fast: 'second', dj: 'Hello from Django: 1 users', proc: 'second: the worker counted', cmd: 'second', pages: 'second' }))
      await shows(urls[app] ?? '', text);
    await until(
      () => out('systemctl', 'is-active', 'forgeboard-post.mailer@b.service', 'forgeboard-proc.worker@b.service', 'forgeboard-proc.tidy@b.timer'),
      (states) => states === 'active\nactive\nactive',
    );
  });
});
