import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const cases = JSON.parse(readFileSync(new URL('../cases/failing-lines.json', import.meta.url), 'utf8')) as { name: string; lines: string[]; says: string }[];
const inKit = (code: string, input: unknown): string =>
  execFileSync('python3', ['-B', '-c', code], { cwd: new URL('../../electron/hostkit/', import.meta.url).pathname, input: JSON.stringify(input), encoding: 'utf8' });
const script = 'import json, sys; from forgekit import logs; print(json.dumps(logs.failing_line("shop", json.load(sys.stdin))))';

it.each(cases)('finds in a log why an app did not start: $name', ({ lines, says }) => {
  expect(JSON.parse(inKit(script, lines))).toBe(says);
});

it.each([
  ['before what systemd says of it', 'A1 - B2 B3', 'B', '- B2 B3'],
  ['after it', 'A1 B2 - -', 'B', 'B2 - -'],
  ['never those between older runs', 'A1 - A2 B3', 'B', 'B3'],
  ['nothing where the run is not there', 'A1 -', 'B', ''],
])('takes lines that name no run for those of the run beside them: %s', (_name, lines, run, expected) => {
  const given = lines.split(' ').map((line) => (line === '-' ? { MESSAGE: '-' } : { MESSAGE: line, _SYSTEMD_INVOCATION_ID: line[0] }));
  const code =
    'import json, sys; from forgekit import logs; given = json.load(sys.stdin); print(" ".join(json.loads(raw)["MESSAGE"] for raw in logs.of_run([json.dumps(one).encode() for one in given["lines"]], given["run"])))';
  expect(inKit(code, { lines: given, run }).trim()).toBe(expected);
});
