import { describe, expect, it } from 'vitest';
import { runOf } from '../../../../shared/rules/adoptions/command-line.ts';
import { commandRule } from '../../../../shared/rules/command.ts';

const gunicorn = (line: string) => runOf('gunicorn', ['/opt/shop/venv/bin/gunicorn', ...line.split(' ')]);
const uvicorn = (line: string) => runOf('uvicorn', `/opt/shop/venv/bin/python -m uvicorn ${line}`.split(' '));

describe('how a server was started', () => {
  it.each([
    ['-w 3 -b unix:/run/shop.sock app:app', { type: 'wsgi', entryPoint: 'app:app', workers: 3 }],
    ['--workers=4 --bind=127.0.0.1:8000 --access-logfile - shop.wsgi', { type: 'wsgi', entryPoint: 'shop.wsgi:application', workers: 4 }],
    ['-w2 --chdir /opt/shop/src -p /run/x.pid app:create_app()', { type: 'wsgi', entryPoint: 'app:create_app()', workers: 2, folder: '/opt/shop/src' }],
    ['-k sync --timeout 30 app:app', { type: 'wsgi', workers: undefined }],
    ['-k gevent -t 120 -w 2 app:app', { type: 'command', command: 'python -m gunicorn --bind unix:$SOCKET --workers 2 -k gevent -t 120 app:app' }],
    ['--threads 4 app:make()', { type: 'command', command: "python -m gunicorn --bind unix:$SOCKET --workers 1 --threads 4 'app:make()'" }],
  ])('gunicorn %s', (line, wanted) => {
    const run = gunicorn(line);
    expect(run).toMatchObject(wanted);
    if (typeof run === 'object' && run.command !== undefined) expect(commandRule(run.command)).toBeNull();
  });

  it.each([
    ['main:app --host 127.0.0.1 --port 8000', { type: 'asgi', entryPoint: 'main:app', workers: undefined }],
    ['--factory main:create --workers 2 --no-access-log', { type: 'asgi', entryPoint: 'main:create()', workers: 2 }],
    ['main:app --uds /run/x.sock --root-path /api', { type: 'command', command: expect.stringContaining('--uds $SOCKET') }],
  ])('uvicorn %s', (line, wanted) => {
    const run = uvicorn(line);
    expect(run).toMatchObject(wanted);
    if (typeof run === 'object' && run.command !== undefined) expect(commandRule(run.command)).toBeNull();
  });

  it('is not guessed: what an option would lose, and what is hidden, stops it with a reason', () => {
    for (const line of [
      '-c conf.py app:app',
      '--daemon app:app',
      '--unknown x app:app',
      '--pythonpath /x app:app',
      'app:app ••• x',
      '-w ${N} app:app',
      '',
      'app:app other:app',
      '--timeout •••',
    ]) {
      expect(gunicorn(line), line).toEqual(expect.any(String));
    }
    expect(uvicorn('main:app --env-file .env')).toContain('--env-file');
    expect(runOf('hypercorn', ['hypercorn', 'main:app'])).toContain('hypercorn');
  });
});
