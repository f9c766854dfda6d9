import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

/** The folder that holds images, packages, wheels and running hosts; made if it is missing. */
export function cacheFolder(...below: string[]): string {
  const cache = process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache');
  const folder = path.join(process.env.FORGEBOARD_CACHE || path.join(cache, 'forgeboard-rig'), ...below);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** The short key of a recipe: the same text always finds the same image again. */
export function recipeKey(recipe: unknown): string {
  return createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 12);
}

/**
 * Runs `work` while no other process holds the lock of this name.
 * The lock is flock(1) on a file, held by a child that ends when its input does: a crash of ours always lets go of it.
 */
export async function withLock<T>(name: string, work: () => Promise<T> | T): Promise<T> {
  const file = path.join(cacheFolder('locks'), name);
  const holder = spawn('flock', [file, 'sh', '-c', 'echo held; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    await new Promise<void>((resolve, reject) => {
      holder.stdout.once('data', () => resolve());
      holder.once('error', (error) => reject(new Error(`flock (package util-linux) could not be started: ${error.message}`)));
      holder.once('exit', (code) => reject(new Error(`flock ${file} ended with ${code}`)));
    });
    return await work();
  } finally {
    holder.stdin.end();
  }
}

/**
 * The folder `<cache>/<kind>/<name>-<key of the recipe>`, built once: `build` fills a folder under another name,
 * which is renamed only when it is complete, so a build that was cut is never taken for an image.
 */
export async function builtOnce(kind: string, name: string, recipe: unknown, build: (folder: string) => Promise<void>): Promise<string> {
  const folder = path.join(cacheFolder(kind), `${name}-${recipeKey(recipe)}`);
  if (existsSync(folder)) return folder;
  return withLock(`${kind}-${name}`, async () => {
    if (existsSync(folder)) return folder;
    // We hold the lock: whatever unfinished folder lies there was left by a build that is gone.
    for (const old of readdirSync(path.dirname(folder))) {
      if (old.startsWith(`.${name}-`)) rmSync(path.join(path.dirname(folder), old), { recursive: true, force: true });
    }
    const unfinished = path.join(path.dirname(folder), `.${path.basename(folder)}`);
    mkdirSync(unfinished);
    await build(unfinished);
    renameSync(unfinished, folder);
    return folder;
  });
}
