import { describe, expect, it } from 'vitest';
import type { Target } from '../../../../shared/rules/inspect/native-findings.ts';
import { inspected } from './texts.ts';

const app = 'from flask import Flask\nimport requests\napp = Flask(__name__)\n';
const bare: Target = { host: 'fra-1', pythons: ['3.13.5', '3.11.2'], machine: 'x86_64', libraries: new Set() };

const said = async (texts: Record<string, string>, target?: Target) =>
  (await inspected({ 'app.py': app, ...texts }, 'shop', target)).findings.map(({ severity, text, evidence: [first] }) => `${severity}: ${text} (${first?.file}:${first?.line})`);
const pinned = 'Flask==3.0.0\nrequests==2.31.0\n';

describe('what is said of packages before anything is sent', () => {
  it('is nothing where all is well', async () =>
    expect(await said({ 'requirements.txt': `${pinned}gunicorn==21.2.0\npsycopg2-binary==2.9.10\npsycopg[binary]==3.2.3\n` }, bare)).toEqual([]));

  it.each<[string, Record<string, string>, string[]]>([
    [
      'versions that are not fixed',
      { 'requirements.txt': 'Flask\nrequests==2.31.0\n' },
      ['note: Flask has no fixed version: a later installation may bring another (requirements.txt:1)'],
    ],
    ['fixed ones by constraints', { 'requirements.txt': '-c c.txt\nFlask\nrequests\n', 'c.txt': pinned }, []],
    [
      'what nothing imports',
      { 'requirements.txt': `${pinned}arrow==1.3.0\nnose==1.3.7\n`, Dockerfile: 'RUN nose\n' },
      ['note: arrow is in requirements.txt, but nothing here imports it (requirements.txt:3)'],
    ],
    [
      'an import that nothing provides',
      {
        'requirements.txt': pinned,
        'helpers.py': 'import cv2, yaml.nodes\ntry:\n    import rich\nexcept ImportError:\n    rich = None\n',
        'app.py': `from helpers import x\nimport jinja2, distutils.core\n${app}`,
      },
      ['warning: opencv-python and PyYAML are imported, but not in requirements.txt (helpers.py:1)'],
    ],
    ['imports of modules that the app does not start with', { 'requirements.txt': pinned, 'scripts/load.py': 'import pandas\n', 'test_app.py': 'import pytest\n' }, []],
    [
      'a line that pip refuses',
      { 'requirements.txt': `${pinned}=======\n` },
      ['stop: requirements.txt:3 cannot be installed from: it is left from a merge in git (requirements.txt:3)'],
    ],
    [
      'what is for another system',
      { 'requirements.txt': `${pinned}pywin32==306\ncolorama==0.4.6; sys_platform == "win32"\npkg-resources==0.0.0\n` },
      [
        'stop: pywin32 is for another system than a server\'s: put ; sys_platform == "win32" behind, or take it out (requirements.txt:3)',
        'stop: pkg-resources cannot be installed: pip freeze of an old Debian wrote it; take the line out (requirements.txt:5)',
      ],
    ],
    [
      'no file at all',
      { 'app.py': `${app}import dotenv, bs4, inhouse\n` },
      ['warning: No file names the packages. By its imports it needs beautifulsoup4, Flask, python-dotenv, requests; which package brings inhouse is not known (app.py:4)'],
    ],
    [
      'a lock file that is behind',
      { 'pyproject.toml': '[project]\nname = "a"\ndependencies = ["flask", "requests"]\n', 'pdm.lock': '[metadata]\n[[package]]\nname = "flask"\nversion = "3.0"\n' },
      ['warning: pdm.lock is older than what it was made from: it lacks requests. Lock again (pdm.lock:null)'],
    ],
    ['a broken pyproject.toml', { 'requirements.txt': pinned, 'pyproject.toml': '[project\n' }, ['warning: pyproject.toml is broken: nothing of it counts (pyproject.toml:null)']],
    [
      'a driver that only the settings name',
      {
        'requirements.txt': 'Django==5.0\n',
        'app.py': '',
        'manage.py': 'import django\n',
        'shop/wsgi.py': 'from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n',
        'shop/settings.py': 'INSTALLED_APPS = [\n    "django.contrib.admin",\n    "corsheaders",\n]\nDATABASES = {"default": {"ENGINE": "django.db.backends.postgresql"}}\n',
      },
      [
        'warning: django-cors-headers is imported, but not in requirements.txt (shop/settings.py:3)',
        'warning: The settings use PostgreSQL, but its driver, such as psycopg, is not in requirements.txt (shop/settings.py:5)',
      ],
    ],
  ])('%s', async (_name, texts, wanted) => expect(await said(texts)).toEqual(wanted));
});

