import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/** A fresh folder, removed after the test. */
export function folder(): string {
  const made = mkdtempSync(path.join(tmpdir(), 'forgeboard-ssh-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** Whether OpenSSH's ssh-keygen is on this machine; tests that compare with it are skipped where it is not. */
export const hasSshKeygen = (() => {
  try {
    execFileSync('ssh-keygen', ['-?'], { stdio: 'ignore' });
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
})();

export const sshKeygen = (...argv: string[]): string => execFileSync('ssh-keygen', argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
