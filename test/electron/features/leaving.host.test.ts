import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { board, host, withPreparedBoard } from '../prepared-board.ts';

withPreparedBoard();

const page = async (url: string) => (await fetch(url, { headers: { connection: 'close' } })).text();
const sh = async (script: string) => (await host.run(['bash', '-c', script])).stdout.trim();
const registry = () => host.read('/etc/forgeboard/apps.yml');

describe('apps remove and restore', () => {
  it('undo each other, but for a port that is taken by then, which is said', async () => {
    const folder = await board.sample('shop');
    const { url } = await board.deploy(folder, 'shop');
    const entry = (await registry()).replace(/^( *)- slug: shop\n/m, '$1- slug: shop\n$1  owner: web # by hand\n');
    await host.write('/etc/forgeboard/apps.yml', entry);
    await sh('echo kept > /srv/forgeboard/shop/data/file && chown fb-shop: /srv/forgeboard/shop/data/file');
    expect(await board.failing('apps.remove', { app: 'shop', host: 'box' })).toMatchObject({ problem: 'needs-input' });
    const removed = await board.call<{ archive: string }>('apps.remove', { app: 'shop', host: 'box', yes: true });
    expect(removed).toMatchObject({ removed: 'shop', archive: expect.stringMatching(/^shop-\d{8}T\d{6}Z\.tar\.gz$/), until: expect.any(String) });
    expect(await registry()).not.toContain('shop');
    expect(await board.call('apps.removed', { host: 'box' })).toMatchObject({ removed: [{ app: 'shop', by: 'ana@laptop', release: 1, archive: removed.archive }] });
    expect(await board.failing('apps.restore', { app: 'shop', host: 'box', archive: 'shop-20200101T000000Z.tar.gz' })).toMatchObject({ problem: 'not-found' });

    expect(await board.call('apps.restore', { app: 'shop', host: 'box' })).toMatchObject({ outcome: 'live', url });
    expect(await page(url)).toContain('Hello');
    expect(await registry()).toBe(entry);
    expect(await sh('cat /srv/forgeboard/shop/data/file; stat -c %U /srv/forgeboard/shop/data/file')).toBe('kept\nfb-shop');

    await board.call('apps.remove', { app: 'shop', host: 'box', yes: true });
    const other = await board.deploy(await board.sample('other'), 'other');
    expect(other.url).toBe(url);
    const notes: string[] = [];
    const back = await board.call<{ url: string }>(
      'apps.restore',
      { app: 'shop', host: 'box' },
      { onEvent: (event: { type: string; text: string }) => event.type === 'note' && notes.push(event.text) },
    );
    expect(notes).toEqual([expect.stringMatching(/^Port (\d+) is taken by now: shop gets \d+$/)]);
    expect(back.url).not.toBe(url);
    expect(await page(back.url)).toContain('Hello');
    expect(await page(url)).toContain('Hello');
    expect(await registry()).toContain('owner: web # by hand');
    expect(await registry()).toContain(`port: ${new URL(back.url).port}`);
    expect(await board.failing('apps.purge', { app: 'shop', host: 'box', yes: true })).toMatchObject({ problem: 'not-found' });
    await board.call('apps.remove', { app: 'shop', host: 'box', yes: true });
    await board.call('apps.purge', { app: 'shop', host: 'box', yes: true });
    expect(await board.call('apps.removed', { host: 'box' })).toMatchObject({ removed: [] });
  });
});

