import { afterEach } from 'vitest';
import { ownJournals } from './host.ts';

/** A failed test on real hosts shows what they had to say. */
afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return;
  for (const { name, journal } of await ownJournals()) {
    process.stderr.write(`\n--- journal of ${name}, after "${task.name}" failed: its last lines ---\n${journal.split('\n').slice(-120).join('\n')}\n`);
  }
});
