import { Failure } from '../../shared/errors.ts';
import { unreached } from './dial.ts';
import type { Limits } from './limits.ts';
import { placeOf } from './target.ts';

interface Place {
  address: string;
  port: number;
}

const kept = 512;

/** The first bytes a server sends: they tell an SSH server from something else, and say why it hangs up. */
export class Greeting {
  #bytes = Buffer.alloc(0);

  add(chunk: Buffer): void {
    if (this.#bytes.length < kept) this.#bytes = Buffer.concat([this.#bytes, chunk.subarray(0, kept)]);
  }

  /** `OpenSSH_9.2p1 Debian-2`: what the server calls itself, without anything that does not print. */
  software(): string {
    return clean(/^SSH-[\d.]+-(.*)$/m.exec(this.#text())?.[1] ?? '', 80);
  }

  /** The failure of a connection that ended, or that ssh2 gave up, before the keys were exchanged. */
  explain(place: Place, error?: Error): Failure {
    const where = placeOf(place);
    const text = this.#text();
    if (/^SSH-/m.test(text)) {
      if (error !== undefined && /no matching/i.test(error.message)) {
        return new Failure('unsupported', `${where} offers no algorithm that ForgeBoard trusts (${clean(error.message, 120)})`, {
          hint: 'The server is too old or restricted in an unusual way. Update OpenSSH on it.',
        });
      }
      return unreached(
        'ssh',
        place,
        `${where} broke off the key exchange${error === undefined ? '' : ` (${clean(error.message, 120)})`}`,
        'Try again; if it stays, look at the SSH log on the server (journalctl -u ssh).',
      );
    }
    if (this.#bytes.length === 0) {
      return unreached(
        'ssh',
        place,
        `${where} closed the connection at once`,
        'Its SSH server may be overloaded, or refuse this address for a while. Wait a minute, then try again.',
      );
    }
    if (text.startsWith('HTTP/')) return this.#other(place, 'a web server answers');
    if (this.#bytes[0] === 0x15 || this.#bytes[0] === 0x16) return this.#other(place, 'a TLS server answers');
    if (/^(Not allowed at this time|Exceeded MaxStartups)/.test(text)) {
      return unreached(
        'ssh',
        place,
        `${where} accepts no logins at the moment: it said “${clean(text, 60)}”`,
        'It limits connections after failed ones. Wait a minute, then try again.',
      );
    }
    return this.#other(place, `no SSH server answers, but something that says “${clean(text, 60)}”`);
  }

  /** The failure of a server that leaves us waiting before the keys are exchanged. */
  stalled(place: Place, limits: Limits): Failure {
    const where = placeOf(place);
    const seconds = `${limits.handshakeMs / 1000} s`;
    if (this.#bytes.length === 0)
      return unreached('ssh', place, `${where} took the connection but said nothing for ${seconds}`, 'Something listens there that does not speak SSH, or the server hangs.');
    if (!/^SSH-/m.test(this.#text())) return this.explain(place);
    return unreached(
      'ssh',
      place,
      `${where} answered as an SSH server but stopped during the key exchange`,
      'The server hangs, or the network loses large packets (a wrong MTU, for example in a VPN).',
    );
  }

  #other(place: Place, what: string): Failure {
    return unreached('ssh', place, `on ${placeOf(place)} ${what}`, `Is ${place.port} the port of the SSH server? It is 22 unless it was changed.`);
  }

  #text(): string {
    return this.#bytes.toString('latin1');
  }
}

/** A server's words, cut and without control characters: they go into messages and logs. */
export function clean(text: string, most: number): string {
  const line = (text.split(/\r?\n/)[0] ?? '').replace(/[^\x20-\x7e]/g, '?').trim();
  return line.length > most ? `${line.slice(0, most)}…` : line;
}
