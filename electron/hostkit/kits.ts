import type { Question } from '../../shared/contract/questions.ts';
import type { Host } from '../../shared/contract/hosts.ts';
import { Failure } from '../../shared/errors.ts';
import { formatAddress } from '../../shared/rules/address.ts';
import { Secret } from '../../shared/secret.ts';
import type { Connections } from '../ssh/connections.ts';
import type { Credentials } from '../ssh/credentials.ts';
import { type Kit, openKit } from './hostkit.ts';

/** Who can be asked while a host is reached, and how to give up. */
export interface Asker {
  ask(question: Question): Promise<Secret | boolean | undefined>;
  signal: AbortSignal;
}

/** The kit of each host: one for everybody, and more for bulk data and streams, all on the host's one connection. */
export interface Kits {
  /** The shared kit, opened when it is first wanted and again when it went. */
  get(host: Host, asker: Asker): Promise<Kit>;
  /** A kit on a channel of its own; whoever opens it closes it. */
  open(host: Host, asker: Asker): Promise<Kit>;
  /** Ends the host's kit and connection. */
  close(name: string): void;
  closeAll(): void;
}

/** @param log receives what kits say on stderr: the stacks of their bugs, with the id that the user sees. */
export function createKits(connections: Connections, log: (text: string) => void): Kits {
  const shared = new Map<string, Promise<Kit>>();

  const open = async (host: Host, asker: Asker): Promise<Kit> => {
    const credentials = credentialsOf(asker);
    const connection = await connections.get(
      { name: host.name, target: { address: host.address, port: host.port, user: host.user, identity: host.identity ?? undefined } },
      { credentials, signal: asker.signal },
    );
    return openKit((command) => connection.exec(command, { signal: asker.signal }), {
      user: host.user,
      askSudo: (attempt) => credentials.ask({ kind: 'sudo-password', host: host.name, subject: formatAddress({ user: host.user, host: host.address, port: host.port }), attempt }),
      signal: asker.signal,
      log: (text) => log(`kit on ${host.name}: ${text}`),
    });
  };

  return {
    open,
    async get(host, asker) {
      const known = shared.get(host.name);
      if (known !== undefined) return known;
      // The channel must outlive the call that opened it: its signal may only end the waiting.
      const opening = open(host, { ...asker, signal: new AbortController().signal });
      shared.set(host.name, opening);
      const forget = () => shared.get(host.name) === opening && shared.delete(host.name);
      opening.then((kit) => kit.closed.then(forget, forget), forget);
      return untilAborted(opening, asker.signal);
    },
    close(name) {
      shared.get(name)?.then(
        (kit) => kit.close(),
        () => {},
      );
      shared.delete(name);
      connections.close(name);
    },
    closeAll() {
      for (const opening of shared.values())
        opening.then(
          (kit) => kit.close(),
          () => {},
        );
      shared.clear();
      connections.closeAll();
    },
  };
}

/** Secrets from whoever can be asked; a decision is no secret. */
export function credentialsOf(asker: Pick<Asker, 'ask'>): Credentials {
  return {
    async ask(question) {
      const answer = await asker.ask(question);
      return answer instanceof Secret ? answer : undefined;
    },
  };
}

/** Gives up waiting when the caller does; what was waited for goes on for others. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new Failure('cancelled', 'Cancelled'));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
