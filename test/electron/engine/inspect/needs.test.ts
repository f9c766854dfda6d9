import { describe, expect, it } from 'vitest';
import { inspected } from './texts.ts';

const app = 'from flask import Flask\napp = Flask(__name__)\n';
const top = `import os\n${app}`;

/** Names of what an app needs, "?" behind those that it does without. */
const names = async (texts: Record<string, string>) => (await inspected(texts)).environment.map(({ name, required }) => (required ? name : `${name}?`)).sort();

describe('the variables of an app', () => {
  it.each<[string, string, string[]]>([
    ['an item of os.environ', 'os.environ["A_KEY"]', ['A_KEY']],
    ['the same under another name', 'from os import environ as e\nx = e["A_KEY"]', ['A_KEY']],
    ['a default', 'x = os.environ.get("A_KEY", "b")', ['A_KEY?']],
    ['a default by or', 'x = os.getenv("A_KEY") or "b"', ['A_KEY?']],
    ['a value that is used as if it were there', 'x = connect(os.getenv("A_KEY"))', ['A_KEY']],
    ['a name that is used later', 'A_KEY = os.getenv("A_KEY")\nx = connect(A_KEY)', ['A_KEY']],
    ['a name without which it gives up', 'LOG_DIR = os.getenv("LOG_DIR")\nif not LOG_DIR:\n    raise SystemExit("LOG_DIR")', ['LOG_DIR']],
    ['each of two without which it gives up', 'a = os.getenv("A_KEY")\nb = os.getenv("B_KEY")\nif not a or b is None:\n    raise SystemExit(1)', ['A_KEY', 'B_KEY']],
    ['two of which one will do', 'a = os.getenv("A_KEY")\nb = os.getenv("B_KEY")\nif not a and not b:\n    raise SystemExit(1)', ['A_KEY?', 'B_KEY?']],
    ['what ends it by being there', 'if os.getenv("A_KEY"):\n    raise SystemExit(1)', ['A_KEY?']],
    ['an empty default that ends it', 'A_KEY = os.getenv("A_KEY", "")\nassert A_KEY', ['A_KEY']],
    [
      'a method of a name that may be nothing',
      'x = os.getenv("A_THING")\ny = os.getenv("B_THING")\nif x.startswith("b") or (y and y.strip()):\n    z = 1',
      ['A_THING', 'B_THING?'],
    ],
    [
      'a branch that is not taken by itself',
      'kind = os.getenv("KIND", "a")\nif kind == "b":\n    x = os.environ["B_KEY"]\nelse:\n    x = os.environ["A_KEY"]',
      ['A_KEY', 'B_KEY?', 'KIND?'],
    ],
    ['a name that nothing uses', 'A_KEY = os.getenv("A_KEY")', ['A_KEY?']],
    ['what is handed on to others', 'os.environ["A_THING"] = os.getenv("A_THING")', ['A_THING']],
    ['a name that is only asked about', 'A_KEY = os.getenv("A_KEY")\nif A_KEY:\n    x = 1', ['A_KEY?']],
    ['a switch', 'x = os.getenv("A_KEY") == "1"', ['A_KEY?']],
    ['what is only taken where it is there', 'if "A_KEY" in os.environ:\n    x = os.environ["A_KEY"]', ['A_KEY?']],
    ['what is caught where it is missing', 'try:\n    x = os.environ["A_KEY"]\nexcept KeyError:\n    x = 1', ['A_KEY?']],
    ['what fails where it is nothing', 'x = int(os.getenv("LOG_ID"))\ny = os.getenv("ADMINS").split(",")\nz = int(os.getenv("API_ID", ""))', ['ADMINS', 'API_ID', 'LOG_ID']],
    [
      'what is read only beside another',
      'x = os.getenv("A_ID") and int(os.getenv("A_ID"))\ny = os.environ["B_KEY"] if live else 1\nz = given or os.getenv("C_KEY")',
      ['A_ID?', 'B_KEY?', 'C_KEY?'],
    ],
    ['a default that is another one', 'x = os.getenv("A_KEY", os.getenv("B_KEY"))', ['A_KEY?', 'B_KEY?']],
    ['an option of click', 'import click\n@click.option("--a", envvar="A_KEY", required=True)\n@click.option("--b", envvar="B_KEY")\ndef f(a, b): ...', ['A_KEY', 'B_KEY?']],
    ['two that must be the same', 'x = os.getenv("A_THING")\nif x != y:\n    raise ValueError(x)', ['A_THING?']],
    ['an argument with a name, by that name', 'x = f(theme=os.getenv("THEME"), api_key=os.getenv("A_KEY"), token=os.getenv("TOKEN"))', ['A_KEY', 'THEME?', 'TOKEN']],
    [
      'what an option has by itself, but for what it can hardly do without',
      'A = os.getenv("A_PASS")\nB = os.getenv("B_TOKEN")\nC = os.getenv("C_PASS")\nx = [Opt("a", default=A), Opt("b", default=B), Opt("c", default=C)]\ny = connect(C)',
      ['A_PASS?', 'B_TOKEN', 'C_PASS'],
    ],
    ['what is asked for before it is taken', 'if "A_KEY" in os.environ:\n    x = 1', ['A_KEY?']],
    [
      'what it gives to the programs that it starts, and what it only hands on',
      'env = os.environ.copy()\nenv["A_USER"] = "ann"\nenv.update({"B_USER": "b"})\nenv["C_TOKEN"] = os.getenv("C_TOKEN")\nrun("x", env={"D_USER": "d"})\nf(os.getenv("A_USER"), os.getenv("B_USER"), os.getenv("D_USER"), os.getenv("E_USER"))',
      ['A_USER?', 'B_USER?', 'C_TOKEN', 'D_USER?', 'E_USER'],
    ],
    ['a text that it is put to', 'minutes = os.getenv("minutes")\nx = "*/" + minutes\ny = "of " + os.getenv("owner")', ['minutes', 'owner']],
    [
      'what stands in the address of a service',
      'A_NAME = os.getenv("A_NAME")\nB_NAME = os.getenv("B_NAME")\nx = f"postgresql://{A_NAME}@db/shop"\nlog(f"{B_NAME}://x")',
      ['A_NAME', 'B_NAME'],
    ],
    ['a key of a service', 'x = {"apiKey": os.getenv("A_THING"), "site": os.getenv("B_THING")}', ['A_THING', 'B_THING?']],
    [
      'an empty default, by what becomes of it',
      'app.config["SECRET_KEY"] = os.getenv("A_SECRET", "")\nA_TOKEN = os.getenv("A_TOKEN", "")\nB_TOKEN = os.getenv("B_TOKEN", "")\nbot = Bot(A_TOKEN)\nx = f(token=os.getenv("C_TOKEN", ""), name=os.getenv("D_NAME", ""))',
      ['A_SECRET', 'A_TOKEN', 'B_TOKEN?', 'C_TOKEN', 'D_NAME?'],
    ],
    [
      'an empty default in a database of a server',
      'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": os.getenv("A_NAME", ""), "PASSWORD": os.getenv("A_PASSWORD", "")}}\nx = {"ENGINE": "django.db.backends.sqlite3", "NAME": os.getenv("B_NAME", "")}',
      ['A_NAME', 'A_PASSWORD?', 'B_NAME?'],
    ],
    [
      'a field of a model that takes no nothing',
      'from pydantic import BaseModel\nclass Settings(BaseModel):\n    a_thing: str\n    b_thing: str | None = None\nx = Settings(a_thing=os.getenv("A_THING"), b_thing=os.getenv("B_THING"))',
      ['A_THING', 'B_THING?'],
    ],
    ['what is set, not read', 'os.environ["A_KEY"] = "1"', []],
    ['what the system or ForgeBoard gives', 'x = os.environ["HOME"] + os.environ["PORT"]', []],
    ['a name in a constant', 'NAME = "A_KEY"\nx = os.environ[NAME]', ['A_KEY']],
    ['a list of them', 'REQUIRED = ["A_KEY", "B_KEY"]\nfor name in REQUIRED:\n    os.environ[name]', ['A_KEY', 'B_KEY']],
    ['a function that reads them', 'def need(name):\n    return os.environ[name]\nx = need("A_KEY")', ['A_KEY']],
    ['one that has a default to give', 'def get(name, default=None):\n    return os.environ.get(name, default)\nx = get("A_KEY", 3)', ['A_KEY?']],
    ['decouple', 'from decouple import config\nx = config("A_KEY")\ny = config("B_KEY", default=1, cast=int)', ['A_KEY', 'B_KEY?']],
    ['environs', 'from environs import Env\nenv = Env()\nx = env.str("A_KEY")\ny = env.int("B_KEY", 3)', ['A_KEY', 'B_KEY?']],
    ['django-environ', 'import environ\nenv = environ.Env(B_KEY=(bool, False))\nx = env("A_KEY")\ny = env("B_KEY")\nz = env.db()', ['A_KEY', 'B_KEY?', 'DATABASE_URL']],
    ['dj-database-url', 'import dj_database_url\nx = dj_database_url.config(default="sqlite:///x")', ['DATABASE_URL?']],
    [
      'pydantic settings',
      'from pydantic import Field\nfrom pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    model_config = {"env_prefix": "SHOP_"}\n    a_key: str\n    b_key: int = 3\n    c: str = Field(..., alias="C_KEY")\ns = S()',
      ['C_KEY', 'SHOP_A_KEY', 'SHOP_B_KEY?'],
    ],
  ])('finds %s', async (_name, text, wanted) => expect(await names({ 'app.py': `${top}${text}\n` })).toEqual(wanted));

  it('tells a Django project without a wsgi module which settings to serve', async () => {
    const { entrypoint, environment } = await inspected({
      'manage.py': "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n",
      'shop/__init__.py': '',
      'shop/settings.py': "SECRET_KEY = 'x'\nROOT_URLCONF = 'shop.urls'\n",
    });
    expect(entrypoint).toBe('django.core.wsgi:get_wsgi_application()');
    expect(environment).toMatchObject([{ name: 'DJANGO_SETTINGS_MODULE', required: true, default: 'shop.settings' }]);
  });

  it('finds an empty default that another module hands to what is nothing without it', async () => {
    const texts = {
      'bot.py': 'import discord\nimport conf\nclient = discord.Client()\nif __name__ == "__main__":\n    client.run(conf.TOKEN)\n',
      'conf.py': 'import os\nTOKEN = os.getenv("BOT_TOKEN", "")\nOWNER = os.getenv("OWNER", "")\n',
    };
    expect(await names(texts)).toEqual(['BOT_TOKEN', 'OWNER?']);
  });

  it('asks for what validators of Dynaconf need and no settings file gives', async () => {
    const conf =
      'from dynaconf import Dynaconf, Validator\nsettings = Dynaconf(envvar_prefix="SHOP", settings_files=["settings.toml", ".secrets.toml"], validators=[Validator("A_KEY", "DB.HOST", must_exist=True), Validator("B_KEY", default="b"), Validator("C_KEY", must_exist=True)])\n';
    const texts = { 'app.py': `from conf import settings\n${app}`, 'conf.py': conf, 'settings.toml': '[default]\nC_KEY = 1\n' };
    expect(await names(texts)).toEqual(['SHOP_A_KEY', 'SHOP_B_KEY?', 'SHOP_C_KEY?', 'SHOP_DB__HOST']);
  });

  it("says what a Streamlit app takes from its secrets, which don't travel", async () => {
    const texts = {
      'app.py': 'import streamlit as st\nst.title("x")\nx = st.secrets["a_key"]\ny = st.secrets.db.host\nz = st.secrets.get("c_key")\n',
      'requirements.txt': 'streamlit\n',
    };
    const { findings } = await inspected(texts);
    const [found] = findings.filter(({ text }) => text.includes('secrets.toml'));
    expect(found?.text).toContain('a_key, db, c_key');
    expect(found?.evidence.map(({ line }) => line)).toEqual([3, 4, 5]);
  });

  it('takes of settings that set nothing by themselves those of production', async () => {
    const texts = {
      'manage.py': "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n",
      'shop/__init__.py': '',
      'shop/wsgi.py':
        "import os\nfrom django.core.wsgi import get_wsgi_application\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\napplication = get_wsgi_application()\n",
      'shop/settings/__init__.py': '',
      'shop/settings/base.py': "import os\nROOT_URLCONF = 'shop.urls'\nDEBUG = False\n",
      'shop/settings/local.py': "from .base import *\nimport os\nSECRET_KEY = os.environ['LOCAL_KEY']\n",
      'shop/settings/production.py': "from .base import *\nimport os\nSECRET_KEY = os.environ['A_KEY']\n",
    };
    expect((await names(texts)).filter((name) => !name.endsWith('?'))).toEqual(['A_KEY']);
  });

  it('follows a reader, a helper and a settings class into the modules that they come from', async () => {
    const texts = {
      'app.py': `from conf import env, need, settings\n${app}x = [env("A_KEY"), need("B_KEY")]\n`,
      'conf.py':
        'import environ, os\nfrom pydantic import BaseSettings\nenv = environ.Env()\ndef need(n):\n    return os.environ[n]\nclass Base(BaseSettings):\n    c_key: str\nclass S(Base):\n    d_key: str = "x"\nsettings = S()\n',
    };
    expect(await names(texts)).toEqual(['A_KEY', 'B_KEY', 'C_KEY', 'D_KEY?']);
  });

  it('follows a reader through modules that take every name', async () => {
    const texts = {
      'app.py': `from conf.live import KEY\n${app}`,
      'conf/__init__.py': '',
      'conf/live.py': 'from .base import *\nKEY = env("A_KEY")\n',
      'conf/base.py': 'import environ\nenv = environ.Env()\n',
    };
    expect(await names(texts)).toEqual(['A_KEY']);
  });

  it('asks for none that only tests, scripts and development settings read', async () => {
    const read = 'import os\nx = os.environ["OTHER_KEY"]\n';
    expect(await names({ 'app.py': app, 'tests/test_a.py': read, 'docs/conf.py': read })).toEqual([]);
    expect(await names({ 'app.py': app, 'scripts/load.py': read, 'load.py': `${read}if __name__ == "__main__":\n    x()\n` })).toEqual(['OTHER_KEY?']);
  });

  it('knows secrets by their names and shows no value of them, of a .env none at all', async () => {
    const found = await inspected({
      'app.py': `${top}x = os.getenv("API_TOKEN", "canary-1")\n`,
      '.env': 'API_TOKEN=canary-2\nMORE=canary-3\n',
      '.env.example': 'PLAIN=shown\nOLD_PASSWORD=canary-4\n',
    });
    expect(found.environment.map(({ name, secret, default: given }) => [name, secret, given])).toEqual([
      ['API_TOKEN', true, null],
      ['MORE', false, null],
      ['OLD_PASSWORD', true, null],
      ['PLAIN', false, 'shown'],
    ]);
    expect(JSON.stringify(found)).not.toContain('canary');
  });
});

