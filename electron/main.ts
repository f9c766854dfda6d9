import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { app, type BrowserWindow, nativeTheme, powerMonitor, session } from 'electron';
import { BackendProcess } from './desktop/backend-process.ts';
import { reveal, serveBridge } from './desktop/bridge.ts';
import { keepPagesInPlace, refusePermissions } from './desktop/guards.ts';
import { setMenu } from './desktop/menu.ts';
import { declareScheme, serveFiles } from './desktop/protocol.ts';
import { runtime } from './desktop/runtime.ts';
import { openWindow } from './desktop/window.ts';
import { runtimeWords } from '../shared/rules/runtime.ts';
import { homeFolder } from './store/home.ts';
import { openLog } from './store/log.ts';

/*
 * The desktop app. Main owns the window and nothing else: no connection, no secret and no file of the user's is touched in this
 * process. Pages talk to the backend process over ports that main makes after looking at who asks.
 */
const home = homeFolder(process.env, process.platform);
const log = openLog(home);
const chromium = join(home, 'window');
mkdirSync(chromium, { recursive: true, mode: 0o700 });
// One instance a home folder: the lock belongs to this path, so it comes first.
app.setPath('userData', chromium);
app.setPath('crashDumps', join(chromium, 'crashes'));

if (app.isPackaged && process.platform === 'linux' && app.commandLine.hasSwitch('no-sandbox')) {
  process.stderr.write("ForgeBoard does not start without Chromium's sandbox. Start it as an ordinary user, without --no-sandbox.\n");
  app.exit(1);
} else if (!app.requestSingleInstanceLock()) {
  app.exit(0);
} else {
  declareScheme();
  keepPagesInPlace();
  void app.whenReady().then(start);
}

function start(): void {
  // First of all: it loads while the window does.
  let opened: ReturnType<typeof openWindow> | undefined;
  const backend = new BackendProcess({
    file: join(__dirname, 'backend.cjs'),
    env: { ...process.env, FORGEBOARD_VERSION: app.getVersion() },
    log,
    onAppearance: (theme) => {
      if (nativeTheme.themeSource === theme) return;
      nativeTheme.themeSource = theme;
      opened?.remember({ theme });
    },
  });
  backend.start();

  serveFiles(session.defaultSession, join(__dirname, 'renderer'));
  refusePermissions(session.defaultSession);
  const current = (): BrowserWindow | undefined => (opened?.window.isDestroyed() === false ? opened.window : undefined);
  const { command } = serveBridge(current, backend, home);
  setMenu(process.platform, command);
  // The box of the system's own menu, where there is one; elsewhere the settings say the same.
  app.setAboutPanelOptions({ applicationName: 'ForgeBoard', applicationVersion: app.getVersion(), version: runtimeWords(runtime), copyright: 'MIT License' });
  const open = () => {
    opened = openWindow(home, __dirname);
    const { webContents } = opened.window;
    webContents.on('render-process-gone', (_event, { reason }) => {
      log(`the page's process ended: ${reason}`);
      if (reason !== 'clean-exit' && !webContents.isDestroyed()) webContents.reload();
    });
  };
  open();

  app.on('second-instance', () => {
    const window = current();
    if (window !== undefined) reveal(window);
  });
  app.on('activate', () => {
    if (current() === undefined) open();
  });
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });
  app.on('before-quit', () => backend.stop());
  powerMonitor.on('resume', () => backend.wake());
}
