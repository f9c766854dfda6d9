import { chownSync, cpSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../build/run.ts';
import { command } from '../hosts/command.ts';
import { missingRequirements } from '../hosts/debian.ts';
import type { TestHost } from '../hosts/host.ts';
import { dropFolder, type Home, newHome } from './harness.ts';
import { type KnownServer, knownServer } from './known-server.ts';

const pictures = join(root, 'test-output/import');

/** Stands in everything that must stay on this computer. */
const canary = 'canary-7f3a91';

/** A Django project as it lies on a laptop. Its Dockerfile still names what served it once. */
const project: Record<string, string> = {
  'manage.py':
    'import os\nimport sys\n\nif __name__ == "__main__":\n    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n    from django.core.management import execute_from_command_line\n\n    execute_from_command_line(sys.argv)\n',
  'requirements.txt': 'django\n',
  Dockerfile: 'FROM python:3.11\nCOPY . /app\nCMD ["gunicorn", "legacy.wsgi:application"]\n',
  'shop/__init__.py': '',
  'shop/settings.py':
    'import os\nfrom pathlib import Path\n\nBASE_DIR = Path(__file__).resolve().parent.parent\nSECRET_KEY = os.environ["SECRET_KEY"]\nALLOWED_HOSTS = ["*"]\nROOT_URLCONF = "shop.urls"\nDATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}\n',
  'shop/urls.py':
    'from django.db import connection\nfrom django.http import HttpResponse\nfrom django.urls import path\n\nHEAD = "Notes"\n\n\ndef home(request):\n    with connection.cursor() as cursor:\n        if "add" in request.GET:\n            cursor.execute("insert into notes values (%s)", [request.GET["add"]])\n        cursor.execute("select text from notes")\n        return HttpResponse(f"{HEAD}: {\', \'.join(text for (text,) in cursor.fetchall())}")\n\n\nurlpatterns = [path("", home)]\n',
  'shop/wsgi.py':
    'import os\n\nfrom django.core.wsgi import get_wsgi_application\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\napplication = get_wsgi_application()\n',
  'legacy/__init__.py': '',
  'legacy/wsgi.py':
    'import os\n\nfrom django.core.wsgi import get_wsgi_application\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "legacy.settings")\napplication = get_wsgi_application()\n',
  '.env': `SECRET_KEY=${canary}-secret\nMAIL_PASSWORD=${canary}-mail\n`,
  '.git/config': `[remote "origin"]\n\turl = https://ana:${canary}@git.example.com/shop\n`,
  'venv/pyvenv.cfg': `home = /usr/bin # ${canary}\n`,
  'venv/lib/python3.11/site-packages/django/__init__.py': `# ${canary}\n`,
  'shop/__pycache__/urls.cpython-311.pyc': canary,
};

describe.skipIf(missingRequirements().length > 0)('a folder as people have it', () => {
  let at: KnownServer;
  let host: TestHost;
  let home: Home;
  let page: Page;
  let folder = '';
  const picture = (name: string) => page.screenshot({ path: join(pictures, `${name}.png`) });
  const notes = async (query = '') => (await fetch(`http://${await page.locator('.bays .origin b').textContent()}/${query}`)).text();

  /** Of what must stay here one thing alone is there: variables of the .env, where secrets are kept. */
  const expectNoLeak = async () => {
    const found = (await host.run(['grep', '-rlI', canary, '/etc', '/srv', '/var/lib', '/opt', '/home', '/root', '/tmp'], { check: false })).stdout.trim().split('\n');
    expect(found).not.toEqual([]);
    expect(found.filter((path) => !/^\/etc\/forgeboard\/apps\/shop\/vars\/\d+$/.test(path))).toEqual([]);
    expect(new Set((await host.run(['stat', '-c', '%U %a', ...found])).stdout.trim().split('\n'))).toEqual(new Set(['root 600']));
  };

  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true });
    home = await newHome();
    folder = join(home.path, 'shop');
    for (const [path, text] of Object.entries(project)) home.write(`shop/${path}`, text, 0o644);
    home.write('canary', `${canary} outside`);
    symlinkSync('../canary', join(folder, 'notes.txt'));
    symlinkSync('../.ssh', join(folder, 'keys'));
    await command([
      'python3',
      '-c',
      'import sqlite3, sys; d = sqlite3.connect(sys.argv[1]); d.execute("create table notes (text)"); d.execute("insert into notes values (\'mine\')"); d.commit()',
      join(folder, 'db.sqlite3'),
    ]);
    await command(['chown', '-R', '-h', `${home.user.uid}:${home.user.gid}`, home.path]);
    at = await knownServer(home, 'web');
    ({ host, page } = at);
  }, 240_000);
  afterAll(async () => {
    await at?.close();
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await picture('failed');
  });

  it('is dropped, one wrong guess is put right by a click, and it is live with its data', async () => {
    await page.getByRole('link', { name: 'fra-1' }).first().waitFor();
    await dropFolder(page, folder, 640, 300);
    await page.getByText('; nothing has been sent').waitFor();
    expect(await page.getByLabel('Starts with').inputValue()).toBe('legacy.wsgi:application');
    await page.getByRole('button', { name: 'shop.wsgi:application' }).click();
    await picture('plan');
    const left = page.getByRole('region', { name: 'Left out' });
    for (const path of ['.env', '.git', 'venv', 'notes.txt', 'keys']) await left.getByText(path, { exact: true }).waitFor();
    expect(await page.getByRole('checkbox', { name: 'db.sqlite3' }).isChecked()).toBe(true);
    expect(await page.getByText('missing:').count()).toBe(0);
    await page.getByRole('button', { name: 'Deploy shop' }).click();
    await page.getByText('Release 1 is live').first().waitFor({ timeout: 110_000 });
    await picture('live');
    expect(await notes('?add=first')).toBe('Notes: mine, first');
    expect(readFileSync(join(folder, 'forgeboard.yml'), 'utf8')).toBe('type: wsgi\nentry_point: shop.wsgi:application\npersist:\n  - db.sqlite3\n');
  }, 150_000);

  it('nothing secret, no junk and nothing from outside has reached the server', async () => {
    const listed = (await host.run(['find', '-L', '/srv/forgeboard/shop/slots/a/release', '-type', 'f', '-printf', '%P\n'])).stdout.trim().split('\n');
    const own = Object.keys(project).filter((path) => !/^(\.env|\.git\/|venv\/)|__pycache__/.test(path));
    expect(listed.filter((path) => !path.endsWith('.pyc')).sort()).toEqual([...own, 'db.sqlite3', 'forgeboard.yml'].sort());
    await expectNoLeak();
  });

  it('the data is still there after the next release, whatever lies in the folder', async () => {
    writeFileSync(join(folder, 'shop/urls.py'), (project['shop/urls.py'] ?? '').replace('"Notes"', '"Kept notes"'));
    chownSync(join(folder, 'shop/urls.py'), home.user.uid, home.user.gid);
    await page.keyboard.press('Control+d');
    await page.getByRole('dialog').getByText('shop').first().waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('Release 2 is live').first().waitFor({ timeout: 60_000 });
    expect(await notes()).toBe('Kept notes: mine, first');
    expect(await notes('?add=second')).toBe('Kept notes: mine, first, second');
  });

  it('a start that fails for a variable asks for its value, and deploys again with it', async () => {
    // Nobody who reads the code without running it knows this name.
    const settings = `${project['shop/settings.py']}KEY = os.environ["_".join(["STRIPE", "KEY"])]\n`;
    writeFileSync(join(folder, 'shop/settings.py'), settings);
    await page.keyboard.press('Control+d');
    await page.getByRole('dialog').getByText('shop').first().waitFor();
    await page.keyboard.press('Enter');
    await page.getByLabel('Value of STRIPE_KEY').fill('sk_1', { timeout: 60_000 });
    await picture('not-started');
    await page.getByRole('button', { name: 'Set it and deploy again' }).click();
    // Its number counts what set the variable as well.
    await page
      .getByText(/^Release \d+ is live/)
      .first()
      .waitFor({ timeout: 60_000 });
    expect(await notes()).toBe('Kept notes: mine, first, second');
    expect((await host.run(['sh', '-c', 'cat /etc/forgeboard/apps/shop/vars/*'])).stdout).toContain('STRIPE_KEY="sk_1"');
  });

  it('an archive of it is dropped as the folder is', async () => {
    writeFileSync(join(folder, 'shop/urls.py'), (project['shop/urls.py'] ?? '').replace('"Notes"', '"From an archive"'));
    const archive = join(home.path, 'shop-2.tar.gz');
    await command(['tar', '-C', home.path, '-czf', archive, 'shop']);
    chownSync(archive, home.user.uid, home.user.gid);
    await dropFolder(page, archive, 640, 300);
    await page.getByRole('dialog', { name: 'Deploy shop to fra-1' }).getByText('shop-2.tar.gz').waitFor();
    await page.keyboard.press('Enter');
    await expect.poll(() => notes(), { timeout: 60_000 }).toBe('From an archive: mine, first, second');
    await expectNoLeak();
    const unpacked = readdirSync('/tmp').filter((name) => name.startsWith('forgeboard-archive-') && statSync(join('/tmp', name)).uid === home.user.uid);
    expect(unpacked).toEqual([]);
  });

  it.each([
    ['fastapi', 'Hello from FastAPI'],
    ['django', 'Hello from Django'],
    ['procfile', 'the worker counted to'],
    ['command', 'Hello from a command'],
    ['static', 'Hello from files'],
  ])('the sample of another kind is dropped and answers: %s', async (kind, text) => {
    const sample = join(home.path, `try-${kind}`);
    cpSync(join(root, 'assets/samples', kind), sample, { recursive: true });
    await command(['chown', '-R', `${home.user.uid}:${home.user.gid}`, sample]);
    await page.getByRole('link', { name: 'fra-1' }).first().click();
    await dropFolder(page, sample, 640, 300);
    await page.getByText('; nothing has been sent').waitFor();
    await page.getByRole('button', { name: `Deploy try-${kind}` }).click();
    await page.getByText('Release 1 is live').first().waitFor({ timeout: 90_000 });
    await page.getByRole('link', { name: 'Overview' }).click();
    await expect.poll(() => notes(), { timeout: 20_000 }).toContain(text);
  });
});
