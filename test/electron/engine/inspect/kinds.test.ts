import { describe, expect, it } from 'vitest';
import { inspected } from './texts.ts';

const flask = 'from flask import Flask\napp = Flask(__name__)\n';
const factory = 'from flask import Flask\ndef create_app(config=None):\n    app = Flask(__name__)\n    return app\n';
const fastapi = 'from fastapi import FastAPI\napp = FastAPI()\n';
const django = { 'manage.py': "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n", 'shop/__init__.py': '', 'shop/settings.py': "SECRET_KEY = 'x'\n" };
const wsgi = 'from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n';
const asgi = 'from django.core.asgi import get_asgi_application\napplication = get_asgi_application()\n';
const toml = '[build-system]\nrequires = ["hatchling"]\n[project]\nname = "shop"\ndependencies = []\n';

type Folder = Record<string, string>;

describe('the kind and entry point of a folder', () => {
  it.each<[string, Folder, [string, string, string | null]]>([
    ['an object', { 'app.py': flask }, ['flask', '.', 'app:app']],
    [
      'the module that has the routes of an object made in another',
      { 'config.py': flask, 'app.py': 'from config import app\n@app.route("/")\ndef home():\n    return ""\nif __name__ == "__main__":\n    app.run()\n' },
      ['flask', '.', 'app:app'],
    ],
    ['an object of another name', { 'web.py': 'import flask as f\nsite = f.Flask("x")\n' }, ['flask', '.', 'web:site']],
    ['a factory alone', { 'shop/__init__.py': factory }, ['flask', '.', 'shop:create_app()']],
    [
      'a factory that another module calls',
      { 'shop/__init__.py': factory, 'wsgi.py': 'from shop import create_app\napplication = create_app()\n' },
      ['flask', '.', 'wsgi:application'],
    ],
    [
      'a factory that is called only when run as a script',
      { 'shop/__init__.py': factory, 'run.py': 'from shop import create_app\nif __name__ == "__main__":\n    app = create_app()\n    app.run()\n' },
      ['flask', '.', 'shop:create_app()'],
    ],
    [
      'a class made from Flask',
      { 'shop/core.py': 'from flask import Flask\nclass Shop(Flask):\n    pass\n', 'shop/__init__.py': '', 'main.py': 'from shop.core import Shop\nsrv = Shop("s")\n' },
      ['flask', '.', 'main:srv'],
    ],
    [
      'an object that is wrapped',
      { 'main.py': 'from fastapi import FastAPI\nfrom x import CORSMiddleware\napi = FastAPI()\napp = CORSMiddleware(api)\n' },
      ['fastapi', '.', 'main:app'],
    ],
    [
      'an app in a package without __init__',
      { 'requirements.txt': 'fastapi', 'app/main.py': `${fastapi}from app.db import x\n`, 'app/db.py': 'x = 1' },
      ['fastapi', '.', 'app.main:app'],
    ],
    [
      'the same whose modules are imported from beside it',
      { 'requirements.txt': 'fastapi', 'app/main.py': `${fastapi}from db import x\n`, 'app/db.py': 'x = 1' },
      ['fastapi', 'app', 'main:app'],
    ],
    ['a src layout', { 'pyproject.toml': toml, 'src/shop/__init__.py': '', 'src/shop/web.py': fastapi }, ['fastapi', 'src', 'shop.web:app']],
    [
      'an app below the top of a monorepo',
      { 'frontend/package.json': '{}', 'backend/requirements.txt': 'fastapi', 'backend/main.py': fastapi },
      ['fastapi', 'backend', 'main:app'],
    ],
    [
      'what uvicorn.run names',
      { 'run.py': 'import uvicorn\nif __name__ == "__main__":\n    uvicorn.run("core.server:api")\n', 'core/server.py': fastapi.replace('app =', 'api ='), 'core/__init__.py': '' },
      ['fastapi', '.', 'core.server:api'],
    ],
    ['Django', { ...django, 'shop/wsgi.py': wsgi, 'shop/asgi.py': asgi }, ['django', '.', 'shop.wsgi:application']],
    [
      'Django with channels',
      { ...django, 'shop/wsgi.py': wsgi, 'shop/asgi.py': `${asgi}from channels.routing import ProtocolTypeRouter\napplication = ProtocolTypeRouter({'http': application})\n` },
      ['django', '.', 'shop.asgi:application'],
    ],
    [
      'Django below the top',
      Object.fromEntries(Object.entries({ ...django, 'shop/wsgi.py': wsgi }).map(([path, text]) => [`server/${path}`, text])),
      ['django', 'server', 'shop.wsgi:application'],
    ],
    ['Starlette', { 'main.py': 'from starlette.applications import Starlette\napp = Starlette()\n' }, ['asgi', '.', 'main:app']],
    ['Bottle', { 'app.py': 'import bottle\napp = bottle.default_app()\n' }, ['wsgi', '.', 'app:app']],
    [
      'Pyramid',
      { 'shop/__init__.py': 'from pyramid.config import Configurator\ndef main(settings=None):\n    config = Configurator()\n    return config.make_wsgi_app()\n' },
      ['wsgi', '.', 'shop:main()'],
    ],
    ['aiohttp', { 'main.py': 'from aiohttp import web\napp = web.Application()\nif __name__ == "__main__":\n    web.run_app(app)\n' }, ['wsgi', '.', 'main.py']],
    [
      'Streamlit with pages',
      {
        'pages/1_More.py': 'import streamlit as st\nst.title("m")\n',
        'Home.py': 'import streamlit as st\nst.set_page_config()\n',
        'lib.py': 'import streamlit as st\ndef f():\n    st.write(1)\n',
      },
      ['streamlit', '.', 'Home.py'],
    ],
    ['Gradio', { 'app.py': 'import gradio as gr\nwith gr.Blocks() as demo:\n    gr.Markdown("x")\ndemo.launch()\n' }, ['gradio', '.', 'app.py']],
    ['a bot', { 'bot.py': 'import os, discord\nclient = discord.Client()\nclient.run(os.environ["TOKEN"])\n' }, ['worker', '.', 'bot.py']],
    [
      'a bot in two modules',
      {
        'main.py': 'from shop.core import start\nif __name__ == "__main__":\n    start()\n',
        'shop/core.py': 'from telegram.ext import Application\ndef start():\n    Application.builder().build().run_polling()\n',
      },
      ['worker', '.', 'main.py'],
    ],
    ['a loop that sleeps', { 'watch.py': 'import time\nwhile True:\n    time.sleep(5)\n' }, ['worker', '.', 'watch.py']],
    [
      'a script',
      { 'requirements.txt': 'requests', 'fetch.py': 'import requests\ndef main():\n    print(requests.get("x"))\nif __name__ == "__main__":\n    main()\n' },
      ['script', '.', 'fetch.py'],
    ],
    ['MkDocs', { 'mkdocs.yml': 'site_name: x\n', 'docs/index.md': '# x' }, ['static', '.', 'site']],
    ['Hugo', { 'hugo.toml': 'baseURL = "x"\n', 'content/a.md': 'a' }, ['static', '.', 'public']],
    [
      'pages whose tools build them only for others',
      { 'package.json': '{"devDependencies":{"rollup":"1"}}', 'view.html': '<script src="lib/a.js"></script>', 'lib/a.js': '' },
      ['static', '.', '.'],
    ],
    ['Hugo with a folder of configuration', { 'config/_default/hugo.toml': 'baseURL = "x"\n', 'content/a.md': 'a' }, ['static', '.', 'public']],
    [
      'pages that a script of the folder writes',
      { 'build.py': 'open("public/index.html", "w").write("x")\n', 'public/index.html': '<p>', 'README.md': '    python build.py\n' },
      ['static', '.', 'public'],
    ],
    [
      'an app of two that a function gives',
      { 'main.py': 'from shop import make\napp, db = make()\n', 'shop/__init__.py': 'from flask import Flask\ndef make():\n    app = Flask("x")\n    return app, None\n' },
      ['flask', '.', 'main:app'],
    ],
    ['what every name is taken for', { 'main.py': 'from flask import *\napp = Flask("x")\n' }, ['flask', '.', 'main:app']],
    ['what a module for servers takes', { 'wsgi.py': 'from app import app\n', 'app.py': flask }, ['flask', '.', 'wsgi:app']],
    ['Chainlit', { 'app.py': 'import chainlit as cl\n@cl.on_message\nasync def main(m):\n    pass\n' }, ['script', '.', 'app.py']],
    ['plain pages', { 'index.html': '<p>', 'style.css': '' }, ['static', '.', '.']],
  ])('finds %s', async (_name, folder, [type, root, entrypoint]) => expect(await inspected(folder)).toMatchObject({ app: true, reason: null, type, root, entrypoint }));

  it.each<[string, Folder, RegExp]>([
    ['a library', { 'pyproject.toml': toml, 'shop/__init__.py': 'def f():\n    return 1\n', 'tests/test_app.py': flask, 'examples/app.py': flask }, /library/],
    ['notebooks', { 'a.ipynb': '{}', 'b.ipynb': '{}', 'requirements.txt': 'pandas' }, /Notebooks/],
    ['another language', { 'go.mod': 'module x', 'main.go': 'package main' }, /Go/],
    ['a page that a build makes', { 'package.json': '{"dependencies":{"vite":"5"}}', 'index.html': '<div id="root">', 'src/main.ts': '' }, /JavaScript|TypeScript/],
    ['a program with a window', { 'main.py': 'import tkinter\nif __name__ == "__main__":\n    tkinter.Tk().mainloop()\n' }, /window/],
    ['nothing', {}, /empty/],
  ])('says why %s is no app', async (_name, folder, reason) => {
    const found = await inspected(folder);
    expect(found).toMatchObject({ app: false, type: 'none', entrypoint: null });
    expect(found.reason).toMatch(reason);
  });

  it.each<[string, Folder, [string, string]]>([
    [
      'a Procfile',
      { Procfile: 'web: gunicorn shop.other:api\n', 'app.py': flask, 'shop/__init__.py': '', 'shop/other.py': fastapi.replace('app =', 'api =') },
      ['.', 'shop.other:api'],
    ],
    [
      'a Dockerfile, not what it does while the image is built',
      {
        Dockerfile: 'RUN python build.py\nRUN gunicorn other:app\nCMD gunicorn site.web:app\n',
        'build.py': 'print(1)\n',
        'other.py': flask,
        'site/web.py': flask,
        'site/__init__.py': '',
      },
      ['.', 'site.web:app'],
    ],
    [
      'a Dockerfile',
      { Dockerfile: 'FROM python:3.12\nCMD ["uvicorn", "svc.api:app", \\\n  "--host", "0.0.0.0"]\n', 'main.py': fastapi, 'svc/api.py': fastapi },
      ['.', 'svc.api:app'],
    ],
    [
      'two that name it from two folders, as its imports need it',
      {
        'shop/__init__.py': '',
        'shop/web.py': `import uvicorn\nfrom shop import core\n${fastapi}uvicorn.run("web:app")\n`,
        'shop/core.py': '',
        'run.py': 'import uvicorn\nuvicorn.run("shop.web:app")\n',
      },
      ['.', 'shop.web:app'],
    ],
    [
      'a compose file',
      { 'docker-compose.yml': 'services:\n  web:\n    command: uvicorn main:app --reload\n', 'api/main.py': fastapi, 'other/main.py': 'x = 1\n' },
      ['api', 'main:app'],
    ],
    [
      'a factory named there',
      { Dockerfile: 'CMD gunicorn "shop:create_app()"\n', 'shop/__init__.py': factory.replace('config=None', 'config'), 'app.py': 'x = 1\n' },
      ['.', 'shop:create_app()'],
    ],
  ])('believes what is deployed by %s', async (_name, folder, [root, entrypoint]) => {
    const found = await inspected(folder);
    expect(found).toMatchObject({ root, entrypoint });
    expect(found.grounds.entrypoint?.confidence).toBe('certain');
  });

  it('names the file and line that an answer rests on, and the other answers', async () => {
    const found = await inspected({ 'app.py': `\n${flask}`, 'admin.py': flask, 'docs/app.py': flask });
    expect(found.grounds.entrypoint?.evidence).toEqual([{ file: 'app.py', line: 3, text: 'app = Flask(__name__)' }]);
    expect(found.alternatives.map(({ entrypoint }) => entrypoint)).toEqual(['admin:app', 'docs.app:app']);
  });
});

