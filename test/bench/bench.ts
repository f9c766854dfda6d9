import { parseArgs } from 'node:util';
import { benchDeploy } from './deploy.ts';
import { benchFiles } from './files.ts';
import { benchHundred } from './hundred.ts';
import { benchInspect } from './inspect.ts';
import { benchLoad } from './load.ts';
import { benchStart } from './start.ts';
import { benchTerminal } from './terminal.ts';
import { benchUpload } from './upload.ts';

/** npm run bench -- NAME [options]: each prints a table and, as its last line, one JSON document. */
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string' },
    /** Round trips in milliseconds, like 0,20,100. */
    delay: { type: 'string', default: '0,20,100' },
    /** Which rows, like change,hup; all where not given. */
    rows: { type: 'string', default: '' },
    /** How many apps, stage by stage. */
    apps: { type: 'string', default: '1,50,100' },
    megabytes: { type: 'string' },
    files: { type: 'string', default: '100000' },
  },
});
const [rounds, rows] = [Number(values.rounds ?? 7), values.rows.split(',').filter(Boolean)];
const benches: Record<string, () => Promise<void>> = {
  deploy: () => benchDeploy({ rounds, rows, delays: values.delay.split(',').map(Number) }),
  hundred: () => benchHundred({ rounds, sizes: values.apps.split(',').map(Number) }),
  inspect: () => benchInspect({ rounds: Number(values.rounds ?? 3) }),
  load: () => benchLoad({ rounds: Number(values.rounds ?? 20) }),
  upload: () => benchUpload({ rounds: Number(values.rounds ?? 3), rows, megabytes: Number(values.megabytes ?? 1000), files: Number(values.files) }),
  files: () =>
    benchFiles({ rounds: Number(values.rounds ?? 3), rows, delays: values.delay.split(',').map(Number), megabytes: Number(values.megabytes ?? 1000), files: Number(values.files) }),
  start: () => benchStart({ rounds }),
  terminal: () => benchTerminal({ rounds: Number(values.rounds ?? 3), megabytes: values.megabytes === undefined ? 500 : Number(values.megabytes) }),
};
const chosen = benches[positionals[0] ?? ''];
if (chosen === undefined) {
  process.stderr.write(
    `Say which: npm run bench -- ${Object.keys(benches).join('|')} [--rounds N] [--rows A,B] [--delay 0,20,100] [--apps 1,50,100] [--megabytes N] [--files N]\n`,
  );
  process.exitCode = 2;
} else await chosen();
