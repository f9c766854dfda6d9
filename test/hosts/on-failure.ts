import { afterEach } from 'vitest';
import { ownJournals } from './host.ts';

/** A failed test on real hosts shows what they had to say, and what a Failure knows beside its one line, such as the end of a log. */
afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return;
  for (const { facts } of (task.result.errors ?? []) as { facts?: unknown }[])
    if (facts !== undefined) process.stderr.write(`\n--- facts of the failure of "${task.name}" ---\n${JSON.stringify(facts, null, 1)}\n`);
  for (const { name, journal } of await ownJournals()) {
    process.stderr.write(`\n--- journal of ${name}, after "${task.name}" failed: its last lines ---\n${journal.split('\n').slice(-120).join('\n')}\n`);
  }
});
