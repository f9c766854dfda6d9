import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DeploymentResult } from '../../../shared/contract/deployments.ts';
import { startLoad } from '../../demo/load.ts';
import { board, host, withPreparedBoard } from '../prepared-board.ts';

withPreparedBoard();

const page = async (url: string) => (await fetch(url, { headers: { connection: 'close' } })).text();
const registry = async () => (await host.run(['cat', '/etc/forgeboard/apps.yml'])).stdout;

describe('releases and rollback', () => {
  it('tell what was live when, by whom and how it differs, and put it back with its entry in apps.yml', async () => {
    const folder = await board.sample('shop');
    await board.call('variables.set', { app: 'shop', host: 'box', values: ['STAYS=1', 'TURNS=old', 'GOES=1'] });
    const { url } = await board.deploy(folder, 'shop');
    const first = await registry();
    await host.write('/etc/forgeboard/apps.yml', first.replace(/^( *)- slug: shop\n/m, '$1- slug: shop\n$1  owner: web # by hand\n'));
    await writeFile(join(folder, 'message.py'), 'MESSAGE = "two"\n');
    await writeFile(join(folder, 'other.py'), 'from app import app as web\n');
    await board.deploy(folder, 'shop', { entryPoint: 'other:web' });
    await board.call('variables.set', { app: 'shop', host: 'box', values: ['TURNS=new', 'COMES=1'] });
    await board.call('variables.unset', { app: 'shop', host: 'box', names: ['GOES'] });
    const { releases } = await board.call<{ releases: unknown[] }>('releases.list', { app: 'shop', host: 'box' });
    expect(releases).toMatchObject([
      { release: 2, state: 'live', actor: 'ana@laptop', origin: folder, entryPoint: 'other:web', steps: { check: expect.any(Number), switch: expect.any(Number) } },
      { release: 1, state: 'previous', python: '3.11.2', commit: null },
    ]);
    expect(await board.call('releases.compare', { app: 'shop', host: 'box', from: 1, to: 2 })).toEqual({
      added: ['other.py'],
      removed: [],
      changed: ['message.py'],
      more: 0,
      settings: [{ name: 'entrypoint', before: expect.any(String), after: '"other:web"' }],
      variables: { added: ['COMES'], removed: ['GOES'], changed: ['TURNS'] },
      migrated: [],
    });
    const load = startLoad(url);
    const done = await board.call<DeploymentResult>('deployments.rollback', { app: 'shop', host: 'box' });
    expect(done).toMatchObject({ outcome: 'live', release: 1, deployment: 5, url });
    expect(await load.stop()).toMatchObject({ failed: 0 });
    expect(await page(url)).toContain('Hello from release 1');
    expect(await registry()).toBe(first);
    expect(await board.call('deployments.rollback', { app: 'shop', host: 'box' })).toMatchObject({ release: 2 });
    expect(await registry()).toContain('owner: web # by hand');
    expect(await board.failing('deployments.rollback', { app: 'shop', host: 'box', release: 7 })).toMatchObject({ problem: 'not-found', hint: 'There are: 1' });
  });
});