describe('what stands beside an app', () => {
  const page = 'from flask import Flask\napp = Flask("")\n@app.route("/")\ndef home():\n    return "alive"\ndef keep_alive():\n    app.run()\n';

  it('is not taken for it: a page by which a bot counts as alive', async () => {
    const bot = 'import os, discord\nfrom keep_alive import keep_alive\nkeep_alive()\ndiscord.Client().run(os.getenv("TOKEN"))\n';
    expect(await inspected({ 'main.py': bot, 'keep_alive.py': page })).toMatchObject({ type: 'worker', entrypoint: 'main.py' });
    // Where the page is what is deployed, it is the app.
    expect(await inspected({ 'main.py': bot, 'keep_alive.py': page, Procfile: 'web: gunicorn keep_alive:app\n' })).toMatchObject({ type: 'flask', entrypoint: 'keep_alive:app' });
  });

  it('is not taken for it: a script that starts the server of another module', async () => {
    const texts = {
      'run.py': 'from site.web import serve\nif __name__ == "__main__":\n    serve()\n',
      'site/web.py': 'from aiohttp import web\ndef serve():\n    app = web.Application()\n    web.run_app(app)\n',
      Dockerfile: 'CMD ["python", "run.py"]\n',
    };
    expect(await inspected(texts)).toMatchObject({ type: 'wsgi', app: true });
  });

  it('is not taken for it: a framework’s own code', async () => {
    expect(
      await inspected({
        'setup.py': 'setup(name="flask")\n',
        'src/flask/__init__.py': 'from flask.app import Flask\n',
        'src/flask/app.py': 'class Flask: ...\n',
        'src/flask/cli.py': 'from flask import Flask\napp = Flask("x")\n',
      }),
    ).toMatchObject({ type: 'none' });
  });

  it('does not hide it: a name that is also that of the package it comes from', async () => {
    const texts = { 'shop.py': 'from app import create_app, db\napp = create_app()\n', 'app/__init__.py': `${factory}db = None\n`, 'boot.sh': 'exec gunicorn -b :5000 shop:app\n' };
    expect(await inspected(texts)).toMatchObject({ type: 'flask', entrypoint: 'shop:app' });
  });
});

