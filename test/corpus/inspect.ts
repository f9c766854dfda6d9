import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forge } from '../../electron/forge.ts';
import type { Inspection } from '../../shared/contract/imports.ts';
import { emptyScore, mark, type Score } from './score.ts';
import type { Case } from './truth.ts';

/** Asks of each case what every door asks, and scores the answers. `ms` is how long each answer took. */
export async function inspectAll(cases: readonly Case[]): Promise<{ score: Score; ms: Map<string, number> }> {
  const home = await mkdtemp(join(tmpdir(), 'forgeboard-corpus-'));
  const { dispatch, openFolder, close } = forge({ home, log: () => {} });
  const score = emptyScore();
  const ms = new Map<string, number>();
  try {
    for (const one of cases) {
      const from = performance.now();
      const outcome = await dispatch(
        'imports.inspect',
        { folder: openFolder(one.folder) },
        { actor: { name: 'corpus', role: 'admin' }, emit: () => {}, ask: async () => undefined, signal: new AbortController().signal },
      );
      ms.set(one.name, performance.now() - from);
      if (!outcome.ok) throw new Error(`${one.name}: ${outcome.failure.message}`);
      mark(score, one, outcome.value as Inspection);
    }
    return { score, ms };
  } finally {
    close();
    await rm(home, { recursive: true, force: true });
  }
}