describe('where the packages are named', () => {
  const project = '[project]\nname = "shop"\ndependencies = ["flask"]\n';
  it.each<[string, Record<string, string>, [string, string | null]]>([
    ['requirements.txt', { 'requirements.txt': 'flask' }, ['requirements.txt', 'requirements.txt']],
    [
      'a folder of them',
      { 'requirements/dev.txt': '-r base.txt', 'requirements/base.txt': 'flask', 'requirements/production.txt': '-r base.txt' },
      ['requirements.txt', 'requirements/production.txt'],
    ],
    [
      'requirements.txt beside a pyproject.toml for tools only',
      { 'requirements.txt': 'flask', 'pyproject.toml': '[tool.black]\nline-length = 99\n' },
      ['requirements.txt', 'requirements.txt'],
    ],
    ['pyproject.toml', { 'pyproject.toml': project }, ['pyproject', 'pyproject.toml']],
    ['pyproject.toml beside a loose requirements.txt', { 'pyproject.toml': project, 'requirements.txt': 'flask\n' }, ['pyproject', 'pyproject.toml']],
    ['requirements.txt that a tool locked', { 'pyproject.toml': project, 'requirements.txt': '# autogenerated by uv\nflask==3.1.0\n' }, ['requirements.txt', 'requirements.txt']],
    ['uv', { 'pyproject.toml': project, 'uv.lock': 'version = 1' }, ['uv', 'uv.lock']],
    ['Poetry', { 'pyproject.toml': '[tool.poetry.dependencies]\npython = "^3.11"\n', 'poetry.lock': '' }, ['poetry', 'poetry.lock']],
    ['Poetry without a lock file', { 'pyproject.toml': '[tool.poetry.dependencies]\npython = "^3.11"\n' }, ['poetry', 'pyproject.toml']],
    ['PDM', { 'pyproject.toml': project, 'pdm.lock': '' }, ['pdm', 'pdm.lock']],
    ['Pipenv', { Pipfile: '[packages]\nflask = "*"\n', 'Pipfile.lock': '{}' }, ['pipenv', 'Pipfile.lock']],
    ['conda', { 'environment.yml': 'dependencies:\n- flask\n' }, ['conda', 'environment.yml']],
    ['setup.py', { 'setup.py': 'from setuptools import setup\nsetup(install_requires=["flask"])\n' }, ['setup.py', 'setup.py']],
    [
      'what the Dockerfile installs',
      { Dockerfile: 'RUN pip install -r requirements.txt\n', 'pyproject.toml': project, 'requirements.txt': 'flask\n' },
      ['requirements.txt', 'requirements.txt'],
    ],
    ['none', {}, ['none', null]],
    ['a broken pyproject.toml', { 'pyproject.toml': '[project\n' }, ['none', null]],
  ])('finds %s', async (_name, texts, [source, file]) => expect((await inspected({ ...texts, 'app.py': app })).dependencies).toEqual({ source, file }));

  it('takes those of the app in a monorepo', async () => {
    expect(await inspected({ 'requirements.txt': 'ruff', 'api/requirements.txt': 'flask', 'api/app.py': app })).toMatchObject({
      root: 'api',
      dependencies: { file: 'api/requirements.txt' },
    });
  });
});

