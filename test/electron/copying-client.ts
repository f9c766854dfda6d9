import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { forge, type Forge } from '../../electron/forge.ts';
import { bootHost, type TestHost } from '../hosts/host.ts';

type Rest = [signal?: AbortSignal, emit?: (event: unknown) => void];

export interface CopyingClient {
  home: string;
  host: TestHost;
  forgeboard: Forge;
  /** A new folder of this computer for each test. */
  here: string;
  run(name: string, input: unknown, ...rest: Rest): Promise<unknown>;
  get(path: string, more?: object, ...rest: Rest): Promise<unknown>;
  put(from: string, path: string, more?: object, ...rest: Rest): Promise<unknown>;
  sh(script: string): Promise<string>;
}

/** For the tests of a describe: a host that a client of its own signs in to as deploy and knows as `box`, and what copies files to and from it. */
export function copyingClient(): CopyingClient {
  const home = mkdtempSync(join(tmpdir(), 'forgeboard-files-'));
  const at: CopyingClient = {
    home,
    host: undefined as never,
    forgeboard: undefined as never,
    here: '',
    run: (name, input, signal = new AbortController().signal, emit = () => {}) =>
      at.forgeboard.dispatch(name, input, { actor: { name: 'ana', role: 'admin' }, emit, ask: async () => undefined, signal }),
    get: (path, more, ...rest) => at.run('files.get', { host: 'box', path, into: at.forgeboard.openFolder(at.here), ...more }, ...rest),
    put: (from, path, more, ...rest) => at.run('files.put', { host: 'box', from: at.forgeboard.openFolder(from), path, ...more }, ...rest),
    sh: async (script) => (await at.host.run(['sh', '-c', script])).stdout.trim(),
  };
  beforeAll(async () => {
    const host = await bootHost({ image: 'base' });
    Object.assign(at, { host, forgeboard: forge({ home, log: () => {} }) });
    const address = `deploy@${host.address}:${host.port}`;
    expect(await at.run('hosts.add', { name: 'box', address, identity: host.identity, fingerprint: await host.hostKeyFingerprint() })).toMatchObject({ ok: true });
  });
  beforeEach(() => {
    at.here = mkdtempSync(join(home, 'here-'));
  });
  afterAll(async () => {
    at.forgeboard?.close();
    await at.host?.stop();
    rmSync(home, { recursive: true, force: true });
  });
  return at;
}
