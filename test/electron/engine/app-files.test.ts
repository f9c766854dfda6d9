import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readFolder } from '../../../electron/engine/app-files.ts';
import { findApp } from '../../../electron/engine/find-app.ts';
import type { Scan } from '../../../electron/engine/scan.ts';

/** A scanned folder with these files. */
function scanned(files: Record<string, string>): Scan {
  const folder = mkdtempSync(join(tmpdir(), 'forgeboard-folder-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return { folder, files: Object.entries(files).map(([path, text]) => ({ path, key: '', size: text.length })), leftOut: [], bytes: 0 };
}

const read = (files: Record<string, string>) => {
  const scan = scanned(files);
  return readFolder(scan, {}, (root, isNamed) => findApp(scan, { root, isNamed, target: Promise.resolve(null), emit: () => {}, signal: new AbortController().signal }));
};

const flask = 'from flask import Flask\napp = Flask(__name__)\n';

it.each([
  ['a Flask app', { 'app.py': flask, 'requirements.txt': 'flask\n' }, { settings: { type: 'wsgi', entry_point: 'app:app' }, requirements: ['requirements.txt'] }],
  [
    'an app with processes beside it',
    { 'app.py': flask, 'forgeboard.yml': 'processes: { mail: python mail.py }\n' },
    { settings: { type: 'wsgi', processes: { mail: 'python mail.py' } } },
  ],
  ['processes alone', { 'mail.py': 'print(1)\n', 'forgeboard.yml': 'processes: { mail: python mail.py }\n' }, { settings: { type: 'worker' } }],
  ['forgeboard.yml over Procfile', { Procfile: 'web: python a.py\n', 'forgeboard.yml': 'command: python b.py\n' }, { settings: { type: 'command', command: 'python b.py' } }],
  [
    'an app below, its packages above',
    { 'api/app.py': flask, 'forgeboard.yml': 'root: api\n', Pipfile: '[packages]\nflask = "*"\n' },
    {
      settings: { type: 'wsgi', entry_point: 'app:app', root: 'api' },
      requirements: ['../.forgeboard/requirements.txt'],
      made: { text: '# Made by ForgeBoard from Pipfile\nflask\n' },
    },
  ],
  ['no file of packages', { 'app.py': `import yaml, unheard_of\n${flask}` }, { settings: { type: 'wsgi', packages: ['Flask', 'PyYAML'] }, requirements: [], made: null }],
  [
    'a script that names its packages itself',
    { 'bot.py': '# /// script\n# dependencies = ["requests>=2"]\n# ///\nimport time\nimport requests\nwhile True:\n    time.sleep(1)\n' },
    { settings: { type: 'worker', packages: ['requests>=2'] } },
  ],
  [
    'a Django project',
    {
      'manage.py': 'import django\n',
      'shop/wsgi.py': 'from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n',
      'shop/settings.py':
        'import os\nSECRET_KEY = os.environ["SECRET_KEY"]\nSTATIC_ROOT = "static"\nINSTALLED_APPS = ["django.contrib.auth"]\nDATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}\n',
      'requirements.txt': 'django',
    },
    {
      settings: {
        before: ['python manage.py migrate --noinput'],
        build: ['env SECRET_KEY=build python manage.py collectstatic --noinput'],
        persist: ['db.sqlite3'],
      },
    },
  ],
  [
    'a site of MkDocs',
    { 'mkdocs.yml': 'site_name: x\ntheme: material\n', 'docs/index.md': '# x' },
    { settings: { type: 'static', folder: 'site', build: ['mkdocs build'], packages: ['mkdocs', 'mkdocs-material'] } },
  ],
  ['pages', { 'index.html': 'x' }, { settings: { type: 'static', folder: '.' } }],
])('a folder says what it is: %s', async (_what, files, found) => {
  expect(await read(files as unknown as Record<string, string>)).toMatchObject(found);
});

it.each([
  ['nothing of an app', { 'readme.md': 'x' }, 'There is no app in this folder'],
  [
    'a lock file that is broken',
    { 'app.py': flask, 'pyproject.toml': '[project]\nname = "a"\ndependencies = ["flask"]\n', 'uv.lock': '<<<<<<< HEAD\n' },
    'uv.lock cannot be understood',
  ],
  ['packages that only code knows', { 'app.py': flask, 'setup.py': 'from setuptools import setup\nsetup(install_requires=read("x"))\n' }, 'only known when it is run'],
  ['a list for forgeboard.yml', { 'forgeboard.yml': '- a\n' }, 'forgeboard.yml: settings are expected'],
  ['a key twice', { 'forgeboard.yml': 'root: a\nroot: b\n' }, 'forgeboard.yml:2:'],
  ['a command for a shell', { 'forgeboard.yml': 'command: a | b\n' }, 'needs a shell'],
])('a folder is refused: %s', async (_what, files, says) => {
  await expect(read(files as unknown as Record<string, string>)).rejects.toThrow(says);
});
