import { describe, expect, it } from 'vitest';
import type { Rule } from '../../../shared/rules/refine.ts';
import { appNameRule, entrypointRule, packageRule, pathRule, suggestAppName } from '../../../shared/rules/names.ts';
import { variableNameRule, variableValueRule } from '../../../shared/rules/variables.ts';
import appNames from '../../cases/app-names.json' with { type: 'json' };
import entrypoints from '../../cases/entrypoints.json' with { type: 'json' };
import packages from '../../cases/packages.json' with { type: 'json' };
import paths from '../../cases/paths.json' with { type: 'json' };
import variableNames from '../../cases/variable-names.json' with { type: 'json' };
import variableValues from '../../cases/variable-values.json' with { type: 'json' };

interface Cases {
  accept: string[];
  refuse: { value: string; says: string }[];
}

describe.each<[string, Rule, Cases]>([
  ['app names', appNameRule, appNames],
  ['entry points', entrypointRule, entrypoints],
  ['packages', packageRule, packages],
  ['paths', pathRule, paths],
  ['names of variables', variableNameRule, variableNames],
  ['values of variables', variableValueRule, variableValues],
])('%s, by the cases that the kit runs too', (_name, rule, { accept, refuse }) => {
  it.each(accept)('accepts %j', (value) => expect(rule(value)).toBeNull());
  it.each(refuse)('refuses $value', ({ value, says }) => expect(rule(value)).toContain(says));
});

describe('the name a folder suggests', () => {
  it.each([
    ['/home/ana/My Shop 2', 'my-shop-2'],
    ['C:\\Users\\ana\\Café_Blog\\', 'cafe-blog'],
    ['/srv/2024-site', 'site'],
    ['/home/ana/shop-1.2.tar.gz', 'shop-1-2'],
    ['shop.ZIP', 'shop'],
    ['/x/___', ''],
    [`/x/${'long-'.repeat(9)}`, 'long-long-long-long-long-lon'],
  ])('%s gives %s', (folder, name) => expect(suggestAppName(folder)).toBe(name));
});
