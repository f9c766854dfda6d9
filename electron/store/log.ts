import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Writes one entry of the program's own log: stacks of bugs, never secrets. */
export type KeptLog = (text: string) => void;

const largest = 2_000_000;

/** The log in the home folder: one file and the one before it, 2 MB each. Never fails: it is the last resort. */
export function openLog(home: string): KeptLog {
  const path = join(home, 'forgeboard.log');
  return (text) => {
    try {
      mkdirSync(home, { recursive: true, mode: 0o700 });
      if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > largest) renameSync(path, `${path}.1`);
      appendFileSync(path, `${new Date().toISOString()} ${text}\n`, { mode: 0o600 });
    } catch {
      // Nothing is left to tell it to.
    }
  };
}
