import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from './bundle.ts';
import { electronDist } from './electron-dist.ts';
import { root } from './run.ts';

/*
 * npm start: bundles and opens the app. The current Electron where it is there or can be downloaded; else the older one of
 * the tests, which the app then says in its About box.
 */
const say = (text: string) => process.stderr.write(`${text}\n`);

/** The executable of an Electron to develop with. */
async function electronToStart(): Promise<string> {
  const named = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  const folder = join(root, 'node_modules/electron');
  const pathFile = join(folder, 'path.txt');
  const downloaded = () => (existsSync(pathFile) ? join(named ?? join(folder, 'dist'), readFileSync(pathFile, 'utf8').trim()) : undefined);
  if (named !== undefined) return downloaded() ?? join(named, process.platform === 'win32' ? 'electron.exe' : 'electron');
  if (!existsSync(downloaded() ?? '')) spawnSync(process.execPath, [join(folder, 'install.js')], { stdio: 'ignore', timeout: 120_000 });
  const path = downloaded();
  if (path !== undefined && existsSync(path)) return path;
  say('The current Electron cannot be downloaded here: using the older one of the tests.');
  return electronDist();
}

await bundle();
const electron = await electronToStart();
const asRoot = process.platform === 'linux' && process.getuid?.() === 0;
if (asRoot) say('You are root, where Chromium has no sandbox: starting with --no-sandbox. Use an ordinary user for real work.');
if (process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY)
  say('There is no display here (DISPLAY is not set); xvfb-run npm start opens one that nobody sees.');
const child = spawn(electron, [root, ...(asRoot ? ['--no-sandbox'] : []), ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' });
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