describe('what no server runs', () => {
  it.each<[string, Folder, string]>([
    ['a game with a loop of its own', { 'game.py': 'import pygame\nwhile True:\n    pygame.time.wait(1)\n' }, 'window'],
    ['a site of JavaScript with a Python script beside it', { 'package.json': '{"dependencies":{"next":"1"}}', 'pages/index.js': '', 'scripts/x.py': 'print(1)\n' }, 'JavaScript'],
    ['a Go program with a page', { 'go.mod': 'module x', 'main.go': '', 'index.html': '' }, 'Go'],
  ])('is %s', async (_name, folder, reason) => expect((await inspected(folder)).reason).toContain(reason));
});

describe('a program that its package declares', () => {
  const daemon = 'import time\ndef main():\n    while True:\n        time.sleep(5)\n';
  const declared = `${toml}classifiers = ["Programming Language :: Python :: 3"]\n[project.scripts]\nshopd = "shop.daemon:main"\n`;
  const files = { 'pyproject.toml': declared, 'shop/__init__.py': '', 'shop/daemon.py': daemon };

  it('is a tool to install, unless something that is deployed starts it', async () => {
    expect(await inspected(files)).toMatchObject({ type: 'none' });
    expect(await inspected({ ...files, 'shopd.service': '[Service]\nExecStart=/usr/bin/shopd --all\n' })).toMatchObject({ type: 'worker', entrypoint: 'shop.daemon:main' });
    expect(await inspected({ ...files, 'shop/__main__.py': 'from shop.daemon import main\nmain()\n', 'shopd.service': '[Service]\nExecStart=/usr/bin/shopd\n' })).toMatchObject({
      type: 'worker',
      entrypoint: 'shop/__main__.py',
    });
  });

  it('is deployed where cron is to run it', async () => {
    expect(await inspected({ ...files, 'shop/daemon.py': 'def main():\n    print(1)\n', 'README.md': '    */5 * * * * shopd --once\n' })).toMatchObject({ type: 'script' });
  });

  it('is found in setup.py and setup.cfg, for WSGI servers too, and without an ending', async () => {
    const factory = 'def make(conf=None):\n    return load(conf)\n';
    const cfg = '[metadata]\nname = shop\n[entry_points]\nwsgi_scripts =\n    shop-api = shop.api:make\n';
    expect(await inspected({ 'setup.cfg': cfg, 'shop/__init__.py': '', 'shop/api.py': factory })).toMatchObject({ type: 'wsgi', entrypoint: 'shop.api:make()' });
    const setup = 'from setuptools import setup\nsetup(name="shop", scripts=["bin/shopd"])\n';
    const program = '#!/usr/bin/env python3\nimport time\nwhile True:\n    time.sleep(1)\n';
    expect(await inspected({ 'setup.py': setup, 'bin/shopd': program, 'shop.service': 'ExecStart=/opt/bin/shopd\n' })).toMatchObject({ type: 'worker', entrypoint: 'bin/shopd' });
  });
});

