import type { Failure } from '../../shared/errors.ts';

const first = 500;
const most = 30_000;
// A SYN costs a server nothing, and a network that comes back should be noticed within 5 s. An SSH server that was
// reached but failed is left alone for longer: newer sshd punishes those who come back too often.
const mostUnreached = 4_000;

/** How long to wait after the n-th failure in a row (from 1): 0.5, 1, 2, ... s, at most 30 s, or 4 s if nothing answered. */
export function backoffMs(failures: number, failure: Failure): number {
  const reached = failure.facts?.stage === 'ssh';
  return Math.min(first * 2 ** Math.min(failures - 1, 10), reached ? most : mostUnreached);
}
