import { contextBridge, ipcRenderer, webUtils } from 'electron';
import type { Board } from '../shared/bridge.ts';
import { type BackendState, origin } from './desktop/messages.ts';
import { runtime } from './desktop/runtime.ts';

/*
 * The only bridge between a page and the rest. It runs in the page's process in a world of its own, sandboxed: it has no Node, and
 * what it can do is what main answers to. No feature is named here.
 */
interface DomFile {
  path?: string;
}
// The page's globals, as far as this file uses them; the compiler's DOM types would reach every file of electron/.
const dom = globalThis as unknown as {
  File: { new (...parts: never[]): DomFile; prototype: DomFile };
  postMessage(message: unknown, targetOrigin: string, ports: readonly unknown[]): void;
};
const platforms = { linux: 'linux', darwin: 'darwin', win32: 'win32' } as const;

const backendListeners = new Set<(state: BackendState) => void>();
const commandListeners = new Set<(command: string) => void>();
let backend: BackendState | undefined;

ipcRenderer.on('board:backend', (_event, state: BackendState) => {
  // Main answers our hello and tells each change: the same thing may come twice.
  if (backend?.state === state.state && backend.restarts === state.restarts) return;
  backend = state;
  for (const listener of backendListeners) listener(state);
});
ipcRenderer.on('board:command', (_event, command: string) => {
  for (const listener of commandListeners) listener(command);
});
// A port cannot cross the context bridge; it can be posted to the page, which checks that it comes from its own window.
ipcRenderer.on('board:port', (event, { kind, ticket }: { kind: string; ticket?: string }) => {
  dom.postMessage({ board: 'port', kind, ticket: ticket ?? null }, origin, event.ports);
});
ipcRenderer.send('board:hello');

/** The path of a File that the user dropped or chose; '' for one that a script made, and for anything that is no File. */
function pathOf(file: unknown): string {
  try {
    if (webUtils !== undefined) return webUtils.getPathForFile(file as never);
    // Electron before 29. The getter itself is called, since `path` of an object that a page made may say anything.
    const getter = Object.getOwnPropertyDescriptor(dom.File.prototype, 'path')?.get;
    return getter === undefined ? '' : String(getter.call(file));
  } catch {
    return '';
  }
}

const board: Board = {
  connect: (kind, ticket) => ipcRenderer.send('board:connect', kind, ticket),
  onBackend(listener) {
    backendListeners.add(listener);
    if (backend !== undefined) listener(backend);
    return () => void backendListeners.delete(listener);
  },
  async folderFromDrop(file) {
    const path = pathOf(file);
    return path === '' ? null : ipcRenderer.invoke('board:folder', path);
  },
  async fileFromDrop(file) {
    const path = pathOf(file);
    return path === '' ? null : ipcRenderer.invoke('board:file', path);
  },
  chooseFolder: (purpose) => ipcRenderer.invoke('board:choose-folder', purpose),
  chooseFiles: () => ipcRenderer.invoke('board:choose-files'),
  showSessionLog: (name) => ipcRenderer.invoke('board:session-log', name),
  showCopied: (handle, name) => ipcRenderer.invoke('board:show', { handle, name }),
  chooseArchive: () => ipcRenderer.invoke('board:choose-archive'),
  chooseKeyFile: () => ipcRenderer.invoke('board:choose-key'),
  openExternal: (url) => ipcRenderer.invoke('board:open', url),
  copyText: (text) => ipcRenderer.invoke('board:copy', text),
  saveText: (name, text) => ipcRenderer.invoke('board:save', { name, text }),
  readClipboardText: () => ipcRenderer.invoke('board:paste'),
  notify: (title, body, command) => void ipcRenderer.invoke('board:notify', { title, body, command }),
  onCommand(listener) {
    commandListeners.add(listener);
    return () => void commandListeners.delete(listener);
  },
  platform: platforms[process.platform as keyof typeof platforms] ?? 'linux',
  version: process.argv.find((word) => word.startsWith('--board-version='))?.slice('--board-version='.length) ?? '',
  runtime,
};

contextBridge.exposeInMainWorld('board', board);