describe('the version of Python', () => {
  it.each<[string, string, string]>([
    ['.python-version', '3.12.4\n', '3.12.4'],
    ['runtime.txt', 'python-3.11.9', '3.11.9'],
    ['Pipfile', '[requires]\npython_version = "3.10"\n', '3.10'],
    ['Dockerfile', 'FROM python:3.12-slim AS build\n', '3.12'],
    ['pyproject.toml', '[project]\nname = "a"\nrequires-python = ">=3.9"\n', '>=3.9'],
    ['environment.yml', 'dependencies:\n  - python=3.10\n', '3.10'],
    ['setup.py', 'setup(python_requires=">=3.8")\n', '>=3.8'],
    ['app.yaml', 'runtime: python312\n', '3.12'],
  ])('is read from %s', async (path, text, version) => expect((await inspected({ [path]: text, 'app.py': app })).python).toBe(version));

  it('counts what is exact before a range, Poetry’s as everybody writes it', async () => {
    const poetry = '[tool.poetry.dependencies]\npython = "^3.9"\n';
    expect((await inspected({ 'pyproject.toml': poetry, 'app.py': app })).python).toBe('>=3.9,<4.0');
    expect((await inspected({ 'pyproject.toml': poetry, '.python-version': '3.12', 'app.py': app })).python).toBe('3.12');
  });
});

