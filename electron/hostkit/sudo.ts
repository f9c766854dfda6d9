import { Failure } from '../../shared/errors.ts';
import { exits } from './remote.ts';

/** Why sudo did not let us through; machine-readable in the failure's facts. */
type Reason = 'not-allowed' | 'requiretty' | 'expired' | 'no-password-on-stdin';

// LC_ALL=C is set by the command, so these are the words of sudo 1.9 and of sudo-rs.
const complaints: [RegExp, Reason][] = [
  [/not in the sudoers file|is not allowed to (run|execute)|may not run sudo|not allowed to run sudo|I'm sorry \S+\. I'm afraid/i, 'not-allowed'],
  [/sorry, you must have a tty/i, 'requiretty'],
  [/(account|password) (or password )?(is |has )?expired|account validation failure/i, 'expired'],
  // sudo-rs (Ubuntu 25.10 and newer) reads passwords from a terminal only.
  [/terminal is required|no tty|not a terminal|cannot open \/dev\/tty|unexpected argument.*-S/i, 'no-password-on-stdin'],
];

/** Whether `sudo -n` said that it would need a password. */
export function needsPassword(stderr: string): boolean {
  return /password is required|authentication (is )?required/i.test(stderr);
}

const prepareAsRoot = 'Connect once as root and run prepare: it gives this user a rule for the kit alone.';

/** The failure behind an exit code or complaint that came instead of the kit's greeting; undefined where neither says. */
export function refusal(user: string, code: number | null, stderr: string): Failure | undefined {
  if (code === exits.noPython) {
    return new Failure('missing-requirement', 'the host has no /usr/bin/python3', { hint: 'Install it: apt install python3' });
  }
  if (code === exits.oldPython) {
    return new Failure('unsupported', "the host's Python is older than 3.9", { hint: 'Supported: Debian 11 to 13, Ubuntu 22.04 to 26.04.' });
  }
  if (code === exits.noSudo) {
    return new Failure('missing-requirement', `the host has no sudo, and ${user} is not root`, {
      hint: 'Connect as root, or install sudo as root: apt install sudo',
    });
  }
  const reason = complaints.find(([pattern]) => pattern.test(stderr))?.[1];
  const facts = { reason };
  switch (reason) {
    case 'not-allowed':
      return new Failure('sudo-failed', `${user} may not use sudo on this host`, { hint: prepareAsRoot, facts });
    case 'requiretty':
      return new Failure('sudo-failed', 'sudo on this host wants a terminal (requiretty)', {
        hint: `Take requiretty out of its sudoers file. ${prepareAsRoot}`,
        facts,
      });
    case 'expired':
      return new Failure('sudo-failed', `the account or password of ${user} has expired`, { hint: 'Sign in by hand and set a new password.', facts });
    case 'no-password-on-stdin':
      return new Failure('missing-requirement', "this host's sudo takes a password from a terminal only", { hint: prepareAsRoot, facts });
    case undefined:
      return undefined;
  }
}

/** After the second wrong password: a third try could lock the account. */
export function wrongPassword(user: string): Failure {
  return new Failure('sudo-failed', `sudo refused the password of ${user}`, { facts: { reason: 'wrong-password' } });
}

/** Nobody could be asked for the password that sudo needs. */
export function passwordNeeded(user: string): Failure {
  return new Failure('needs-input', `sudo needs the password of ${user}`, {
    hint: `Run it where it can ask for the password. ${prepareAsRoot}`,
  });
}