describe('apps eject', () => {
  /** The commands below a heading of the runbook, as a person would paste them. */
  const commands = (text: string, heading: string) => {
    const [, block] = new RegExp(`^## ${heading}\\n[^]*?\\n\`\`\`sh\\n([^]*?)\\n\`\`\`$`, 'm').exec(text) ?? [];
    if (block === undefined) throw new Error(`the runbook has no commands for ${heading}`);
    return block;
  };

  it('prints a runbook that is whole and works with the kit deleted, without a value of a variable', async () => {
    const folder = await board.sample('left');
    const { url } = await board.deploy(folder, 'left');
    await writeFile(join(folder, 'message.py'), 'MESSAGE = "two"\n');
    const file = 'TOKEN="canary-one\nHIDDEN=canary-two"\nQUOTED="canary-\\""\nPLAIN=canary\nLAST="x\\\\"\n';
    await host.write('/etc/forgeboard/apps/left/vars/1', file, 0o600);
    await board.deploy(folder, 'left');
    const { text } = await board.call<{ text: string }>('apps.eject', { app: 'left', host: 'box' });
    expect(text).not.toContain('canary');
    expect(text).not.toContain('HIDDEN');
    expect(text).toContain('- `LAST`\n- `PLAIN`\n- `QUOTED`\n- `TOKEN`\n');

    // Whole: whatever on the server has the app's name is named in it, or lies in a folder that is.
    const places = (await sh("find / -xdev \\( -path /proc -o -path /sys -o -path /root -o -path /tmp \\) -prune -o -path '*left*' -print; find /run/forgeboard -path '*left*'"))
      .split('\n')
      .filter((path) => /\bleft\b/.test(path) && /forgeboard/.test(path));
    const folders = [...text.matchAll(/^\| `(\/[^`]+)` \|/gm)].map(([, path = '']) => path);
    const named = (path: string) => text.includes(path) || folders.some((folder) => path.startsWith(`${folder}/`));
    expect(places.length).toBeGreaterThan(20);
    // systemd's own: the link that `systemctl disable` takes away, and /tmp of a process.
    expect(places.filter((path) => !named(path) && !/\.target\.wants\/|\/systemd-private-/.test(path))).toEqual([]);
    for (const path of [
      '/etc/systemd/system/forgeboard-left.web@.service',
      '/etc/systemd/system/forgeboard-left.boot.service',
      '/etc/nginx/conf.d/forgeboard-left.conf',
      '/etc/tmpfiles.d/forgeboard-left.conf',
    ]) {
      expect(text).toContain((await host.read(path)).trimEnd());
    }

    await sh('rm -rf /usr/local/lib/forgeboard; kill $(pgrep -f "^[^ ]*python3? .*forgekit") 2>/dev/null; true');
    const status =
      'cd /srv/forgeboard/left && live=$(readlink live) && systemctl show -P MainPID "forgeboard-left.web@${live##*/}.service" && echo "${live##*/}" && readlink slots/${live##*/}/release';
    const [pid, slot, release] = (await sh(status)).split('\n');
    expect([slot, release]).toEqual(['b', '/srv/forgeboard/left/releases/2']);
    await sh(commands(text, 'Restart by hand'));
    const [restarted, same] = (await sh(status)).split('\n');
    expect([restarted === pid, same]).toEqual([false, 'b']);
    expect(await page(url)).toContain('two');
    await sh(commands(text, 'Switch back by hand'));
    expect((await sh(status)).split('\n').slice(1)).toEqual(['a', '/srv/forgeboard/left/releases/1']);
    expect(await page(url)).not.toContain('two');

    await sh('mkdir /root/left && cp -rL /srv/forgeboard/left/releases/2/. /root/left && echo "MESSAGE = \\"by hand\\"" > /root/left/message.py');
    await sh(commands(text, 'Deploy by hand'));
    expect(await page(url)).toContain('by hand');
    await sh(commands(text, 'Stop and start by hand'));
    await expect.poll(() => page(url).catch(() => ''), { timeout: 20_000 }).toContain('by hand');

    await sh(commands(text, 'Remove by hand'));
    const left = await sh(
      "find /etc /srv /run /var/lib/forgeboard -xdev -name '*left*'; find /run/forgeboard -name 'left'; getent passwd fb-left; systemctl list-units --all --no-legend 'forgeboard-left*'; true",
    );
    expect(left).toBe('');
    await expect(fetch(url)).rejects.toThrow();
  });

  it.each([
    [
      'both',
      'procfile',
      { Procfile: 'web: python serve.py $PORT\nworker: python worker.py\n', 'forgeboard.yml': 'before: python tidy.py\npersist: [uploads]\n', 'serve.py': served('one') },
      { 'serve.py': served('two') },
    ],
    ['files', 'static', { 'index.html': 'one' }, { 'index.html': 'two' }],
  ])('prints one that works for another kind of app: %s', async (app, kind, first, second) => {
    const folder = await board.sample(app, first as Record<string, string>, kind);
    const { url } = await board.deploy(folder, app);
    for (const [name, text] of Object.entries(second)) await writeFile(join(folder, name), text);
    await board.deploy(folder, app);
    const { text } = await board.call<{ text: string }>('apps.eject', { app, host: 'box' });
    await board.call('hosts.connect', { name: 'box' });
    await sh('rm -rf /usr/local/lib/forgeboard');
    await sh(commands(text, 'Switch back by hand'));
    expect(await page(url)).toBe('one');
    await sh(`mkdir /root/${app} && cp -r /srv/forgeboard/${app}/releases/2/. /root/${app} && sed -i s/two/three/ /root/${app}/${Object.keys(second)[0]}`);
    await sh(commands(text, 'Deploy by hand'));
    expect(await page(url)).toBe('three');
    if (kind === 'procfile') expect(await sh(`systemctl is-active forgeboard-${app}.worker@a.service forgeboard-${app}.worker@b.service || true`)).toBe('inactive\nactive');
    await sh(commands(text, 'Remove by hand'));
    expect(await sh(`find /etc /srv /run /var/lib/forgeboard -xdev -name '*forgeboard-${app}*' -o -xdev -path '*/forgeboard/${app}*'; getent passwd fb-${app}; true`)).toBe('');
  });
});

/** A web process of the standard library that says one word. */
function served(word: string): string {
  const handler = `class H(http.server.BaseHTTPRequestHandler):\n    def do_GET(self):\n        self.send_response(200)\n        self.end_headers()\n        self.wfile.write(b"${word}")\n`;
  return `import http.server, sys\n\n${handler}\nhttp.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), H).serve_forever()\n`;
}
