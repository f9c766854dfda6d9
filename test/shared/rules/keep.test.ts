import { expect, it } from 'vitest';
import { keepProblem } from '../../../shared/rules/keep.ts';
import { appSpec } from '../../../shared/rules/spec.ts';
import { wantedSpec } from '../../../shared/rules/wanted.ts';
import cases from '../../cases/keep-releases.json' with { type: 'json' };

it.each(cases.accept)('%j releases can be kept', (value) => expect(keepProblem(value)).toBeNull());
it.each(cases.refuse)('$value releases cannot be kept', ({ value, says }) => expect(keepProblem(value)).toContain(says));

it('apps.yml says how many releases stay, and a wrong number is named', () => {
  const spec = (keep_releases: number) => wantedSpec('shop', { slug: 'shop', type: 'wsgi', entry_point: 'app:app', keep_releases }, { settings: {}, requirements: [] }, 8100);
  expect(spec(12).keepReleases).toBe(12);
  expect(() => spec(0)).toThrow('shop in apps.yml: keep_releases: the number of releases to keep must be a whole number from 1 to 50');
});

it('a spec of before this setting keeps five', () => {
  const before = {
    format: 1,
    app: 'shop',
    type: 'wsgi',
    root: '.',
    entrypoint: 'app:app',
    port: 8100,
    workers: 2,
    python: null,
    dependencies: { files: [] },
    server: [],
    health: { path: '/' },
  };
  expect(appSpec.parse(before).keepReleases).toBe(5);
});
