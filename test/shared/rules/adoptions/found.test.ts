import { describe, expect, it } from 'vitest';
import type { RunningUnit, ScanFacts } from '../../../../shared/rules/adoptions/facts.ts';
import { foundApps } from '../../../../shared/rules/adoptions/found.ts';

const unit = (more: Partial<RunningUnit> = {}): RunningUnit => ({
  unit: 'gunicorn-shop.service',
  path: `/etc/systemd/system/${more.unit ?? 'gunicorn-shop.service'}`,
  dropins: [],
  state: 'active',
  enabled: 'enabled',
  type: 'notify',
  pid: 7,
  since: 1,
  server: 'gunicorn',
  words: ['/opt/shop/venv/bin/gunicorn', '-b', '127.0.0.1:8000', 'app:app'],
  starts: 1,
  folder: '/opt/shop',
  user: 'shop',
  listens: ['127.0.0.1:8000'],
  memoryMax: null,
  before: 0,
  related: [],
  confined: [],
  ...more,
});
const file = '/etc/nginx/sites-available/shop';
const passes = [{ kind: 'proxy_pass', target: 'http://127.0.0.1:8000', path: '/', file, line: 9, start: 1, end: 2 }];
const facts = (units: RunningUnit[], more: Partial<ScanFacts> = {}): ScanFacts => ({
  units,
  others: [],
  nginx: { problem: null, servers: [{ file, line: 1, names: ['shop.example.com'], listens: ['80'], certificate: null, passes }], upstreams: [], digests: {} },
  adopted: [],
  ...more,
});
const one = (more: Partial<RunningUnit>, rest: Partial<ScanFacts> = {}) => foundApps(facts([unit(more)], rest), [], '203.0.113.7')[0];

describe('apps that run already', () => {
  it('get a name from their unit, and another one where it is taken', () => {
    expect(one({})).toMatchObject({ app: 'shop', canTake: true, canMove: true, url: 'http://shop.example.com/' });
    expect(foundApps(facts([unit()]), [{ slug: 'shop' }], '')[0]).toMatchObject({ app: 'shop-2' });
    expect(one({ unit: 'gunicorn.service', folder: '/srv/My Blog' })).toMatchObject({ app: 'my-blog' });
  });

  it.each<[string, Partial<RunningUnit>]>([
    ['hypercorn', { server: 'hypercorn' }],
    ['template', { unit: 'gunicorn@shop.service' }],
    ['2 commands', { starts: 2 }],
    ['/lib/systemd', { path: '/lib/systemd/system/shop.service' }],
    ['activating', { state: 'activating' }],
  ])('are not touched where that is not certain: %s', (words, more) => {
    expect(one(more)).toMatchObject({ canTake: false, canMove: false, reasons: [expect.stringContaining(words)] });
  });

  it.each<[string, Partial<RunningUnit>]>([
    ['No site', { listens: ['127.0.0.1:8001'] }],
    ['ExecStartPre', { before: 1 }],
    ['shop.socket', { related: ['shop.socket'] }],
    ['DynamicUser', { confined: ['DynamicUser'] }],
    ['--config', { words: ['gunicorn', '--config', 'x.py', 'app:app'] }],
  ])('are taken over, and stay in their unit where a slot would differ: %s', (words, more) => {
    expect(one(more)).toMatchObject({ canTake: true, canMove: false, reasons: [expect.stringContaining(words)] });
  });

  it('of the original ForgeBoard keep their names, by folder or port, and are said where nothing runs', () => {
    const entries = [
      { slug: 'old-shop', port: 8000, path: '/home/apps/shop', type: 'flask' },
      { slug: 'gone', port: 8009, path: '/home/apps/gone', entry_point: 'app:app' },
    ];
    expect(foundApps(facts([unit()]), entries, '').map(({ app, server }) => [app, server])).toEqual([
      ['old-shop', 'gunicorn'],
      ['gone', 'apps.yml'],
    ]);
  });

  it('are still shown where they were moved and their unit is stopped', () => {
    const adopted: ScanFacts['adopted'] = [
      { app: 'blog', unit: 'blog.service', phase: 'moved' },
      { app: 'wiki', unit: 'wiki.service', phase: 'taken' },
    ];
    expect(foundApps(facts([], { adopted }), [], '').map(({ app, state, canMove }) => [app, state, canMove])).toEqual([
      ['blog', 'moved', false],
      ['wiki', 'taken', false],
    ]);
  });

  it('otherwise are shown with what to do, after those that can be taken over', () => {
    const others = ['uwsgi', 'supervisor', 'screen', 'process', 'cron', 'apache', 'container'].map((kind) => ({
      kind,
      what: kind,
      where: '/x',
      pid: 1,
      user: 'root',
      listens: [],
    }));
    const found = foundApps(facts([unit()], { others: [...others, ...others], adopted: [{ app: 'blog', unit: 'gunicorn-shop.service', phase: 'moved' }] }), [], '');
    expect(found[0]).toMatchObject({ app: 'blog', state: 'moved', canTake: false });
    expect(found.slice(1).map(({ server }) => server)).toEqual(others.map(({ kind }) => kind));
    expect(new Set(found.slice(1).map(({ todo }) => todo)).size).toBe(others.length);
  });
});