describe('what is said of packages with a server in mind', () => {
  const natives = { 'requirements.txt': `${pinned}psycopg2==2.9.9\nweasyprint==60.0\nnumpy==1.26.4\n`, 'app.py': `import psycopg2, weasyprint, numpy\n${app}` };

  it('is what its Debian lacks, and what has no wheel for its Python', async () => {
    expect(await said(natives, bare)).toEqual([
      'warning: psycopg2 and weasyprint need packages that fra-1 lacks: apt install build-essential libharfbuzz-subset0 libpango-1.0-0 libpangoft2-1.0-0 libpq-dev libpq5 python3-dev. psycopg2-binary does without (requirements.txt:3)',
      'warning: numpy 1.26.4 has no ready wheel for Python 3.13, the first with one is 2.1.0: it is compiled on the server, which often fails (requirements.txt:5)',
    ]);
    const all = new Set(['build-essential', 'python3-dev', 'libpq-dev', 'libpq5', 'libharfbuzz-subset0', 'libpango-1.0-0', 'libpangoft2-1.0-0']);
    expect(await said({ ...natives, '.python-version': '3.11' }, { ...bare, libraries: all })).toEqual([]);
  });

  it('takes a lock file at its word', async () => {
    const lock = (file: string) =>
      `[metadata]\n${['flask', 'requests'].map((name) => `[[package]]\nname = "${name}"\nversion = "1.0"\nfiles = [{file = "${name}-1.0${file}", hash = "sha256:aa"}]\n`).join('')}`;
    const project = '[project]\nname = "a"\ndependencies = ["flask", "requests"]\n';
    expect(await said({ 'pyproject.toml': project, 'pdm.lock': lock('-py3-none-any.whl') }, bare)).toEqual([]);
    expect(await said({ 'pyproject.toml': project, 'pdm.lock': lock('-cp312-cp312-manylinux_2_17_x86_64.whl') }, bare)).toEqual([
      'warning: flask 1.0 and requests 1.0 have no ready wheel for Python 3.13: they are compiled on the server, which often fails (pyproject.toml:3)',
    ]);
  });

  it.each<[string, Record<string, string>, string[]]>([
    ['one that is there', { 'runtime.txt': 'python-3.11.9' }, []],
    ['an older one than any there', { Dockerfile: 'FROM python:3.9\n' }, ['note: It asks for Python 3.9; fra-1 has 3.13, 3.11, so it runs with 3.13 (Dockerfile:1)']],
    ['a newer one', { '.python-version': '3.14\n' }, ['warning: It asks for Python 3.14; fra-1 has 3.13, 3.11, so it runs with 3.13 (.python-version:1)']],
    ['a range that one is in', { 'setup.cfg': '[options]\npython_requires = >=3.9,<3.12\n' }, []],
    ['a range above', { 'setup.cfg': '[options]\npython_requires = >=3.14\n' }, ['stop: It asks for Python >=3.14; fra-1 has 3.13, 3.11 (setup.cfg:2)']],
    ['a range below', { 'setup.cfg': '[options]\npython_requires = <3.11\n' }, ['warning: It is made for Python <3.11; fra-1 has 3.13, 3.11, so it runs with 3.13 (setup.cfg:2)']],
  ])('and of its Python: %s', async (_name, texts, wanted) => expect(await said({ 'requirements.txt': pinned, ...texts }, bare)).toEqual(wanted));

  it('names modules that its Python has no longer', async () => {
    const texts = { 'requirements.txt': pinned, 'app.py': `import cgi\nfrom distutils import util\n${app}` };
    expect(await said(texts, bare)).toEqual([
      'warning: Python 3.13 has no longer a module cgi; the package legacy-cgi brings it (app.py:1)',
      'warning: Python 3.13 has no longer a module distutils; the package setuptools brings it (app.py:2)',
    ]);
    expect(await said({ ...texts, '.python-version': '3.11' }, bare)).toEqual([]);
  });
});
