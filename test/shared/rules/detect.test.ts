import { describe, expect, it } from 'vitest';
import { candidateFiles, detect } from '../../../shared/rules/detect.ts';

const found = (path: string, text: string) => detect([{ path, text }]).entrypoint;

describe('where the app is', () => {
  it.each([
    ['app.py', 'from flask import Flask\n\napp = Flask(__name__)\n', 'app:app'],
    ['main.py', 'import flask\nweb: flask.Flask = flask.Flask(__name__)\n', 'main:web'],
    ['shop/__init__.py', 'app = Flask(__name__)\n', 'shop:app'],
    ['site/wsgi.py', 'application = get_wsgi_application()\n', 'site.wsgi:application'],
    ['app.py', 'def application(environ, start_response):\n', 'app:application'],
    ['app.py', 'def create_app(config=None):\n    app = Flask(__name__)\n', 'app:create_app()'],
    ['wsgi.py', 'from shop import create_app\napp = create_app()\n', 'wsgi:app'],
    ['app.py', 'app = bottle.default_app()\n', 'app:app'],
  ])('%s with %j is %s', (path, text, entrypoint) => expect(found(path, text)).toBe(entrypoint));

  it('says where it was found', () => {
    expect(detect([{ path: 'app.py', text: '# x\napp = Flask(__name__)' }]).evidence).toEqual({ path: 'app.py', line: 2, text: 'app = Flask(__name__)' });
  });

  it('prefers an object over a factory in another file', () => {
    expect(
      detect([
        { path: 'app.py', text: 'def create_app():' },
        { path: 'wsgi.py', text: 'app = create_app()' },
      ]).entrypoint,
    ).toBe('wsgi:app');
  });

  it('refuses a factory that needs arguments, an ASGI app and a folder without one, each by name', () => {
    expect(() => found('app.py', 'def create_app(config):\n')).toThrow('There is no app in this folder');
    expect(() => found('main.py', 'app = FastAPI()\n')).toThrow('ASGI app (main.py:1)');
    expect(() => detect([])).toThrow('There is no app in this folder');
  });

  it('looks at the usual names first and never at tests', () => {
    expect(candidateFiles(['zoo.py', 'tests/app.py', 'shop/app.py', 'app.py', 'a/b/c.py', 'wsgi.py', 'readme.md', 'setup.py'])).toEqual([
      'wsgi.py',
      'app.py',
      'zoo.py',
      'shop/app.py',
    ]);
  });
});
