import { describe, expect, it } from 'vitest';
import { inspected } from './texts.ts';

const flask = 'from flask import Flask\napp = Flask(__name__)\n';
const kept = async (texts: Record<string, string>) => (await inspected(texts)).persist.map(({ path }) => path);
const django = (settings: string, more: Record<string, string> = {}, under = '') =>
  Object.fromEntries(
    Object.entries({
      'manage.py': 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\nfrom django.core.management import execute_from_command_line\n',
      'shop/wsgi.py': 'from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n',
      'shop/settings.py': settings,
      ...more,
    }).map(([path, text]) => [`${under}${path}`, text]),
  );
const sqlite = (name: string) => `DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ${name}}}\n`;

describe('what an app writes', () => {
  it.each<[string, string, string[]]>([
    ['pathlib', `from pathlib import Path\nBASE_DIR = Path(__file__).resolve().parent.parent\n${sqlite('BASE_DIR / "db.sqlite3"')}`, ['db.sqlite3']],
    ['pathlib, further up', `from pathlib import Path\n${sqlite('Path(__file__).parents[1] / "var" / "db.sqlite3"')}`, ['var/db.sqlite3']],
    [
      'os.path',
      `import os\nBASE_DIR = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))\n${sqlite('os.path.join(BASE_DIR, "db.sqlite3")')}MEDIA_ROOT = os.path.join(BASE_DIR, "media/")\n`,
      ['db.sqlite3', 'media'],
    ],
    ['a folder that keeps the database too', `from pathlib import Path\nB = Path(__file__).parent.parent\n${sqlite('str(B / "var/db.sqlite3")')}MEDIA_ROOT = B / "var"\n`, ['var']],
    ['a default', `import os\n${sqlite('os.environ.get("DB_FILE", "db.sqlite3")')}`, ['db.sqlite3']],
    ['nothing in the data folder', `import os\nfrom pathlib import Path\nD = Path(os.environ.get("DATA_DIR", "."))\n${sqlite('D / "db.sqlite3"')}`, []],
    ['nothing elsewhere', `${sqlite('"/var/lib/shop.db"')}`, []],
    ['nothing out of the folder', `from pathlib import Path\n${sqlite('Path(__file__).parent.parent.parent / "db.sqlite3"')}`, []],
    ['no other database', 'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop"}}\n', []],
  ])('Django: %s', async (_name, settings, wanted) => expect(await kept(django(settings))).toEqual(wanted));

  it.each<[string, string, string[]]>([
    ['sqlite3', 'import sqlite3\ndb = sqlite3.connect("shop.db")\n', ['shop.db']],
    ['an address', 'engine = create_engine("sqlite:///./var/shop.db")\n', ['var/shop.db']],
    ['one of Flask-SQLAlchemy, which lies in the instance folder', 'from flask_sqlalchemy import SQLAlchemy\nURI = "sqlite:///shop.db"\n', ['instance']],
    ['nothing in memory', 'import sqlite3\ndb = sqlite3.connect(":memory:")\na = "sqlite:///:memory:"\nb = "sqlite://"\nc = "sqlite:////srv/x.db"\n', []],
  ])('others: %s', async (_name, text, wanted) => expect(await kept({ 'app.py': `${flask}${text}` })).toEqual(wanted));

  it('files and folders that are there say it too, and so does forgeboard.yml; tests do not', async () => {
    const texts = { 'app.py': flask, 'shop.sqlite3': 'x', 'uploads/a.png': 'x', 'tests/x.db': 'x', 'forgeboard.yml': 'persist: [cache]\n' };
    expect((await inspected(texts)).persist.map(({ path, kind, isThere }) => [path, kind, isThere])).toEqual([
      ['cache', 'said', false],
      ['shop.sqlite3', 'database', true],
      ['uploads', 'uploads', true],
    ]);
  });

  it('paths are those of the app’s own folder, below the top', async () => {
    const found = await inspected(django(`from pathlib import Path\n${sqlite('Path(__file__).parent.parent / "db.sqlite3"')}`, { 'db.sqlite3': 'x' }, 'server/'));
    expect([found.root, found.persist.map(({ path, isThere, evidence }) => [path, isThere, evidence[0]?.file, evidence[0]?.line])]).toEqual([
      'server',
      [['db.sqlite3', true, 'server/shop/settings.py', 2]],
    ]);
  });
});
