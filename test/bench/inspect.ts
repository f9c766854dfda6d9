import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from '../../electron/engine/inspect.ts';
import { openFolder } from '../../electron/engine/inspect/folder.ts';
import type { InspectionProgress } from '../../shared/contract/imports.ts';
import { figure, type Figure, print } from './figures.ts';

/**
 * How long a folder is looked at: 10,000 files with 500 Python ones (5 MB), and 12,000 with 10,000 Python ones (about 90 MB).
 * The modules are those of this machine's Python; one in ten also reads a variable.
 */
export async function benchInspect({ rounds }: { rounds: number }): Promise<void> {
  const texts = libraryTexts();
  const rows: Record<string, Figure> = {};
  let peak = 0;
  for (const { name, modules, files } of [
    { name: '500 modules of 10,000 files', modules: 500, files: 10_000 },
    { name: '10,000 modules of 12,000 files', modules: 10_000, files: 12_000 },
  ]) {
    const folder = await made(texts, modules, files);
    const [whole, first]: [number[], number[]] = [[], []];
    try {
      for (let round = 0; round < rounds; round += 1) {
        const from = performance.now();
        let told: number | null = null;
        const hear = ({ type }: InspectionProgress): void => {
          if (type === 'found' && told === null) told = performance.now() - from;
        };
        const signal = new AbortController().signal;
        const found = await inspect(await openFolder(folder, () => {}, signal), hear, signal);
        if (found.entrypoint !== 'main:app') throw new Error(`${name}: ${found.entrypoint}`);
        whole.push(performance.now() - from);
        first.push(told ?? performance.now() - from);
        peak = Math.max(peak, process.memoryUsage().rss);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    rows[`${name}, whole`] = figure(whole);
    rows[`${name}, first answer`] = figure(first);
  }
  print('Inspect a folder', ['In it: walking the folder, reading, all rules. Not in it: starting the program. The files were just written.'], rows, {
    peakMb: Math.round(peak / 1e6),
  });
}

function libraryTexts(): Buffer[] {
  const found: Buffer[] = [];
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile() && path.endsWith('.py') && statSync(path).size > 2000 && statSync(path).size < 27_000) found.push(readFileSync(path));
    }
  };
  for (const name of readdirSync('/usr/lib').filter((one) => /^python3/.test(one))) walk(join('/usr/lib', name));
  return found;
}

async function made(texts: readonly Buffer[], modules: number, files: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'forgeboard-bench-'));
  for (let at = 0; at < files; at += 1) {
    const under = join(folder, at < modules ? `shop/p${at % 40}/q${at % 7}` : `assets/a${at % 50}`);
    await mkdir(under, { recursive: true });
    const read = at % 10 === 0 ? `\nimport os\nx = os.environ.get("A${at}")\n` : '';
    await writeFile(
      join(under, at < modules ? `m${at}.py` : `${at}.txt`),
      at < modules ? Buffer.concat([texts[at % texts.length] ?? Buffer.alloc(0), Buffer.from(read)]) : 'x'.repeat(500),
    );
  }
  await writeFile(join(folder, 'main.py'), 'from fastapi import FastAPI\napp = FastAPI()\n');
  return folder;
}
