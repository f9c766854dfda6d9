import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

/** One process changes what it says of itself, by turns long and short; another reads it all the while. */
const script = `
import os, sys
from forgekit import locks

path = sys.argv[1]
lock = locks.take(path)
lock.say(who="ann", step="s" * 90)
if os.fork() == 0:
    for turn in range(20000):
        lock.say(who="ann", step="s" * (turn % 90))
    os._exit(0)
os.close(lock.descriptor)
read = silent = 0
while (holder := locks.holder(path)) is not None:
    read += 1
    silent += holder.get("who") != "ann"
print(read > 100, silent)
`;

it('who holds a lock is known at every moment, also while that is written anew', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'forgeboard-locks-'));
  try {
    const folder = new URL('../../electron/hostkit/', import.meta.url).pathname;
    expect(execFileSync('python3', ['-B', '-c', script, join(scratch, 'lock')], { cwd: folder, encoding: 'utf8' })).toBe('True 0\n');
  } finally {
    rmSync(scratch, { recursive: true });
  }
});
