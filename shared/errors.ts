/**
 * The closed list of problems. Every failure that a user can meet has one of these codes, on the client and in the kit
 * (electron/hostkit/forgekit/failure.py holds the same list; a test compares the two).
 */
export const problems = [
  'invalid', // input breaks a rule: `field` names it
  'not-found',
  'exists', // the name is taken
  'denied', // the actor's role does not allow it
  'unreachable', // no TCP or SSH answer
  'auth-failed', // the host refused every credential offered
  'needs-input', // a secret or a decision is needed and nobody can be asked
  'host-key-unknown',
  'host-key-changed',
  'host-key-revoked',
  'unsupported', // a host, system or file kind that ForgeBoard does not handle
  'not-prepared', // the host has no kit yet
  'missing-requirement', // something on the host is lacking: python, sudo, nginx, ...
  'sudo-failed',
  'busy', // locked by another deploy or a package installation
  'port-taken',
  'disk-full',
  'build-failed',
  'start-failed', // the new release did not start or did not answer its check
  'conflict', // the host changed since the plan
  'config-invalid', // a configuration file (ours or a foreign one) is broken: named by file and line
  'kit-mismatch', // the kit on the host is newer, or not what was installed
  'limit', // too large, too many
  'unreadable', // a local file or folder cannot be read
  'cancelled',
  'timeout',
  'unknown-outcome', // the connection was lost and the host could not be asked
  'bug', // anything unforeseen: a short id, the stack is in the log
] as const;

export type Problem = (typeof problems)[number];

export interface FailureDetails {
  /** What to do about it, one sentence. */
  hint?: string | undefined;
  /** The input field at fault, by its contract name. */
  field?: string | undefined;
  /** Machine-readable facts, shown by the window and printed with --json. Never secrets. */
  facts?: Record<string, unknown> | undefined;
}

/** A failure as it crosses a door or the wire to the kit. */
export interface FailureRecord extends FailureDetails {
  problem: Problem;
  message: string;
}

/** The one error type: says what happened, and in `hint` what to do. Anything else that is thrown is a bug. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly hint: string | undefined;
  readonly field: string | undefined;
  readonly facts: Record<string, unknown> | undefined;

  constructor(
    readonly problem: Problem,
    message: string,
    details: FailureDetails = {},
  ) {
    super(message);
    this.hint = details.hint;
    this.field = details.field;
    this.facts = details.facts;
  }

  toJSON(): FailureRecord {
    return {
      problem: this.problem,
      message: this.message,
      ...(this.hint !== undefined && { hint: this.hint }),
      ...(this.field !== undefined && { field: this.field }),
      ...(this.facts !== undefined && { facts: this.facts }),
    };
  }

  /** A failure that arrived as data; an unknown code (from a newer kit, say) becomes a bug that keeps its words. */
  static from(record: FailureRecord): Failure {
    const known = (problems as readonly string[]).includes(record.problem);
    return new Failure(known ? record.problem : 'bug', record.message, record);
  }
}