describe('what an app runs with', () => {
  it('finds services by imports, addresses and packages', async () => {
    const texts = {
      'app.py': `import redis\n${app}URL = "sqlite:///x.db"\n`,
      'requirements.txt': '-r more.txt\ncelery==5\n',
      'more.txt': 'x',
      'tests/test_a.py': 'import pymongo\n',
    };
    expect((await inspected(texts)).services).toEqual(['sqlite', 'redis', 'celery']);
  });

  it('takes processes from a Procfile, else from the code', async () => {
    expect((await inspected({ Procfile: 'web: gunicorn app:app\nmail: python mail.py\n', 'app.py': app })).processes).toEqual({ web: 'gunicorn app:app', mail: 'python mail.py' });
    expect((await inspected({ 'app.py': app, 'jobs.py': 'from celery import Celery\nqueue = Celery("x")\n' })).processes).toEqual({ worker: 'celery -A jobs worker' });
    const dramatiq = 'from dramatiq.brokers.redis import RedisBroker\nbroker = RedisBroker()\n';
    expect((await inspected({ 'app.py': app, 'jobs.py': dramatiq })).processes).toEqual({ worker: 'dramatiq jobs' });
  });

  it('starts a program that serves by itself as its Procfile does, with the arguments that it needs', async () => {
    const serve =
      'import argparse\nfrom http.server import HTTPServer\nparser = argparse.ArgumentParser()\nparser.add_argument("--port")\nHTTPServer(("", int(parser.parse_args().port)), None).serve_forever()\n';
    const { plan, grounds } = await inspected({ Procfile: 'web: python serve.py --port $PORT\n', 'serve.py': serve });
    expect(plan.settings).toEqual({ type: 'command', command: 'python serve.py --port $PORT' });
    expect(grounds.type.text).toBe('A program that serves the web by itself');
    expect((await inspected({ Procfile: 'web: sh -c "python serve.py > log"\n', 'serve.py': serve })).plan.settings).toMatchObject({
      command: expect.stringContaining('serve.py'),
    });
  });
});
