import { app, MessageChannelMain, type MessagePortMain, type UtilityProcess, utilityProcess } from 'electron';
import type { BackendState, FromBackendProcess, ToBackendProcess } from './messages.ts';

const mostRestarts = 5;
/** After this long without a crash the count begins again. */
const calm = 5 * 60_000;

export interface BackendOptions {
  /** The bundled backend. */
  file: string;
  env: Record<string, string | undefined>;
  log(text: string): void;
  onAppearance(theme: 'system' | 'light' | 'dark'): void;
}

/**
 * The process that holds connections, secrets and files. It may crash: then the window lives, is told, and gets a new one,
 * at most five times in a row. Must be started after the app is ready.
 */
export class BackendProcess {
  #child: UtilityProcess | undefined;
  #restarts = 0;
  #state: BackendState['state'] = 'gone';
  #startedAt = 0;
  #stopping = false;
  #why = '';
  readonly #folders = new Map<string, string>();
  readonly #listeners = new Set<(state: BackendState) => void>();

  constructor(private readonly options: BackendOptions) {
    // The exit code of a utility process is not reliable; this event is.
    app.on('child-process-gone', (_event, { type, name, reason, exitCode }) => {
      if (type === 'Utility' && name === serviceName) this.#why = `${reason} (${exitCode})`;
    });
  }

  get state(): BackendState {
    return { state: this.#state, restarts: this.#restarts };
  }

  start(): void {
    this.#startedAt = Date.now();
    const child = utilityProcess.fork(this.options.file, [], {
      serviceName,
      stdio: 'pipe',
      // Four keyring calls that wait for its owner would take all four default threads, and no file could be read.
      env: { ...this.options.env, UV_THREADPOOL_SIZE: '16' },
    });
    this.#child = child;
    child.stdout?.on('data', (chunk: Buffer) => process.stdout.write(chunk));
    child.stderr?.on('data', (chunk: Buffer) => process.stderr.write(chunk));
    child.on('message', (message: FromBackendProcess) => {
      if (child !== this.#child) return;
      if (message.type === 'ready') this.#tell('up');
      else this.options.onAppearance(message.theme);
    });
    child.on('exit', () => {
      if (child === this.#child) this.#gone();
    });
    for (const [handle, path] of this.#folders) child.postMessage({ type: 'folder', handle, path } satisfies ToBackendProcess);
  }

  stop(): void {
    this.#stopping = true;
    this.#child?.kill();
  }

  /** A new pipe to the backend: this end goes to a page. Undefined while there is no backend; the page asks again when it is up. */
  connect(message: Extract<ToBackendProcess, { type: 'port' }>): MessagePortMain | undefined {
    const child = this.#child;
    if (child === undefined) return undefined;
    const { port1, port2 } = new MessageChannelMain();
    child.postMessage(message, [port1]);
    return port2;
  }

  /** Remembered here too, so that a handle outlives a crash of the backend. */
  openFolder(handle: string, path: string): void {
    this.#folders.set(handle, path);
    this.#child?.postMessage({ type: 'folder', handle, path } satisfies ToBackendProcess);
  }

  wake(): void {
    this.#child?.postMessage({ type: 'wake' } satisfies ToBackendProcess);
  }

  onState(listener: (state: BackendState) => void): void {
    this.#listeners.add(listener);
  }

  #gone(): void {
    this.#child = undefined;
    if (this.#stopping) return;
    if (Date.now() - this.#startedAt > calm) this.#restarts = 0;
    // The reason comes a moment after the end.
    setTimeout(() => this.options.log(`the backend process ended: ${this.#why || 'no reason given'}`), 100);
    if (this.#restarts >= mostRestarts) {
      this.#tell('failed');
      return;
    }
    this.#restarts += 1;
    this.#tell('gone');
    this.start();
  }

  #tell(state: BackendState['state']): void {
    this.#state = state;
    for (const listener of this.#listeners) listener(this.state);
  }
}

const serviceName = 'ForgeBoard backend';
