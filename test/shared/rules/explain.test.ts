import { expect, it } from 'vitest';
import type { Problem } from '../../../shared/errors.ts';
import { explain } from '../../../shared/rules/explain.ts';
import type { Explained } from '../../../shared/rules/explain/said.ts';
import { appSpec } from '../../../shared/rules/spec.ts';
import { appSettings } from '../../../shared/rules/app-settings.ts';
import given from '../../cases/start-failures.json' with { type: 'json' };

interface Case {
  name: string;
  problem?: Problem;
  message: string;
  log: string[];
  spec?: object;
  what: string | null;
  hint?: string;
  fix?: Explained['fix'];
  asks?: Explained['asks'];
}

const usual = { root: '.', packages: [], persist: [], before: [], python: null, command: '' };
const said = ({ problem = 'start-failed', message, log, spec }: Case) =>
  explain(
    { problem, message, facts: { log } },
    spec === undefined
      ? null
      : appSpec.pick({ type: true, root: true, entrypoint: true, command: true, packages: true, persist: true, before: true, python: true }).parse({ ...usual, ...spec }),
  );

it.each(given as Case[])('says why an app did not start in terms of its plan: $name', (one) => {
  const found = said(one);
  expect(found?.what ?? null).toBe(one.what);
  if (one.hint !== undefined) expect(found?.hint).toBe(one.hint);
  expect(found?.fix ?? null).toEqual(one.fix ?? null);
  expect(found?.asks).toEqual(one.asks);
});

it('offers only settings that keep to their rules, and hears no failure of another kind', () => {
  for (const { fix } of (given as Case[]).map(said).filter((found) => found !== null)) if (fix?.settings != null) expect(appSettings.safeParse(fix.settings).success).toBe(true);
  expect(explain({ problem: 'disk-full', message: "KeyError: 'A_KEY' environ" }, null)).toBeNull();
});
