import { describe, expect, it } from 'vitest';
import type { NginxFacts } from '../../../../shared/rules/adoptions/facts.ts';
import { ledBy } from '../../../../shared/rules/adoptions/sites.ts';

const file = '/etc/nginx/sites-available/shop';
const pass = (target: string, more: object = {}) => ({ kind: 'proxy_pass', target, path: '/', file, line: 9, start: 100, end: 100 + target.length, ...more });
const nginx = (passes: NginxFacts['servers'][number]['passes'], upstreams: NginxFacts['upstreams'] = []): NginxFacts => ({
  problem: null,
  servers: [
    { file, line: 1, names: ['shop.example.com', '_', '*.example.com'], listens: ['443 ssl http2'], certificate: '/etc/letsencrypt/live/shop/fullchain.pem', passes },
    { file: '/etc/nginx/sites-available/other', line: 1, names: ['other.example.com'], listens: ['80'], certificate: null, passes: [pass('http://127.0.0.1:9999')] },
  ],
  upstreams,
  digests: { [file]: 'd1' },
});
const texts = (listens: string[], facts: NginxFacts) =>
  ledBy(listens, facts)
    ?.edits('shop')
    .map(({ path, digest, changes }) => [path, digest, ...changes.map(({ start, text }) => [start, text])]);

describe('the site of an app', () => {
  it.each([
    ['unix:/run/shop.sock', 'http://unix:/run/shop.sock', 'http://unix:/srv/forgeboard/shop/live/app.sock'],
    ['unix:/run/shop.sock', 'http://unix:/run/shop.sock:/api/', 'http://unix:/srv/forgeboard/shop/live/app.sock:/api/'],
    ['127.0.0.1:8000', 'http://127.0.0.1:8000', 'http://unix:/srv/forgeboard/shop/live/app.sock'],
    ['0.0.0.0:8000', 'http://localhost:8000/', 'http://unix:/srv/forgeboard/shop/live/app.sock:/'],
  ])('at %s, led to by %s, is led to its slots with the same path', (listens, target, text) => {
    expect(texts([listens], nginx([pass(target)]))).toEqual([[file, 'd1', [100, text]]]);
  });

  it('led to through an upstream changes there, once, and has the names that are domains', () => {
    const servers = [{ target: 'unix:/run/shop.sock', file, line: 2, start: 30, end: 49 }];
    const found = ledBy(['unix:/run/shop.sock'], nginx([pass('http://shop'), pass('http://shop/x')], [{ name: 'shop', keepalive: false, servers }]));
    expect(found).toMatchObject({ domains: ['shop.example.com'], https: true, certificate: '/etc/letsencrypt/live/shop/fullchain.pem', problem: null, files: [file] });
    expect(found?.edits('shop')).toEqual([
      { path: file, digest: 'd1', changes: [{ start: 30, end: 49, line: 2, directive: 'server', before: 'unix:/run/shop.sock', text: 'unix:/srv/forgeboard/shop/live/app.sock' }] },
    ]);
  });

  it('is not somebody else’s: an app where nobody leads to has none', () => {
    expect(ledBy(['127.0.0.1:8001', 'unix:/run/other.sock'], nginx([pass('http://127.0.0.1:8000')]))).toBeNull();
    expect(ledBy(['10.0.0.5:8000'], nginx([pass('http://127.0.0.1:8000')]))).toBeNull();
    expect(ledBy([], nginx([pass('http://127.0.0.1:8000')]))).toBeNull();
    expect(ledBy(['127.0.0.1:8000'], nginx([pass('http://127.0.0.1:8000$request_uri')]))).toBeNull();
  });

  it.each([
    [
      'several servers',
      [pass('http://shop')],
      [
        {
          name: 'shop',
          keepalive: false,
          servers: [
            { target: '127.0.0.1:8000', file, line: 1, start: 1, end: 2 },
            { target: '127.0.0.1:8001', file, line: 1, start: 3, end: 4 },
          ],
        },
      ],
    ],
    ['keepalive', [pass('http://shop')], [{ name: 'shop', keepalive: true, servers: [{ target: '127.0.0.1:8000', file, line: 1, start: 1, end: 2 }] }]],
    ['HTTPS', [pass('https://127.0.0.1:8000')], []],
    ['HTTP', [pass('127.0.0.1:8000', { kind: 'uwsgi_pass' })], []],
    ['outside', [pass('http://127.0.0.1:8000', { file: '/opt/nginx/shop.conf' })], []],
  ])('with %s is not ours to change', (words, passes, upstreams) => {
    expect(ledBy(['127.0.0.1:8000'], nginx(passes, upstreams))?.problem).toContain(words);
  });
});
