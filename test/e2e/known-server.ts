import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { bootHost, type HostOptions, type TestHost } from '../hosts/host.ts';
import { openClient } from './client.ts';
import { type Home, type RunningApp, startApp } from './harness.ts';

export interface KnownServer {
  host: TestHost;
  running: RunningApp;
  page: Page;
  /** Takes the window, the home and the server away. */
  close(): Promise<void>;
}

/** The window of a person who has added a server, fra-1, and prepared it where its image is `web`; it was started again since. */
export async function knownServer(home: Home, image: NonNullable<HostOptions['image']>, user = 'root'): Promise<KnownServer> {
  const host = await bootHost({ image });
  let running: RunningApp | undefined;
  const close = async (): Promise<void> => {
    await running?.close();
    home.remove();
    await host.stop();
  };
  try {
    const identity = home.write('.ssh/id_ed25519', readFileSync(host.identity));
    running = await startApp({ home, size: { width: 1280, height: 800 }, theme: 'dark' });
    const client = await openClient(running.page);
    const added = { name: 'fra-1', address: `${user}@${host.address}`, identity, fingerprint: await host.hostKeyFingerprint() };
    expect(await client.call('hosts.add', added)).toMatchObject({ ok: true });
    if (image === 'web') expect(await client.call('hosts.prepare', { name: 'fra-1', yes: true })).toMatchObject({ ok: true });
    running = await running.restart();
    running.page.setDefaultTimeout(30_000);
    return { host, running, page: running.page, close };
  } catch (error) {
    await close();
    throw error;
  }
}
