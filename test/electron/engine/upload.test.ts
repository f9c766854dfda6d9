import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scan, type Scan } from '../../../electron/engine/scan.ts';
import { contentStream, filesToSend } from '../../../electron/engine/upload.ts';
import { openHashCache } from '../../../electron/store/hashes.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forgeboard-upload-'));
  await writeFile(join(folder, 'app.py'), 'one');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const scanned = async () => scan(folder, await openHashCache(join(folder, '..', 'home'), folder), new AbortController().signal);
const raw = async (found: Scan, partial = {}) => {
  const parts: Buffer[] = [];
  const files = filesToSend(
    found,
    found.files.map(({ key }) => key),
    partial,
  );
  for await (const part of contentStream(found, files, new AbortController().signal)) parts.push(part);
  return Buffer.concat(parts);
};
const sent = async (found: Scan, partial = {}) => unpacked(await raw(found, partial));

function unpacked(body: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let rest = body; rest.length > 0; ) {
    const end = 5 + rest.readUInt32BE(1);
    parts.push(rest[0] === 0x7a ? inflateSync(rest.subarray(5, end)) : rest.subarray(5, end));
    rest = rest.subarray(end);
  }
  return Buffer.concat(parts);
}

describe('F32: a file that changes between the look at it and its sending', () => {
  it('is named when it got longer or shorter, and travels whole when it did not change', async () => {
    const found = await scanned();
    expect((await sent(found)).subarray(-3).toString()).toBe('one');
    for (const other of ['longer', 'x']) {
      await writeFile(join(folder, 'app.py'), other);
      await expect(sent(found)).rejects.toMatchObject({ problem: 'conflict', message: 'app.py changed while it was being sent' });
    }
  });

  it('ends the sending when it is gone or cannot be read', async () => {
    const found = await scanned();
    await rm(join(folder, 'app.py'));
    await expect(sent(found)).rejects.toThrow('ENOENT');
    await symlink('app.py', join(folder, 'app.py'));
    await expect(sent(found)).rejects.toThrow('ELOOP');
  });
});

async function scanOf(contents: Record<string, Buffer>): Promise<Scan> {
  const files = Object.entries(contents).map(([path, content]) => ({ path, key: createHash('sha256').update(content).digest('hex'), size: content.length }));
  for (const [path, content] of Object.entries(contents)) await writeFile(join(folder, path), content);
  return { folder, files, bytes: 0, leftOut: [] };
}

const small = Object.fromEntries(Array.from({ length: 300 }, (_none, index) => [`small-${index}`, Buffer.from(`${index} `.repeat(index * 3))]));

it('sends every content behind its key and size, small and large, packed already or not', async () => {
  const contents = {
    empty: Buffer.alloc(0),
    ...small,
    'a.zip': randomBytes(3_000_000),
    text: Buffer.alloc(2_000_000, 'words '),
    'b.zip': randomBytes(700_000),
    last: Buffer.from('end'),
  };
  const packed = await raw(await scanOf(contents));
  const records = Object.values(contents).map((content) => {
    const size = Buffer.alloc(16);
    size.writeBigUInt64BE(BigInt(content.length));
    return Buffer.concat([Buffer.from(`${createHash('sha256').update(content).digest('hex')}-`), size, content]);
  });
  expect(unpacked(packed).equals(Buffer.concat(records))).toBe(true);
  // The text is packed although what came before it was not worth it.
  expect(packed.length).toBeLessThan(3_900_000);
});

it('F28: sends of a content what the host does not have of it', async () => {
  const [half, small] = [randomBytes(1_000_000), Buffer.from('small')];
  const found = await scanOf({ half, small });
  const [key, other] = found.files.map((file) => file.key) as [string, string];
  const body = await sent(found, { [key]: 600_000, [other]: 2 });
  expect(body.readBigUInt64BE(73)).toBe(600_000n);
  expect(body.subarray(81, 81 + 400_000).equals(half.subarray(600_000))).toBe(true);
  expect(
    body
      .subarray(81 + 400_000)
      .subarray(81)
      .toString(),
  ).toBe('small');
});

it('breaks off where a large file changed after it was read as well', async () => {
  for (const size of [70_000, 500_000]) {
    const scan = await scanOf({ ...small, changing: Buffer.alloc(size) });
    await writeFile(join(folder, 'changing'), Buffer.alloc(size + 1));
    await expect(sent(scan)).rejects.toMatchObject({ problem: 'conflict', message: 'changing changed while it was being sent' });
  }
});
