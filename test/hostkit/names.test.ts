import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Cases {
  accept: unknown[];
  refuse: { value: unknown; says: string }[];
}

const folder = new URL('../../electron/hostkit/', import.meta.url).pathname;

/** What a rule of names.py, or of another module, says to each value: its message, or null. */
function asked(rule: string, values: unknown[]): (string | null)[] {
  const [module, name] = rule.includes('.') ? rule.split('.') : ['names', rule];
  const script = `import json, sys; from forgekit import ${module}; print(json.dumps([${module}.${name}(value) for value in json.load(sys.stdin)]))`;
  return JSON.parse(execFileSync('python3', ['-B', '-c', script], { cwd: folder, input: JSON.stringify(values), encoding: 'utf8' }));
}

describe.each([
  ['app-names', 'app_name_problem'],
  ['paths', 'path_problem'],
  ['entrypoints', 'entrypoint_problem'],
  ['packages', 'package_problem'],
  ['variable-names', 'variable_name_problem'],
  ['variable-values', 'variable_value_problem'],
  ['keep-releases', 'keep_problem'],
  ['domains', 'domains.problem'],
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
