import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { debianPackages, fetchDebian } from './debian.ts';
import { layFixtures } from './fixtures.ts';
import { inspectAll } from './inspect.ts';
import { type Score, table } from './score.ts';
import type { Case } from './truth.ts';

/** npm run score [-- fixtures|debian|held-out] [--case NAME]: how well folders are understood, a table for each group, the misses below it. */
const { positionals, values } = parseArgs({ allowPositionals: true, options: { case: { type: 'string' } } });
const groups = positionals.length === 0 ? ['fixtures', 'debian', 'held-out'] : positionals;
const top = await mkdtemp(join(tmpdir(), 'forgeboard-score-'));
const scores: Record<string, Score> = {};

async function report(group: string, title: string, cases: readonly Case[]): Promise<void> {
  const chosen = values.case === undefined ? cases : cases.filter(({ name }) => name === values.case);
  const { score, ms } = await inspectAll(chosen);
  const [slowest, most = 0] = [...ms].sort(([, one], [, other]) => other - one)[0] ?? [];
  scores[group] = score;
  process.stdout.write(`${table(`${title}: ${chosen.length} cases`, score)}  Slowest: ${slowest}, ${Math.round(most)} ms.\n\n`);
}

async function real(group: string, title: string, packages: ReturnType<typeof debianPackages>): Promise<void> {
  const chosen = values.case === undefined ? packages : packages.filter(({ name }) => name === values.case);
  const { cases, absent } = await fetchDebian(chosen, (name) => process.stderr.write(`fetching ${name}\n`));
  await report(group, title, cases);
  if (absent.length > 0) process.stdout.write(`Not scored, because the mirror does not have them: ${absent.join(', ')}.\n\n`);
}

try {
  if (groups.includes('fixtures')) await report('fixtures', 'Fixtures, written for this', layFixtures(top));
  if (groups.includes('debian')) await real('debian', 'Real applications, from Debian source packages', debianPackages());
  if (groups.includes('held-out')) {
    await report('held-out fixtures', 'Fixtures that no rule was made with', layFixtures(join(top, 'held-out'), 'held-out'));
    await real('held-out debian', 'Real projects that no rule was made with, from Debian source packages', debianPackages('held-out.json'));
  }
  process.stdout.write(`${JSON.stringify(scores)}\n`);
} finally {
  await rm(top, { recursive: true, force: true });
}
