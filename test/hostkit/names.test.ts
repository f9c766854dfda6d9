import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Cases {
  accept: string[];
  refuse: { value: string; says: string }[];
}

const folder = new URL('../../electron/hostkit/', import.meta.url).pathname;

/** What names.py says to each value: its message, or null. */
function asked(rule: string, values: string[]): (string | null)[] {
  const script = `import json, sys; from forgekit import names; print(json.dumps([names.${rule}(value) for value in json.load(sys.stdin)]))`;
  return JSON.parse(execFileSync('python3', ['-B', '-c', script], { cwd: folder, input: JSON.stringify(values), encoding: 'utf8' }));
}

describe.each([
  ['app-names', 'app_name_problem'],
  ['paths', 'path_problem'],
  ['entrypoints', 'entrypoint_problem'],
])('the kit judges %s by the cases that both sides share', (file, rule) => {
  const cases = JSON.parse(readFileSync(new URL(`../cases/${file}.json`, import.meta.url), 'utf8')) as Cases;

  it('accepts what is right', () => {
    expect(asked(rule, cases.accept)).toEqual(cases.accept.map(() => null));
  });

  it('refuses what is wrong and says why', () => {
    const answers = asked(
      rule,
      cases.refuse.map(({ value }) => value),
    );
    cases.refuse.forEach(({ says }, index) => {
      expect(answers[index]).toContain(says);
    });
  });
});
