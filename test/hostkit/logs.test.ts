import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const cases = JSON.parse(readFileSync(new URL('../cases/failing-lines.json', import.meta.url), 'utf8')) as { name: string; lines: string[]; says: string }[];
const script = 'import json, sys; from forgekit import logs; print(json.dumps(logs.failing_line("shop", json.load(sys.stdin))))';

it.each(cases)('finds in a log why an app did not start: $name', ({ lines, says }) => {
  const folder = new URL('../../electron/hostkit/', import.meta.url).pathname;
  expect(JSON.parse(execFileSync('python3', ['-B', '-c', script], { cwd: folder, input: JSON.stringify(lines), encoding: 'utf8' }))).toBe(says);
});