describe('a script of several', () => {
  it('is the one that a workflow runs by the clock', async () => {
    const script = 'import requests\nif __name__ == "__main__":\n    print(1)\n';
    const workflow = 'on:\n  schedule:\n    - cron: "0 6 * * *"\njobs:\n  a:\n    steps:\n      - run: python jobs/mail.py\n';
    const files = { 'a.py': script, 'jobs/mail.py': script, 'z.py': script };
    expect(await inspected({ ...files, '.github/workflows/daily.yml': workflow })).toMatchObject({ type: 'script', entrypoint: 'jobs/mail.py' });
    expect(await inspected({ ...files, '.github/workflows/test.yml': workflow.replace('schedule', 'push') })).toMatchObject({ entrypoint: 'a.py' });
  });
});

describe('a library', () => {
  const published = 'from setuptools import setup\nsetup(name="shop", classifiers=["Programming Language :: Python"])\n';

  it.each<[string, Folder]>([
    ['of a framework in one module', { 'setup.py': published, 'bottle.py': 'class Bottle: ...\n', 'app.py': 'import bottle\napp = bottle.Bottle()\nbottle.run(app)\n' }],
    [
      'with a sample project of Django',
      {
        'setup.py': published,
        'shop/__init__.py': '',
        ...Object.fromEntries(Object.entries({ ...django, 'shop/wsgi.py': wsgi }).map(([path, text]) => [`sample_shop/${path}`, text])),
      },
    ],
    [
      'with a manage.py for its tests',
      { 'setup.py': published, 'shop/__init__.py': '', 'manage.py': "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'tests.settings')\n" },
    ],
    ['that its README runs as a module', { 'pyproject.toml': toml, 'README.md': '    python -m shop scan\n', 'shop/__init__.py': '', 'shop/__main__.py': 'print(1)\n' }],
    [
      'below the top, each packed for itself',
      {
        'libs/one/setup.py': published,
        'libs/one/shop/__init__.py': '',
        'libs/one/shop/main.py': `${flask}app.run()\n`.replace('Flask', 'Blueprint'),
        'libs/two/pyproject.toml': toml,
        'libs/two/far/__init__.py': '',
        'libs/two/far/__main__.py': 'print(1)\n',
      },
    ],
    ['with a demo that waits', { 'setup.py': published, 'shop/__init__.py': '', 'demo.py': 'import time\nwhile True:\n    time.sleep(1)\n' }],
    [
      'whose README starts its examples',
      { 'setup.py': published, 'README.md': '    gunicorn things:app\n    python examples/things.py\n', 'examples/things.py': `${flask}app.run()\n` },
    ],
    [
      'with a loop that only some of its callers run',
      {
        'setup.py': published,
        'shop/__init__.py': '',
        'shop/client.py': 'import time\nclass Client:\n    def run(self):\n        while True:\n            time.sleep(1)\n',
        'shop/__main__.py': 'from shop.client import Client\nprint(Client.__doc__)\n',
      },
    ],
  ])('%s is no app', async (_name, folder) => expect(await inspected(folder)).toMatchObject({ type: 'none', app: false }));
});

