import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeploymentProgress } from '../../../shared/contract/deployments.ts';
import { until } from '../../hosts/command.ts';
import { type Delay, startDelay } from '../../hosts/delay.ts';
import { type Board, openBoard } from '../board.ts';
import { board, host, withPreparedBoard } from '../prepared-board.ts';

withPreparedBoard();

/** A client so far away that an upload of some megabytes takes seconds: at most 2 MB travel in a round trip. */
let far: Board;
let line: Delay;
beforeAll(async () => {
  line = await startDelay({ host: host.ownAddress, port: 22 }, 300);
  far = await openBoard({ ...host, address: line.address, port: line.port });
});
afterAll(async () => {
  await far?.close();
  await line?.close();
});

const megabyte = 1_000_000;
const inGuest = async (script: string) => (await host.run(['sh', '-c', script], { check: false })).stdout.trim();
const contents = (app: string) => inGuest(`cd /srv/forgeboard/${app}/objects && find . -type f -printf '%s %p\\n'`);

/** Deploys a folder of many small files, some of 2 MB and one of 24 MB, and does `cut` when about half of it has travelled. */
async function cutHalfWay(app: string, cut: () => Promise<unknown>) {
  const files = {
    ...Object.fromEntries(Array.from({ length: 100 }, (_none, index) => [`a-${index}.txt`, Buffer.from(`${app} ${index}`)])),
    ...Object.fromEntries(Array.from({ length: 3 }, (_none, index) => [`b-${index}.bin`, randomBytes(2 * megabyte)])),
    'c.bin': randomBytes(24 * megabyte),
  };
  const folder = await board.sample(app);
  for (const [path, bytes] of Object.entries(files)) await writeFile(join(folder, path), bytes);
  const before = line.bytes.up;
  const ended = far.deploy(folder, app).then(
    () => null,
    (failure: unknown) => failure,
  );
  await until(
    () => 'half of the upload',
    60_000,
    async () => line.bytes.up - before > 16 * megabyte,
  );
  await cut();
  return { folder, failure: await ended };
}

/** The same folder once more: what the second attempt sent, of what there was. */
async function again(app: string, folder: string) {
  const said: string[] = [];
  const before = line.bytes.up;
  const done = await far.deploy(folder, app, {
    onEvent: (event: DeploymentProgress) => {
      if (event.type === 'step' && event.name === 'upload') said.push(event.detail ?? '');
    },
  });
  return { done, said, travelled: line.bytes.up - before };
}

describe('F28: an upload that is cut', () => {
  it('leaves of a new app what came of it and nothing else; a later attempt sends the rest, also of a single file', async () => {
    const { folder, failure } = await cutHalfWay('cut', async () => line.cutHard());
    expect(failure).toMatchObject({ problem: 'unreachable', hint: expect.stringContaining('only the rest is sent') });
    await expect.poll(() => contents('cut'), { timeout: 20_000 }).toMatch(/\/part-[0-9a-f]{64}/);
    expect(await inGuest('ls /srv/forgeboard/cut/releases /srv/forgeboard/cut/slots | grep -v :; grep fb-cut /etc/passwd; grep -w cut: /etc/forgeboard/apps.yml')).toBe('');
    expect(await board.call('apps.list', { host: 'box' })).toMatchObject({ apps: [] });
    const { done, said, travelled } = await again('cut', folder);
    expect(done).toMatchObject({ outcome: 'live', release: 1 });
    expect(said[0]).toMatch(/are there from an upload that was cut/);
    expect(done.uploadedBytes).toBeLessThan(22 * megabyte);
    expect(travelled).toBeLessThan(23 * megabyte);
    expect(await inGuest('cd /srv/forgeboard/cut/releases/1 && sha256sum c.bin | cut -c 1-64')).toBe(
      await inGuest('sed -n \'s/.*\\["c.bin","\\([0-9a-f]*\\)".*/\\1/p\' /srv/forgeboard/cut/releases/1.json'),
    );
    expect(await contents('cut')).not.toMatch(/part-|new-/);
  });

  it('by the end of the process that took it goes on as well', async () => {
    const { folder, failure } = await cutHalfWay('killed', () => inGuest('kill -9 $(ls /srv/forgeboard/killed/objects | sed -n "s/^new-\\([0-9]*\\)-.*/\\1/p")'));
    expect(failure).toMatchObject({ problem: 'unreachable' });
    // Nothing has looked after it yet: the next contact takes what is there.
    const { done } = await again('killed', folder);
    expect(done).toMatchObject({ outcome: 'live', release: 1 });
    expect(done.uploadedBytes).toBeLessThan(24 * megabyte);
  });

  it('and whose part was damaged since is said to be, and sent anew by the next attempt', async () => {
    const { folder } = await cutHalfWay('damaged', async () => line.cutHard());
    await expect.poll(() => contents('damaged'), { timeout: 20_000 }).toMatch(/part-/);
    await inGuest('printf xxxx | dd of=$(ls /srv/forgeboard/damaged/objects/part-*) conv=notrunc bs=1 seek=1000');
    await expect(far.deploy(folder, 'damaged')).rejects.toMatchObject({ problem: 'conflict', message: expect.stringContaining('damaged') });
    expect(await again('damaged', folder)).toMatchObject({ done: { outcome: 'live' } });
  });

  it('keeps four parts of an app at most, for a day, and nothing for longer of an app that never came to be', async () => {
    const folder = await board.sample('bounded');
    await board.deploy(folder, 'bounded');
    const make = (name: string, age: string) => `f=/srv/forgeboard/bounded/objects/part-$(echo ${name} | sha256sum | cut -c 1-64); truncate -s 2M $f; touch -d "${age}" $f`;
    await inGuest([1, 2, 3, 4, 5, 6].map((number) => make(`part ${number}`, `${number} hours ago`)).join('\n'));
    await inGuest(make('old', '25 hours ago'));
    await writeFile(join(folder, 'message.py'), 'MESSAGE = "two"\n');
    await board.deploy(folder, 'bounded');
    expect((await contents('bounded')).split('\n').filter((file) => file.includes('part-'))).toHaveLength(4);

    await cutHalfWay('unborn', async () => line.cutHard());
    await expect.poll(() => contents('unborn'), { timeout: 20_000 }).toMatch(/part-/);
    await board.call('apps.list', { host: 'box' });
    expect(await contents('unborn')).toMatch(/part-/);
    await inGuest(
      'touch -d "25 hours ago" /srv/forgeboard/unborn /srv/forgeboard/bounded; mkdir -p /srv/forgeboard/somebody/data; touch -d "25 hours ago" /srv/forgeboard/somebody',
    );
    await board.call('apps.list', { host: 'box' });
    expect(await inGuest('ls -d /srv/forgeboard/unborn /srv/forgeboard/bounded /srv/forgeboard/somebody')).toBe('/srv/forgeboard/bounded\n/srv/forgeboard/somebody');
  });
});
