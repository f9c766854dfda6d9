import { describe, expect, it } from 'vitest';
import { appSettings } from '../../../shared/rules/app-settings.ts';
import { importEntryRule, importSettings } from '../../../shared/rules/import-settings.ts';

describe('the settings of an imported app', () => {
  it.each([
    [
      { type: 'flask', root: '.', entrypoint: 'shop:create_app()' },
      { type: 'wsgi', entry_point: 'shop:create_app()' },
    ],
    [
      { type: 'wsgi', root: '.', entrypoint: 'garage.py' },
      { type: 'command', command: 'python garage.py' },
    ],
    [
      { type: 'django', root: 'server', entrypoint: 'shop.wsgi:application' },
      { type: 'wsgi', entry_point: 'shop.wsgi:application', root: 'server' },
    ],
    [
      { type: 'django', root: '.', entrypoint: 'chat.asgi:application' },
      { type: 'asgi', entry_point: 'chat.asgi:application' },
    ],
    [
      { type: 'fastapi', root: '.', entrypoint: 'main:app' },
      { type: 'asgi', entry_point: 'main:app' },
    ],
    [
      { type: 'script', root: '.', entrypoint: 'my server.py' },
      { type: 'command', command: 'python "my server.py"' },
    ],
    [
      { type: 'worker', root: '.', entrypoint: 'bot.py' },
      { type: 'worker', processes: { worker: 'python bot.py' } },
    ],
    [
      { type: 'worker', root: '.', entrypoint: 'tg/bot/__main__.py' },
      { type: 'worker', processes: { worker: 'python -m tg.bot' } },
    ],
    [
      { type: 'worker', root: '.', entrypoint: 'jobs.celery:app' },
      { type: 'worker', processes: { worker: 'celery -A jobs.celery:app worker' } },
    ],
    [
      { type: 'worker', root: '.', entrypoint: 'shop.daemon:main' },
      { type: 'worker', processes: { worker: 'python -c "from shop.daemon import main; main()"' } },
    ],
    [
      { type: 'static', root: '.', entrypoint: 'public' },
      { type: 'static', folder: 'public' },
    ],
  ])('%j is %j', (answers, settings) => expect(importSettings(answers)).toEqual(settings));

  it.each(['flask', 'fastapi', 'django', 'asgi', 'wsgi', 'streamlit', 'gradio', 'script', 'worker', 'static'])('of kind %s keep to the rules of settings', (type) => {
    const entrypoint = ['streamlit', 'gradio', 'script', 'worker', 'static'].includes(type) ? 'a b/$(x).py' : 'app:app';
    expect(appSettings.safeParse(importSettings({ type, root: '.', entrypoint })).success).toBe(type !== 'static');
  });

  it('says what is wrong with what was typed', () => {
    expect(importEntryRule({ type: 'script', root: '.', entrypoint: ' ' })).toBe('say what starts it');
    expect(importEntryRule({ type: 'script', root: '.', entrypoint: 'a\u0007.py' })).toContain('control character');
    expect(importEntryRule({ type: 'static', root: '.', entrypoint: '' })).toBeNull();
  });
});