describe('what a server can call', () => {
  it.each<[string, Folder, [string, string]]>([
    ['a function by hand', { 'passenger_wsgi.py': 'def application(environ, start_response):\n    return [b""]\n' }, ['wsgi', 'passenger_wsgi:application']],
    ['an object of a class by hand', { 'web.py': 'class Site:\n    def __call__(self, environ, start_response):\n        return []\napp = Site()\n' }, ['wsgi', 'web:app']],
    ['an ASGI function by hand', { 'web.py': 'async def app(scope, receive, send):\n    await send({})\n' }, ['asgi', 'web:app']],
    [
      'what lies in a module with the name of servers',
      { 'shop/wsgi.py': 'from shop.boot import load\napplication = load()\n', 'shop/boot.py': 'import other\nload = other.load\n' },
      ['wsgi', 'shop.wsgi:application'],
    ],
    [
      'a middleware around a framework',
      { 'web.py': `${flask}class Fix:\n    def __init__(self, app): ...\n    def __call__(self, environ, start_response): ...\napp = Fix(app)\n` },
      ['flask', 'web:app'],
    ],
    [
      'what the file for Apache takes',
      {
        'shop.wsgi': 'import sys\nfrom shop.site import make as build\napplication = build()\n',
        'shop/__init__.py': '',
        'shop/site.py': factory.replace('create_app', 'make'),
        'shop/old.py': flask,
      },
      ['flask', 'shop.site:make()'],
    ],
  ])('is %s', async (_name, folder, [type, entrypoint]) => expect(await inspected(folder)).toMatchObject({ type, entrypoint }));
});

