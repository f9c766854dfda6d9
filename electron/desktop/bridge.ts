import { randomBytes } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, isAbsolute, join } from 'node:path';
import { type BrowserWindow, clipboard, dialog, type IpcMainInvokeEvent, ipcMain, Notification, shell } from 'electron';
import type { FolderPurpose } from '../../shared/bridge.ts';
import { archiveEndings, archiveForm } from '../../shared/rules/archive.ts';
import { isPlainName } from '../../shared/rules/remote-path.ts';
import { isWebAddress } from './addresses.ts';
import type { BackendProcess } from './backend-process.ts';
import { isFromPage } from './guards.ts';
import type { BackendState } from './messages.ts';

interface Folder {
  handle: string;
  name: string;
}

const folderTitles: Record<FolderPurpose, string> = {
  app: 'Choose the folder of an app',
  from: 'Choose a folder to copy to the server',
  into: 'Choose where to copy it to',
};

const longestCopy = 4_000_000;
const longestFile = 64_000_000;

/**
 * Main's side of what preload offers (shared/bridge.ts). Every message is checked for its sender first and its shape second;
 * one that fails gets no effect and null.
 */
export function serveBridge(window: () => BrowserWindow | undefined, backend: BackendProcess, home: string): { command(name: string): void } {
  const page = () => window()?.webContents;
  const send = (channel: string, message: unknown) => {
    const contents = page();
    if (contents !== undefined && !contents.isDestroyed()) contents.send(channel, message);
  };
  const handle = (channel: string, answer: (argument: unknown, event: IpcMainInvokeEvent) => unknown) =>
    ipcMain.handle(channel, (event, argument: unknown) => (isFromPage(event, page()) ? answer(argument, event) : null));

  /** What the handles of this session stand for. */
  const places = new Map<string, string>();
  const folderOf = (path: string): Folder | null => (isFolder(path) || isArchive(path) ? opened(path) : null);
  const opened = (path: string): Folder | null => {
    if (!isAbsolute(path)) return null;
    // Not to be guessed: a handle is a right to read what it stands for.
    const handle = `folder-${randomBytes(12).toString('hex')}`;
    backend.openFolder(handle, path);
    places.set(handle, path);
    return { handle, name: basename(path) };
  };
  const showFile = (folder: string, name: string): boolean => {
    const path = join(folder, name);
    if (!isPlainName(name, process.platform) || window()?.isFocused() !== true || !existsSync(path)) return false;
    shell.showItemInFolder(path);
    return true;
  };
  const chooseMany = async (options: Electron.OpenDialogOptions): Promise<string[]> => {
    const parent = window();
    return parent === undefined ? [] : (await dialog.showOpenDialog(parent, options)).filePaths;
  };
  const choose = async (options: Electron.OpenDialogOptions): Promise<string | null> => (await chooseMany(options))[0] ?? null;

  backend.onState((state: BackendState) => send('board:backend', state));
  ipcMain.on('board:hello', (event) => {
    if (isFromPage(event, page())) send('board:backend', backend.state);
  });
  ipcMain.on('board:connect', (event, kind: unknown, ticket: unknown) => {
    if (!isFromPage(event, page())) return;
    if (kind === 'control') {
      const port = backend.connect({ type: 'port', kind });
      if (port !== undefined) event.senderFrame?.postMessage('board:port', { kind }, [port]);
    } else if (kind === 'terminal' && typeof ticket === 'string' && ticket.length <= 100) {
      const port = backend.connect({ type: 'port', kind, ticket });
      if (port !== undefined) event.senderFrame?.postMessage('board:port', { kind, ticket }, [port]);
    }
  });
  // The path comes from preload, which reads it off a File that the user dropped: a page cannot make one.
  handle('board:folder', (path) => (typeof path === 'string' && path.length <= 4096 ? folderOf(path) : null));
  handle('board:file', (path) => (typeof path === 'string' && path.length <= 4096 && (isFolder(path) || isFile(path)) ? opened(path) : null));
  handle('board:choose-folder', async (purpose) => {
    const path = await choose({ title: folderTitles[purpose as FolderPurpose] ?? folderTitles.app, properties: ['openDirectory', 'createDirectory'] });
    return path === null ? null : folderOf(path);
  });
  handle('board:choose-files', async () => {
    const paths = await chooseMany({ title: 'Choose files to copy to the server', properties: ['openFile', 'multiSelections', 'showHiddenFiles'] });
    return paths.map(opened).filter((one) => one !== null);
  });
  // A handle of a folder that the person chose, and a name in it: a page cannot say where else to look.
  handle('board:show', (message) => {
    const { handle, name } = (message ?? {}) as Record<string, unknown>;
    const folder = typeof handle === 'string' ? places.get(handle) : undefined;
    return folder !== undefined && typeof name === 'string' && showFile(folder, name);
  });
  // A name in the one folder where terminals are recorded.
  handle('board:session-log', (name) => (typeof name === 'string' ? showFile(join(home, 'sessions'), name) : false));
  handle('board:choose-archive', async () => {
    const path = await choose({ title: 'Choose an archive of an app', properties: ['openFile'], filters: [{ name: 'Archives', extensions: [...archiveEndings] }] });
    return path === null ? null : folderOf(path);
  });
  handle('board:choose-key', () => choose({ title: 'Choose a private key', defaultPath: join(homedir(), '.ssh'), properties: ['openFile', 'showHiddenFiles'] }));
  handle('board:open', async (url) => {
    if (!isWebAddress(url) || window()?.isFocused() !== true) return false;
    await shell.openExternal(url);
    return true;
  });
  handle('board:copy', (text) => {
    if (typeof text === 'string' && text.length <= longestCopy) clipboard.writeText(text);
    return null;
  });
  // Where to is the person's choice alone: a page names no path.
  handle('board:save', async (message) => {
    const { name, text } = (message ?? {}) as Record<string, unknown>;
    const parent = window();
    if (typeof name !== 'string' || typeof text !== 'string' || text.length > longestFile || parent === undefined) return null;
    const { filePath } = await dialog.showSaveDialog(parent, {
      defaultPath: basename(name)
        .replace(/[^\w.-]/g, '-')
        .slice(0, 100),
    });
    if (!filePath) return null;
    try {
      await writeFile(filePath, text, { mode: 0o600 });
    } catch (error) {
      dialog.showErrorBox('The file could not be written', error instanceof Error ? error.message : String(error));
      return null;
    }
    return basename(filePath);
  });
  // Only while the person looks at the window: what they copy elsewhere is none of a page's business.
  handle('board:paste', async () => (window()?.isFocused() === true ? (await clipboard.readText()).slice(0, longestCopy) : ''));
  handle('board:notify', (message) => {
    const { title, body, command } = (message ?? {}) as Record<string, unknown>;
    const shown = window();
    if (typeof title !== 'string' || typeof body !== 'string' || shown === undefined || shown.isFocused() || !Notification.isSupported()) return null;
    const notification = new Notification({ title: title.slice(0, 200), body: body.slice(0, 1000) });
    notification.on('click', () => {
      reveal(shown);
      if (typeof command === 'string') send('board:command', command.slice(0, 500));
    });
    notification.show();
    return null;
  });
  return { command: (name) => send('board:command', name) };
}

/** Brings a window to the front, wherever it is. */
export function reveal(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Of a kind that cannot be opened too: why it is not is said where it would be. */
const isArchive = (path: string): boolean => archiveForm(path) !== null && isFile(path);

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
