import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forge } from '../../electron/forge.ts';
import type { DeploymentResult } from '../../shared/contract/deployments.ts';
import { Failure } from '../../shared/errors.ts';
import { root } from '../../build/run.ts';
import type { TestHost } from '../hosts/host.ts';

/** A client of its own, as a laptop would be, that knows one test host as `box`. */
export interface Board {
  home: string;
  call<T = unknown>(name: string, input: object, options?: { signal?: AbortSignal; onEvent?: (event: never) => unknown }): Promise<T>;
  /** The failure a call ends with; a call that succeeds is the test's failure. */
  failing(name: string, input: object): Promise<Failure>;
  /** A handle for a folder, as the door makes one. */
  open(path: string): string;
  /** A folder with these files, over a copy of a sample app. */
  sample(name: string, files?: Record<string, string>, kind?: string): Promise<string>;
  /** Of an app with a site. */
  deploy(folder: string, app: string, options?: { onEvent?: (event: never) => unknown; entryPoint?: string }): Promise<DeploymentResult & { url: string }>;
  close(): Promise<void>;
}

export async function openBoard(host: TestHost | null, user = 'root'): Promise<Board> {
  const home = await mkdtemp(join(tmpdir(), 'forgeboard-board-'));
  // Accepted host keys must not land in the known_hosts of whoever runs the tests.
  process.env.FORGEBOARD_HOME = home;
  const logged: string[] = [];
  const opened = forge({ home, log: (line) => logged.push(line) });
  const dispatch = (
    name: string,
    input: object,
    { signal = new AbortController().signal, onEvent = () => {} }: { signal?: AbortSignal; onEvent?: (event: never) => unknown } = {},
  ) =>
    opened.dispatch(name, input, { actor: { name: 'ana@laptop', role: 'admin' }, emit: (event) => onEvent(event as never) as Promise<void>, ask: async () => undefined, signal });
  const call: Board['call'] = async (name, input, options) => {
    const outcome = await dispatch(name, input, options);
    if (!outcome.ok) throw Object.assign(Failure.from(outcome.failure), { stack: `${outcome.failure.message} ${outcome.failure.hint ?? ''}\n${logged.join('\n')}` });
    return outcome.value as never;
  };
  if (host !== null) {
    await call('hosts.add', { name: 'box', address: `${user}@${host.address}:${host.port}`, identity: host.identity, fingerprint: await host.hostKeyFingerprint() });
  }
  return {
    home,
    call,
    async failing(name, input) {
      const outcome = await dispatch(name, input);
      if (outcome.ok) throw new Error(`${name} succeeded: ${JSON.stringify(outcome.value)}`);
      return Failure.from(outcome.failure);
    },
    open: opened.openFolder,
    async sample(name, files = {}, kind = 'flask') {
      const folder = join(home, 'folders', name);
      await cp(join(root, 'assets/samples', kind), folder, { recursive: true });
      for (const [path, text] of Object.entries(files)) {
        await mkdir(join(folder, path, '..'), { recursive: true });
        await writeFile(join(folder, path), text);
      }
      return folder;
    },
    deploy: (folder, app, { entryPoint, ...options } = {}) => call('deployments.start', { folder: opened.openFolder(folder), host: 'box', app, entryPoint }, options),
    async close() {
      opened.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}
