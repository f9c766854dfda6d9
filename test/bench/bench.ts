import { parseArgs } from 'node:util';
import { benchDeploy } from './deploy.ts';
import { benchStart } from './start.ts';

/** npm run bench -- NAME [--rounds N] [--delay MS]: each prints a table and, as its last line, one JSON document. */
const { positionals, values } = parseArgs({ allowPositionals: true, options: { rounds: { type: 'string', default: '7' }, delay: { type: 'string', default: '0' } } });
const benches: Record<string, () => Promise<void>> = {
  deploy: () => benchDeploy({ rounds: Number(values.rounds), delayMs: Number(values.delay) }),
  start: () => benchStart({ rounds: Number(values.rounds) }),
};
const chosen = benches[positionals[0] ?? ''];
if (chosen === undefined) {
  process.stderr.write(`Say which: npm run bench -- ${Object.keys(benches).join('|')}\n`);
  process.exitCode = 2;
} else await chosen();
