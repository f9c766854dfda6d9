import { run } from './run.ts';

/**
 * The fast check, under a minute: types (and with them what each folder may know), lint, walls between folders, dead
 * code, the kit's Python, unit tests. All run; each that fails shows what it found.
 */
const checks: Record<string, string[]> = {
  types: ['tsc', '-b'],
  lint: ['biome', 'check', '.'],
  walls: ['depcruise', 'electron', 'shared', 'renderer', '--config', 'build/dependency-cruiser.json'],
  'dead code': ['knip', '--config', 'build/knip.json', '--no-config-hints'],
  kit: ['python3', '-I', 'build/check-kit.py'],
  // Three at a time, also on two cores: much of it waits for timers and connections (37 s instead of 43).
  unit: ['vitest', 'run', '--config', 'build/vitest.config.ts', '--project', 'unit'],
};

// The three light ones together, the heavy ones after: more at once only makes each slower on two cores.
const results = new Map<string, { ok: boolean; ms: number }>();
async function check(name: string): Promise<void> {
  const { code, output, ms } = await run(checks[name] ?? []);
  results.set(name, { ok: code === 0, ms });
  if (code !== 0) process.stdout.write(`\n--- ${name} ---\n${output.trimEnd()}\n\n`);
}
const names = process.argv.slice(2);
const chosen = names.length === 0 ? Object.keys(checks) : names;
const heavy = chosen.filter((name) => ['types', 'unit'].includes(name));
await Promise.all([
  chosen.filter((name) => !heavy.includes(name)).reduce((before, name) => before.then(() => check(name)), Promise.resolve()),
  heavy.reduce((before, name) => before.then(() => check(name)), Promise.resolve()),
]);

for (const [name, { ok, ms }] of results) process.stdout.write(`${ok ? '✓' : '✗'} ${name.padEnd(10)} ${(ms / 1000).toFixed(1)} s\n`);
process.exitCode = [...results.values()].every(({ ok }) => ok) ? 0 : 1;
