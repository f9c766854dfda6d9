import { join } from 'node:path';
import { app, BrowserWindow, nativeTheme, screen } from 'electron';
import { readWindowState, smallest, type WindowState, writeWindowState } from './bounds.ts';
import { origin } from './messages.ts';

/** The grounds of window.md (n-1), so that no other colour flashes before the first paint. */
const grounds = { dark: '#121110', light: '#fcfbfa' };

/** Opens the one window where it was left. It shows itself when the page has painted. */
export function openWindow(home: string, folder: string): { window: BrowserWindow; remember(change: Partial<WindowState>): void } {
  let state = readWindowState(
    home,
    screen.getAllDisplays().map(({ workArea }) => workArea),
  );
  nativeTheme.themeSource = state.theme;
  const window = new BrowserWindow({
    ...(state.x !== undefined && state.y !== undefined && { x: state.x, y: state.y }),
    width: state.width,
    height: state.height,
    minWidth: smallest.width,
    minHeight: smallest.height,
    useContentSize: false,
    show: false,
    title: 'ForgeBoard',
    backgroundColor: nativeTheme.shouldUseDarkColors ? grounds.dark : grounds.light,
    autoHideMenuBar: true,
    webPreferences: {
      preload: join(folder, 'preload.cjs'),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      nodeIntegrationInWorker: false,
      webSecurity: true,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      devTools: !app.isPackaged,
      additionalArguments: [`--board-version=${app.getVersion()}`],
    },
  });
  const remember = (change: Partial<WindowState>): void => {
    const { x, y, width, height } = window.getNormalBounds();
    state = { ...state, x, y, width, height, maximized: window.isMaximized(), ...change };
    writeWindowState(home, state);
  };
  window.once('ready-to-show', () => {
    if (state.maximized) window.maximize();
    window.show();
  });
  window.on('close', () => remember({}));
  void window.loadURL(`${origin}/index.html`);
  return { window, remember };
}