describe('what is made for another program', () => {
  it.each<[string, Folder, RegExp]>([
    ['a template', { 'cookiecutter.json': '{}', 'hooks/post.py': 'print(1)\n', '{{ cookiecutter.slug }}/app.py': flask }, /template/],
    [
      'an integration of Home Assistant',
      { 'custom_components/shop/manifest.json': '{}', 'custom_components/shop/main.py': 'import time\nwhile True:\n    time.sleep(1)\n' },
      /Home Assistant/,
    ],
    ['playbooks', { 'ansible.cfg': '', 'library/shop.py': 'if __name__ == "__main__":\n    main()\n' }, /Ansible/],
    ['a pipeline', { Snakefile: '', 'scripts/count.py': 'print(1)\n' }, /pipeline/],
    ['a list with a script to check it', { 'README.md': '', 'a.md': '', 'b.md': '', 'c.md': '', 'scripts/links.py': 'if __name__ == "__main__":\n    print(1)\n' }, /beside/],
    ['a program for a board', { 'main.py': 'import machine, time\nwhile True:\n    time.sleep(1)\n' }, /board/],
    ['code that trains', { 'train.py': 'import torch\nif __name__ == "__main__":\n    main()\n' }, /train/],
    ['a collection of scripts', Object.fromEntries([...'abcdefghij'].map((name) => [`${name}/${name}.py`, 'if __name__ == "__main__":\n    print(1)\n'])), /each for itself/],
  ])('%s is no app', async (_name, folder, reason) => {
    const found = await inspected(folder);
    expect(found.type).toBe('none');
    expect(found.reason).toMatch(reason);
  });
});

describe('a worker', () => {
  it.each<[string, Folder, string]>([
    ['that asks a queue for one message after the other', { 'run.py': 'from kafka import KafkaConsumer\nfor message in KafkaConsumer("x"):\n    print(message)\n' }, 'run.py'],
    ['of a queue, which its own command starts', { 'jobs.py': 'from dramatiq.brokers.redis import RedisBroker\nbroker = RedisBroker()\n' }, 'jobs:broker'],
    ['that reads a stream', { 'run.py': 'import praw\nfor one in praw.Reddit().subreddit("x").stream.comments():\n    print(one)\n' }, 'run.py'],
    ['until it is told to stop', { 'run.py': 'import time\nstopping = False\nwhile not stopping:\n    time.sleep(1)\n' }, 'run.py'],
  ])('is one %s', async (_name, folder, entrypoint) => expect(await inspected(folder)).toMatchObject({ type: 'worker', entrypoint }));

  it('is none where the loop only keeps a page of its own alive', async () => {
    const text = 'import time\nfrom prometheus_client import start_http_server\nstart_http_server(9000)\nwhile True:\n    time.sleep(1)\n';
    expect(await inspected({ 'main.py': text })).toMatchObject({ type: 'script', entrypoint: 'main.py' });
  });
});
