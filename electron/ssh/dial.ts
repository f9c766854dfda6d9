import { Socket } from 'node:net';
import { Failure } from '../../shared/errors.ts';
import type { Limits } from './limits.ts';
import { placeOf } from './target.ts';
import { cancelled, onAbort } from './waiting.ts';

/** How far a connection came before it failed; back-off differs, since only `ssh` costs the server anything. */
export type Stage = 'dns' | 'tcp' | 'ssh';

/** A failure to reach the server, with the stage among its facts. */
export function unreached(stage: Stage, place: { address: string; port: number }, message: string, hint: string): Failure {
  return new Failure('unreachable', message, { hint, facts: { stage, address: place.address, port: place.port } });
}

/** Opens the TCP connection. Cancelling destroys the socket; the server sees at most an opened and closed port. */
export function dial(place: { address: string; port: number }, limits: Limits, signal?: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = new Socket();
    const finish = (failure?: Failure): void => {
      clearTimeout(timer);
      off();
      socket.off('connect', connected);
      if (failure === undefined) resolve(socket);
      else {
        socket.destroy();
        reject(failure);
      }
    };
    const connected = (): void => {
      // ssh2 leaves Nagle on: one small request and its answer then take 43 ms instead of 0.3 ms (measured).
      socket.setNoDelay(true);
      finish();
    };
    // Stays for the socket's life: an error nobody listens to would end the process (ssh2 #359, #864, #1022).
    socket.on('error', (error) => finish(explain(error, place)));
    socket.once('connect', connected);
    const timer = setTimeout(() => finish(noAnswer(place, limits)), limits.connectMs);
    const off = onAbort(signal, () => finish(cancelled()));
    if (signal?.aborted === true) return;
    // autoSelectFamily: a name with an IPv6 address that leads nowhere falls back to IPv4, as browsers do. The default
    // of 250 ms an attempt would give up on far servers.
    socket.connect({ host: place.address, port: place.port, autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 2_500 });
  });
}

function noAnswer(place: { address: string; port: number }, limits: Limits): Failure {
  return unreached('tcp', place, `${placeOf(place)} did not answer within ${limits.connectMs / 1000} s`, `Is the server on, and does a firewall let port ${place.port} through?`);
}

/** Node's connection errors in words. With several addresses they come as one error that holds one for each. */
function explain(error: Error, place: { address: string; port: number }): Failure {
  const all = error instanceof AggregateError ? (error.errors as NodeJS.ErrnoException[]) : [error as NodeJS.ErrnoException];
  const codes = [(error as NodeJS.ErrnoException).code, ...all.map((each) => each.code)].filter((code) => code !== undefined);
  const has = (...wanted: string[]): boolean => codes.some((code) => wanted.includes(code));
  if (has('ENOTFOUND', 'EAI_NONAME', 'EAI_NODATA')) return unreached('dns', place, `the name ${place.address} is not known`, 'Check the spelling, or give the IP address.');
  if (has('EAI_AGAIN', 'EAI_FAIL')) return unreached('dns', place, `the name ${place.address} could not be looked up`, 'Is this computer online?');
  if (has('ECONNREFUSED'))
    return unreached(
      'tcp',
      place,
      `${place.address} refused the connection on port ${place.port}`,
      'The server is up, but nothing listens there. Is this the right SSH port, and does sshd run?',
    );
  if (has('ENETUNREACH', 'EHOSTUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL'))
    return unreached('tcp', place, `there is no route to ${place.address}`, 'Is this computer online, and on the right network or VPN?');
  if (has('ETIMEDOUT', 'ERR_SOCKET_CONNECTION_TIMEOUT'))
    return unreached('tcp', place, `${placeOf(place)} did not answer`, `Is the server on, and does a firewall let port ${place.port} through?`);
  return unreached('tcp', place, `no connection to ${placeOf(place)} (${codes[0] ?? error.message})`, 'Is this computer online?');
}
