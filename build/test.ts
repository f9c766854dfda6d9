import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { ensurePackages, missingRequirements, rigPackages } from '../test/hosts/debian.ts';
import { electronDist } from './electron-dist.ts';
import { root, run } from './run.ts';

/*
 * npm test: everything. npm run test:long -- NAME: one endurance test. Ends with the slowest ten and one line
 * `N passed, N failed, N skipped`; what cannot run on this machine counts as skipped, with the reason.
 */
interface Result {
  name: string;
  file: string;
  ms: number;
  status: 'passed' | 'failed' | 'skipped';
  /** What the failing assertions said. */
  why?: string[];
}

const results: Result[] = [];
const out = `${root}test-output`;
mkdirSync(out, { recursive: true });
const long = process.argv.indexOf('--long');

const missing = missingRequirements();
if (long >= 0) {
  const name = process.argv[long + 1];
  if (name === undefined) throw new Error('Say which: npm run test:long -- NAME (a part of the file name)');
  await vitest('long', ['--project', 'long', name]);
} else {
  await guards();
  if (missing.length === 0) {
    await ensurePackages(rigPackages);
    await vitest('node', ['--project', 'unit', '--project', 'dom', '--project', 'guards', '--project', 'host']);
    // Both wait more than they work, each on hosts of its own; what the second says comes when it ended.
    const electron = vitest('electron', ['--project', 'ssh'], { electron: await electronDist(), show: false });
    await Promise.all([vitest('e2e', ['--project', 'e2e']), electron]);
  } else {
    await vitest('node', ['--project', 'unit', '--project', 'dom', '--project', 'guards']);
    await skipped('host', missing.join(' '));
  }
}
report();

/** Types, lint, walls, dead code and the kit's Python count as one test each. */
async function guards(): Promise<void> {
  const ran = ['types', 'lint', 'walls', 'dead code', 'kit'].map(async (name) => {
    const { code, ms } = await run(['tsx', 'build/check.ts', name], { show: true });
    results.push({ name, file: 'npm run check', ms, status: code === 0 ? 'passed' : 'failed' });
  });
  await Promise.all(ran);
}

async function vitest(name: string, args: string[], { electron, show = true }: { electron?: string; show?: boolean } = {}): Promise<void> {
  const report = `${out}/${name}.json`;
  rmSync(report, { force: true });
  const program = [
    `${root}node_modules/vitest/vitest.mjs`,
    'run',
    '--config',
    'build/vitest.config.ts',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...args,
  ];
  const heading = `\n--- ${name} ---\n`;
  if (show) process.stdout.write(heading);
  const { code, output } = await run([electron ?? 'node', ...program], { show, env: electron === undefined ? {} : { ELECTRON_RUN_AS_NODE: '1' } });
  if (!show) process.stdout.write(`${heading}${output}`);
  const own: Result[] = [];
  try {
    const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
      testResults: { name: string; status: string; message: string; assertionResults: { fullName: string; duration?: number; status: string; failureMessages: string[] }[] }[];
    };
    for (const { name: file, status, message, assertionResults } of testResults) {
      if (status === 'failed' && assertionResults.length === 0) own.push({ name: message.split('\n')[0] ?? '', file, ms: 0, status: 'failed' });
      for (const { fullName, duration, status: state, failureMessages: why } of assertionResults) {
        own.push({ name: fullName, file: file.replace(root, ''), ms: duration ?? 0, status: state === 'passed' || state === 'failed' ? state : 'skipped', why });
      }
    }
  } catch (error) {
    own.push({ name: `${name}: no report (${String(error)})`, file: report, ms: 0, status: 'failed' });
  }
  // A hook that failed after the last test, or a run that found no test, must not pass for green.
  if (code !== 0 && !own.some(({ status }) => status === 'failed')) own.push({ name: `${name}: vitest ended with ${code}`, file: report, ms: 0, status: 'failed' });
  results.push(...own);
}

/** Counts what cannot run here, and says why. */
async function skipped(project: string, why: string): Promise<void> {
  const { output } = await run(['node', 'node_modules/vitest/vitest.mjs', 'list', '--config', 'build/vitest.config.ts', '--project', project]);
  const names = output.split('\n').filter((line) => line.includes(' > '));
  process.stdout.write(`\n${names.length} tests on real hosts are skipped: ${why}\n`);
  for (const name of names) results.push({ name, file: project, ms: 0, status: 'skipped' });
}

/** The first lines of a failure, so that the end of a long output says what happened. */
function quoted(message: string): string {
  const lines = message.split('\n').slice(0, 20);
  return lines.map((line) => `    ${line.slice(0, 400)}\n`).join('');
}

function report(): void {
  const slowest = [...results].sort((one, other) => other.ms - one.ms).slice(0, 10);
  process.stdout.write(`\nSlowest ten:\n${slowest.map(({ ms, name, file }) => `${(ms / 1000).toFixed(1).padStart(7)} s  ${name}  (${file})\n`).join('')}`);
  const failed = results.filter(({ status }) => status === 'failed');
  if (failed.length > 0) process.stdout.write(`\nFailed:\n${failed.map(({ name, file, why = [] }) => `  ${name}  (${file})\n${why.map(quoted).join('')}`).join('')}`);
  const count = (status: Result['status']) => results.filter((result) => result.status === status).length;
  process.stdout.write(`\n${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped\n`);
  process.exitCode = failed.length === 0 && count('passed') > 0 ? 0 : 1;
}
