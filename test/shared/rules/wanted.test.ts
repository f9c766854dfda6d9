import { describe, expect, it } from 'vitest';
import { appSpec } from '../../../shared/rules/spec.ts';
import { foundIn, readSettings, wantedSpec } from '../../../shared/rules/wanted.ts';

const found = { settings: { type: 'wsgi', entry_point: 'app:app' }, requirements: ['requirements.txt'] };

describe('what a host should run', () => {
  it('is what the entry says, and what the folder says where that says nothing', () => {
    const spec = wantedSpec(
      'shop',
      { slug: 'shop', memory: '256M', workers: 4, domains: ['Shop.example.org'] },
      { ...found, settings: { ...found.settings, workers: 8, cpu: '50%' } },
      8100,
    );
    expect(spec).toMatchObject({
      type: 'wsgi',
      entrypoint: 'app:app',
      workers: 4,
      port: 8100,
      domains: ['shop.example.org'],
      limits: { memory: 256 * 1024 * 1024, cpu: 50, tasks: null },
    });
    expect(appSpec.parse(spec)).toEqual(spec);
  });

  it('can be made again from what was applied', () => {
    const spec = wantedSpec('shop', { slug: 'shop' }, found, 8100);
    expect(wantedSpec('shop', { slug: 'shop' }, foundIn(spec), 8100)).toEqual(spec);
  });

  it.each([
    ['flask', 'app:app', { type: 'wsgi', server: ['gunicorn'] }],
    ['FastAPI', 'main:app', { type: 'asgi', server: ['uvicorn'], workers: 1 }],
    ['django', 'shop.wsgi:application', { type: 'wsgi' }],
  ])('reads an entry of the original ForgeBoard: %s', (type, entry_point, spec) => {
    const entry = { slug: 'x', name: 'X', port: 8123, type, status: 'running', domain: null, path: '/srv/x', virtualenv: '/srv/x/venv', entry_point, description: 'An app' };
    expect(wantedSpec('x', entry, { settings: {}, requirements: [] }, 8100)).toMatchObject({ ...spec, port: 8123, domains: [] });
  });

  it.each([
    [{ memory: '512' }, 'memory: the memory "512" is not a number with M or G'],
    [{ memory: '1e9G' }, 'is not a number with M or G'],
    [{ memory: '1M' }, 'less than 32M'],
    [{ workers: 0 }, 'workers: 1 is the least'],
    [{ workers: '2x' }, 'workers: a whole number is expected'],
    [{ health_path: '//evil' }, 'must start with one /'],
    [{ python: '2.7' }, 'is not one like 3.11'],
    [{ python: '3' }, 'is not one like 3.11'],
    [{ type: 'php' }, 'is not one of wsgi'],
    [{ processes: { web: 'x' } }, 'is taken by ForgeBoard itself'],
    [{ schedules: { mail: { at: '60 * * * *', command: 'x' } } }, 'schedules.mail.at: the time minute'],
    [{ before: ['a | b'] }, 'needs a shell'],
    [{ persist: ['../x'] }, 'contains ".."'],
    [{ root: 'a$b' }, 'contains one of'],
    [{ type: 'worker' }, 'shop has nothing to run'],
  ])('%j is refused: %s', (entry, says) => expect(() => wantedSpec('shop', { slug: 'shop', ...entry }, found, 8100)).toThrow(says));
});

it('a key of forgeboard.yml that is none is named, one of apps.yml is left alone', () => {
  expect(() => readSettings({ entrypoint: 'app:app' }, 'forgeboard.yml', 'refused')).toThrow('forgeboard.yml: entrypoint is not a setting');
  expect(readSettings({ slug: 'shop', owner: 'web' }, 'shop in apps.yml')).toEqual({});
});

it('an app that nobody says anything about has nothing to run; one of processes alone is a worker', () => {
  const nothing = { settings: {}, requirements: [] };
  expect(() => wantedSpec('shop', { slug: 'shop' }, nothing, 8100)).toThrow('shop has nothing to run');
  expect(wantedSpec('shop', { slug: 'shop', processes: { mail: 'python mail.py' } }, nothing, 8100).type).toBe('worker');
});
