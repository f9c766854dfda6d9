import { describe, expect, it } from 'vitest';
import { procfileSettings } from '../../../shared/rules/procfile.ts';

describe('a Procfile', () => {
  it.each([
    ['web: gunicorn shop.wsgi:application --bind 0.0.0.0:$PORT --workers 3\n', { type: 'wsgi', entry_point: 'shop.wsgi:application', workers: 3 }],
    ['web: gunicorn -k uvicorn.workers.UvicornWorker main:app\n', { type: 'asgi', entry_point: 'main:app' }],
    ['web: uvicorn main:app --host 0.0.0.0 --port $PORT', { type: 'asgi', entry_point: 'main:app' }],
    ['web: gunicorn --threads 8 app:app', { type: 'command', command: 'gunicorn --threads 8 app:app' }],
    ['web: gunicorn -k gevent app:app', { type: 'command', command: 'gunicorn -k gevent app:app' }],
    [
      '# what runs\n\nweb: python serve.py\r\nMail_Queue: python worker.py\nrelease: python manage.py migrate\n',
      { type: 'command', command: 'python serve.py', processes: { 'mail-queue': 'python worker.py' }, before: ['python manage.py migrate'] },
    ],
    ['worker: python worker.py\n', { type: 'worker', processes: { worker: 'python worker.py' } }],
  ])('%j stands for %j', (text, settings) => expect(procfileSettings(text)).toEqual(settings));

  it.each([
    ['web gunicorn', 'Procfile:1: it is not of the form name: command'],
    ['\nworker: a | b', 'Procfile:2: the command "a | b" cannot run'],
    ['boot: a', 'Procfile:1: the name "boot" is taken'],
  ])('%j is refused: %s', (text, says) => expect(() => procfileSettings(text)).toThrow(says));
});
