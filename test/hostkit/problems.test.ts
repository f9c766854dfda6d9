import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { actions } from '../../electron/hostkit/actions.ts';
import { packKit } from '../../electron/hostkit/pack.ts';
import { readActions } from '../../electron/hostkit/session.ts';
import { problems } from '../../shared/errors.ts';

const hostkit = fileURLToPath(new URL('../../electron/hostkit', import.meta.url));

function python<T>(expression: string): T {
  const script = `import json; import forgekit; from forgekit import actions, failure, serve; print(json.dumps(${expression}))`;
  return JSON.parse(execFileSync('/usr/bin/python3', ['-B', '-c', script], { cwd: hostkit, encoding: 'utf8' })) as T;
}

describe('the kit and TypeScript agree', () => {
  it('on the list of problems', () => {
    expect(python('failure.PROBLEMS')).toEqual([...problems]);
  });

  it('on the actions, each of which the kit has', () => {
    expect(python<string[]>('list(actions.ACTIONS)').sort()).toEqual(Object.keys(actions).sort());
    expect(python('[callable(actions.find(name)) for name in actions.ACTIONS]')).toEqual(Object.keys(actions).map(() => true));
    expect([...readActions].every((name) => name in actions)).toBe(true);
  });

  it('on the version, which is also the package version', () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
    expect(python('forgekit.VERSION')).toBe(version);
    expect(packKit().version).toBe(version);
    expect(packKit().format).toBe(python('forgekit.FORMAT'));
  });
});
