import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Inspection } from '../../shared/contract/imports.ts';
import { debianPackages } from './debian.ts';
import floor from './floor.json' with { type: 'json' };
import { fixtureNames, layFixtures, parseFixture } from './fixtures.ts';
import { inspectAll } from './inspect.ts';
import { emptyScore, mark, percent, table, wrongPercent } from './score.ts';
import { truth } from './truth.ts';

let top = '';
beforeAll(async () => {
  top = await mkdtemp(join(tmpdir(), 'forgeboard-corpus-test-'));
});
afterAll(() => rm(top, { recursive: true, force: true }));

const answer = (said: Partial<Inspection>): Inspection => ({
  app: true,
  reason: null,
  type: 'flask',
  root: '.',
  entrypoint: 'app:app',
  alternatives: [],
  python: null,
  dependencies: { source: 'requirements.txt', file: 'requirements.txt' },
  processes: {},
  environment: [],
  services: [],
  static: [],
  media: [],
  persist: [],
  findings: [],
  plan: { settings: {}, reasons: [], undecided: false },
  grounds: { type: { confidence: 'certain', text: '', evidence: [] }, entrypoint: null, python: null, dependencies: null },
  ...said,
});
const marked = (is: object, said: Partial<Inspection>) => {
  const score = emptyScore();
  mark(score, { name: 'one', about: '', folder: '', truth: truth.parse(is) }, answer(said));
  return score;
};

describe('the corpus', () => {
  it('has enough cases of every kind, each laid out as it says', () => {
    const cases = layFixtures(top);
    expect(cases.length).toBeGreaterThanOrEqual(60);
    const kinds = new Set(cases.flatMap((one) => one.truth.type));
    expect([...kinds].sort()).toEqual(['asgi', 'django', 'fastapi', 'flask', 'gradio', 'none', 'script', 'static', 'streamlit', 'worker', 'wsgi']);
    expect(debianPackages().length).toBeGreaterThanOrEqual(30);
    expect(new Set(fixtureNames()).size).toBe(cases.length);
    expect(layFixtures(join(top, 'held-out'), 'held-out').length).toBeGreaterThanOrEqual(20);
    expect(debianPackages('held-out.json').length).toBeGreaterThanOrEqual(25);
  });

  it('reads a case from one text', () => {
    expect(parseFixture('About\n{"type":"flask"}\n=== a/b.py\nx = 1\n=== c.txt\n')).toEqual({
      about: 'About',
      truth: truth.parse({ type: 'flask' }),
      files: [
        { path: 'a/b.py', text: 'x = 1\n' },
        { path: 'c.txt', text: '' },
      ],
    });
  });
});

describe('what is said of a folder', () => {
  it('is right as often as it was: floor.json rises with it', async () => {
    const { score } = await inspectAll(layFixtures(join(top, 'scored')));
    const { kind, entrypoint, dependencies, required } = score;
    const reached = [kind, entrypoint, dependencies, required].map(({ right, of }) => percent(right, of));
    const wanted = [floor.kind, floor.entrypoint, floor.dependencies, floor.required];
    expect(wanted.every((least, at) => (reached[at] ?? 0) >= least) && wrongPercent(required) <= floor.wrong, table(`The floor is ${JSON.stringify(floor)}`, score)).toBe(true);
  });
});

describe('the score', () => {
  const variable = (name: string, required: boolean) => ({ name, required, default: null, secret: false, evidence: [] });

  it('counts what is right, and says of each miss what was said and what is true', () => {
    const score = marked({ type: 'flask', entrypoint: 'wsgi:app', dependencies: 'poetry', required: ['A'] }, { environment: [variable('B', true)] });
    expect(score).toMatchObject({ kind: { right: 1, of: 1 }, entrypoint: { right: 0, of: 1 }, dependencies: { right: 0, of: 1 }, required: { right: 0, of: 1, wrong: 1 } });
    expect(table('x', score)).toContain('said: app:app in .; true: wsgi:app');
    expect(table('x', marked({ type: 'wsgi', missed: 'no word of it' }, {}))).toContain('said: flask; true: wsgi (no word of it)');
    expect(score.misses.map(({ what }) => what)).toEqual(['entry point', 'packages', 'variable', 'variable']);
    expect(wrongPercent(score.required)).toBe(100);
  });

  it('takes each of two right answers, and asks no more of what is no app', () => {
    expect(marked({ type: ['wsgi', 'flask'], entrypoint: ['a:b', 'app:app'], either: ['B'], required: [] }, { environment: [variable('B', true)] }).misses).toEqual([]);
    expect(marked({ type: 'none' }, { type: 'none', entrypoint: null }).entrypoint.of).toBe(0);
    expect(marked({ type: 'flask', root: 'backend', entrypoint: 'app:app' }, {}).entrypoint.right).toBe(0);
  });
});
