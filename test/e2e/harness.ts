import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import { bundle } from '../../build/bundle.ts';
import { electronDist } from '../../build/electron-dist.ts';
import { root } from '../../build/run.ts';
import { command, until } from '../hosts/command.ts';
import { type Desktop, type Home, newHome, openDesktop } from './desktop.ts';

export { type Home, newHome } from './desktop.ts';

/*
 * The real app in a real window: our bundle in the test Electron, started as an ordinary user with Chromium's sandbox, on a
 * display and with a keyring of its own, driven by Playwright.
 */
export interface RunningApp {
  page: Page;
  app: ElectronApplication;
  home: Home;
  /** All that main and the backend wrote to their terminal. */
  output(): string;
  /** Quits and starts it again, in the same home and the same session; gives the new page. */
  restart(): Promise<RunningApp>;
  /** Quits, and takes display, keyring and (where it was made here) the home away. */
  close(): Promise<void>;
}

export interface StartOptions {
  /** Left out: a new one, removed at the end. */
  home?: Home;
  theme?: 'dark' | 'light';
  size?: { width: number; height: number };
  /** false: a session without D-Bus, and so without a keyring. */
  keyring?: boolean;
  env?: Record<string, string>;
  /** Another folder than our bundle's: for packages and comparisons. */
  executable?: string;
  args?: string[];
}

// Test files of one run share the process and so the build.
const shared = globalThis as { forgeboardBuild?: Promise<{ folder: string; executable: string }> };

/** Our bundle and an Electron, in a folder that every user may read; root's own folders nobody else can enter. */
export function builtApp(): Promise<{ folder: string; executable: string }> {
  shared.forgeboardBuild ??= build();
  return shared.forgeboardBuild;
}

async function build(): Promise<{ folder: string; executable: string }> {
  const place = mkdtempSync('/tmp/forgeboard-e2e-app-');
  process.once('exit', () => rmSync(place, { recursive: true, force: true }));
  chmodSync(place, 0o755);
  const folder = join(place, 'app');
  const [electron] = await Promise.all([electronDist(), bundle(join(folder, 'out'))]);
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  mkdirSync(join(folder, 'node_modules'));
  cpSync(join(root, 'node_modules/keytar'), join(folder, 'node_modules/keytar'), { recursive: true });
  // As hard links where that is possible: it is 200 MB.
  const linked = await command(['cp', '-al', dirname(electron), join(place, 'electron')], { check: false });
  if (linked.code !== 0) await command(['cp', '-a', dirname(electron), join(place, 'electron')]);
  await command(['chmod', '-R', 'a+rX', folder]);
  return { folder, executable: join(place, 'electron/electron') };
}

/** Starts the app and waits for its window. */
export async function startApp(options: StartOptions = {}): Promise<RunningApp> {
  const home = options.home ?? (await newHome());
  const desktop = await openDesktop(home, { keyring: options.keyring ?? true });
  const end = async (): Promise<void> => {
    await desktop.close();
    if (options.home === undefined) home.remove();
  };
  try {
    return await launch(home, desktop, options, end);
  } catch (error) {
    await end();
    throw error;
  }
}

async function launch(home: Home, desktop: Desktop, options: StartOptions, end: () => Promise<void>): Promise<RunningApp> {
  const { folder, executable } = await builtApp();
  const { uid, gid } = home.user;
  const wrapper = join(mkdtempSync('/tmp/forgeboard-e2e-start-'), 'electron');
  chmodSync(dirname(wrapper), 0o755);
  // exec: the process that Playwright knows is Electron itself.
  writeFileSync(wrapper, `#!/bin/sh\nexec setpriv --reuid=${uid} --regid=${gid} --clear-groups -- ${options.executable ?? executable} "$@"\n`, { mode: 0o755 });
  const app = await _electron.launch({
    executablePath: wrapper,
    args: options.args ?? [folder],
    env: { ...desktop.env, ...options.env },
    cwd: '/',
    // Playwright would add --no-sandbox by itself.
    chromiumSandbox: true,
    timeout: 90_000,
  });
  let text = '';
  for (const stream of [app.process().stdout, app.process().stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
  }
  const page = await app.firstWindow();
  await page.waitForLoadState('domcontentloaded');
  if (options.theme !== undefined) await page.emulateMedia({ colorScheme: options.theme });
  if (options.size !== undefined) await resize(app, page, options.size);
  const quit = async (): Promise<void> => {
    await app.close();
    rmSync(dirname(wrapper), { recursive: true, force: true });
  };
  return {
    page,
    app,
    home,
    output: () => text,
    async restart() {
      await quit();
      return launch(home, desktop, options, end);
    },
    async close() {
      await quit();
      await end();
    },
  };
}

/** Gives the page this many pixels; without a window manager, a window is as large as it is told. */
export async function resize(app: ElectronApplication, page: Page, size: { width: number; height: number }): Promise<void> {
  await app.evaluate(({ BrowserWindow }, { width, height }) => BrowserWindow.getAllWindows()[0]?.setContentSize(width, height), size);
  await becomes(page, `innerWidth === ${size.width} && innerHeight === ${size.height}`);
}

/** Waits until an expression in the page is true. Asked from outside: Playwright's own waiting uses eval, which our policy forbids. */
export async function becomes(page: Page, expression: string, timeoutMs = 10_000): Promise<void> {
  await until(
    () => expression,
    timeoutMs,
    // While it goes to another page there is none to ask.
    async () => (await page.evaluate(expression).catch(() => false)) === true,
  );
}

/** Drops a folder or file on the page as a person would: a trusted drag with a real path. */
export async function dropFolder(page: Page, path: string, x: number, y: number): Promise<void> {
  if (!existsSync(path)) throw new Error(`${path} is not there to be dropped`);
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [path], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) await session.send('Input.dispatchDragEvent', { type, x, y, data });
  await session.detach();
}
