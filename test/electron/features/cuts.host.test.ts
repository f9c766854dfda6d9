import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DeploymentProgress } from '../../../shared/contract/deployments.ts';
import { startLoad } from '../../demo/load.ts';
import { board, host, withPreparedBoard } from '../prepared-board.ts';

withPreparedBoard();
// The cut of the test before may still hold new connections back for a moment; a person who asks is not held back.
beforeEach(() => board.call('hosts.connect', { name: 'box' }));

const page = async (url: string) => (await fetch(url, { headers: { connection: 'close' } })).text();
const left = async (app: string) =>
  (await host.run(['sh', '-c', `ls /srv/forgeboard/${app}/releases /srv/forgeboard/${app}/objects/*/*.* /srv/forgeboard/${app}/*.tmp* 2>/dev/null`], { check: false })).stdout;

/** Until the first of 90 MB have arrived. */
const halfWay = (app: string) => host.run(['sh', '-c', 'while [ "$(du -s "$0" | cut -f1)" -lt 4000 ]; do sleep 0.01; done', `/srv/forgeboard/${app}/objects`]);

/** Deploys a second release that says `text` and cuts the connection when a step begins. */
async function cutAt(app: string, stepName: string, text: string, extra: Record<string, Buffer> = {}) {
  const folder = await board.sample(app);
  const { url } = await board.deploy(folder, app);
  const before = await left(app);
  await writeFile(join(folder, 'message.py'), `MESSAGE = "${text}"\n`);
  for (const [path, bytes] of Object.entries(extra)) await writeFile(join(folder, path), bytes);
  const load = startLoad(url);
  const events: DeploymentProgress[] = [];
  let cut = false;
  const ended = await board
    .deploy(folder, app, {
      onEvent: async (event: DeploymentProgress) => {
        events.push(event);
        if (cut || event.type !== 'step' || event.name !== stepName || event.status !== 'running') return;
        cut = true;
        if (stepName === 'upload') void halfWay(app).then(() => host.resetConnections());
        else await host.resetConnections();
      },
    })
    .then(
      (value) => ({ value, failure: null }),
      (failure: unknown) => ({ value: null, failure }),
    );
  expect(cut, `${stepName} never began`).toBe(true);
  return { url, events, before, after: await left(app), requests: await load.stop(), ...ended };
}

describe('the connection is cut', () => {
  it('during the upload: the old release serves and nothing half done stays', async () => {
    const { url, before, after, failure, requests } = await cutAt('upload', 'upload', 'never', { 'big.bin': randomBytes(90_000_000) });
    expect(failure).toMatchObject({ problem: expect.stringMatching(/unreachable|unknown-outcome/) });
    expect(after).toBe(before);
    expect(await page(url)).toContain('Hello from release 1');
    expect(requests).toMatchObject({ failed: 0 });
    expect(await board.call('apps.get', { app: 'upload', host: 'box' })).toMatchObject({ release: 1, deploying: null });
  });

  it.each(['tree', 'start', 'check', 'switch'])('F2: during %s: the host goes on by itself and the client tells the true outcome, each step once', async (step) => {
    const app = `cut-${step}`;
    const { url, events, value, failure, requests } = await cutAt(app, step, `after ${step}`);
    expect(failure).toBeNull();
    expect(value).toMatchObject({ outcome: 'live', release: 2 });
    expect(await page(url)).toContain(`after ${step}`);
    expect(requests).toMatchObject({ failed: 0, reasons: [] });
    const done = events.flatMap((event) => (event.type === 'step' && event.status !== 'running' ? [event.name] : []));
    expect(new Set(done).size).toBe(done.length);
    expect(done).toEqual(expect.arrayContaining(['tree', 'packages', 'start', 'check', 'switch']));
  });

  it('F1: for a while without a word: the outcome is asked for when the host answers again', async () => {
    const folder = await board.sample('silent');
    await board.deploy(folder, 'silent');
    await writeFile(join(folder, 'message.py'), 'import time\ntime.sleep(2)\nMESSAGE = "after silence"\n');
    const notes: string[] = [];
    let cut: Promise<unknown> | undefined;
    const result = await board.deploy(folder, 'silent', {
      onEvent: (event: DeploymentProgress) => {
        if (event.type === 'note') notes.push(event.text);
        if (event.type === 'step' && event.name === 'start') cut ??= host.cut().then(() => new Promise((resolve) => setTimeout(resolve, 4000)).then(() => host.mend()));
      },
    });
    await cut;
    expect(result).toMatchObject({ outcome: 'live', release: 2 });
    expect(await page(result.url)).toContain('after silence');
  });
});

describe('an unreachable or unsuitable host', () => {
  it('is said by what is wrong with it', async () => {
    expect(await board.failing('hosts.add', { name: 'nobody', address: 'root@127.0.0.1:1', identity: host.identity })).toMatchObject({
      problem: 'unreachable',
      message: expect.stringContaining('127.0.0.1'),
    });
    expect(await board.failing('hosts.add', { name: 'nobody', address: 'root@no-such-host.invalid', identity: host.identity })).toMatchObject({ problem: 'unreachable' });
    expect(await board.failing('hosts.add', { name: 'box', address: `root@${host.address}`, identity: host.identity })).toMatchObject({ problem: 'exists', field: 'name' });
    expect(await board.failing('hosts.add', { name: 'keyless', address: `root@${host.address}`, identity: '/etc/hostname' })).toMatchObject({
      problem: 'invalid',
      field: 'identity',
    });
    expect(await board.failing('apps.get', { app: 'no-such-app', host: 'box' })).toMatchObject({ problem: 'not-found', field: 'app' });
    expect(await board.failing('apps.list', { host: 'unknown' })).toMatchObject({ problem: 'not-found', field: 'host' });
  });
});
