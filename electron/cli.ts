import { readFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { runCommandLine } from './doors/cli.ts';
import { forge } from './forge.ts';
import { homeFolder } from './store/home.ts';
import { openLog } from './store/log.ts';

const home = homeFolder(process.env, process.platform);
const opened = forge({ home, log: openLog(home) });
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };

// `forgeboard logs ... | head` closes our output early: that is an end, not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await runCommandLine(process.argv.slice(2), {
  dispatch: opened.dispatch,
  openFolder: opened.openFolder,
  terminal: opened.terminal,
  command: opened.command,
  actor: { name: `${userInfo().username}@${hostname()}`, role: 'admin' },
  version,
});
opened.close();
