import ssh2, { type Algorithms, type Client, type NegotiatedAlgorithms } from 'ssh2';
import { Failure } from '../../shared/errors.ts';
import { unreached } from './dial.ts';
import { Greeting } from './greeting.ts';
import { type HostKey, hostKeyOf } from './host-key.ts';
import type { Limits } from './limits.ts';
import type { Login } from './login.ts';
import { placeOf, type SshTarget } from './target.ts';
import { cancelled, Deadline, onAbort } from './waiting.ts';
import type { Wire } from './wire.ts';

export interface HandshakeOptions {
  target: SshTarget;
  algorithms: Algorithms;
  /** Judges the server's key: a failure refuses it, before any authentication request. There is no connecting without one. */
  judge: (key: HostKey) => Failure | undefined;
  /** Told of the keys that the server proves to hold, some time after the login. */
  proven?: ((keys: HostKey[]) => void) | undefined;
  login: Login;
  /** Told when the server is known and the login begins. */
  onLogin?: (() => void) | undefined;
  limits: Limits;
  signal?: AbortSignal | undefined;
}

/** A connection whose server is known and has let us in. */
export interface Session {
  client: Client;
  key: HostKey;
  negotiated: NegotiatedAlgorithms;
  /** How the server names its software. */
  server: string;
}

/** Exchanges keys, judges the server's, and logs in. On any failure the socket is destroyed. */
export function handshake(socket: Wire, options: HandshakeOptions): Promise<Session> {
  const { target, login, limits, signal } = options;
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    const greeting = new Greeting();
    const attempts = login.attempts(signal);
    let key: HostKey | undefined;
    let negotiated: NegotiatedAlgorithms | undefined;
    let weight = 1;
    let settled = false;

    const fail = (failure: unknown): void => {
      if (settled) return;
      settle();
      reject(failure);
      void attempts.return();
      socket.destroy();
    };
    const settle = (): void => {
      settled = true;
      deadline.clear();
      off();
      socket.off('data', listen);
      login.signing = () => {};
      login.broken = () => {};
    };
    const deadline = new Deadline(() => fail(negotiated === undefined ? greeting.stalled(target, limits) : noReply(target, limits)));
    const listen = (chunk: Buffer): void => greeting.add(chunk);

    // These stay for the client's life: ssh2 may report errors after `close` and after `end()`.
    client.on('error', (error: Error & { level?: string; code?: unknown }) => {
      if (error.level === 'agent') return; // one agent key could not sign; ssh2 goes on with the next
      if (error.level === 'client-authentication') return fail(login.failure());
      if (negotiated !== undefined) return fail(hungUp(target, login, error));
      fail(greeting.explain(target, error));
    });
    client.on('close', () => fail(negotiated === undefined ? greeting.explain(target) : hungUp(target, login)));
    client.on('change password', () =>
      fail(new Failure('auth-failed', `the password of ${target.user} on ${login.host} has expired`, { hint: `Set a new one: ssh ${target.user}@${target.address}` })),
    );
    client.on('hostkeys', (keys) => options.proven?.(keys.map((each) => hostKeyOf(each.getPublicSSH())).filter((each) => each !== undefined)));
    client.on('handshake', (agreed) => {
      if (negotiated !== undefined) return; // a later key exchange
      negotiated = agreed;
      deadline.set(limits.authReplyMs, 'login');
    });
    client.once('ready', () => {
      if (settled || key === undefined || negotiated === undefined) return;
      settle();
      login.accepted();
      resolve({ client, key, negotiated, server: greeting.software() });
    });

    const off = onAbort(signal, () => fail(cancelled()));
    if (signal?.aborted === true) return;
    login.signing = (busy) => (busy ? deadline.clear() : deadline.set(limits.authReplyMs * weight, 'login'));
    login.broken = fail;
    deadline.set(limits.handshakeMs, 'handshake');
    client.connect({
      sock: socket,
      username: target.user,
      ident: 'ForgeBoard',
      algorithms: options.algorithms,
      readyTimeout: 0, // ours: ssh2's would also count the time that people need to answer
      keepaliveInterval: limits.keepaliveMs,
      keepaliveCountMax: 3,
      hostVerifier: (blob: Buffer): boolean => {
        const shown = hostKeyOf(blob);
        const failure = shown === undefined ? new Failure('unsupported', `${placeOf(target)} showed a host key that cannot be read`) : options.judge(shown);
        if (failure === undefined) key = shown;
        else fail(failure);
        return failure === undefined;
      },
      authHandler: (left, _partial, next) => {
        deadline.clear(); // a person may be asked now
        options.onLogin?.();
        login.refused(left);
        attempts.next().then((step) => {
          if (settled) return;
          if (step.done === true) return fail(login.failure());
          weight = step.value.weight;
          deadline.set(limits.authReplyMs * weight, 'login');
          next(step.value.method);
        }, fail);
      },
    });
    // Only after connect(): it pauses the socket, so listening here does not take the first bytes away from ssh2.
    socket.on('data', listen);
  });
}

/** The end of a connection during login: mostly "Too many authentication failures", or a person who took too long. */
function hungUp(target: SshTarget, login: Login, error?: Error & { code?: unknown }): Failure {
  if (error !== undefined && typeof error.code === 'number') return login.failure(error.message);
  return unreached(
    'ssh',
    target,
    `${placeOf(target)} closed the connection during login`,
    'The server may limit logins for a while after failed ones. Wait a minute, then try again.',
  );
}

const noReply = (target: SshTarget, limits: Limits): Failure =>
  unreached('ssh', target, `${placeOf(target)} did not answer the login for ${limits.authReplyMs / 1000} s`, 'The server may be overloaded, or its user database does not answer.');
