import type { Socket } from 'node:net';
import type { End } from '../../shared/rules/forward.ts';

const greetingMs = 10_000;
const most = 600;

/**
 * SOCKS5's opening (RFC 1928), without a login and for CONNECT alone: reads where a program wants to. Names are not looked up
 * here, so the server's names count. Undefined where it is something else; the socket is closed then.
 */
export function socksTarget(socket: Socket): Promise<{ to: End; answer(connected: boolean): void } | undefined> {
  return new Promise((resolve) => {
    let bytes = Buffer.alloc(0);
    let greeted = false;
    const finish = (result: Parameters<typeof resolve>[0]): void => {
      clearTimeout(timer);
      socket.off('data', read);
      socket.off('close', gone);
      if (result === undefined) socket.destroySoon();
      else socket.pause();
      resolve(result);
    };
    const gone = (): void => finish(undefined);
    const timer = setTimeout(gone, greetingMs);
    const read = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk]);
      const next = heard();
      if (next === 'more') return;
      // What a program sends before the answer is its own fault; none does.
      finish(next === 'refused' ? undefined : { to: next, answer: (connected) => void socket.write(reply(connected ? 0 : 5)) });
    };
    const heard = (): End | 'more' | 'refused' => {
      if (bytes[0] !== 5 || bytes.length > most) return 'refused';
      if (!greeted) {
        const methods = bytes[1];
        if (methods === undefined || bytes.length < 2 + methods) return 'more';
        const open = bytes.subarray(2, 2 + methods).includes(0);
        socket.write(Buffer.from([5, open ? 0 : 0xff]));
        if (!open) return 'refused';
        bytes = bytes.subarray(2 + methods);
        greeted = true;
      }
      const request = requestOf(bytes);
      if (request === 'refused') socket.write(reply(7));
      return request;
    };
    socket.on('data', read);
    socket.once('close', gone);
  });
}

const reply = (code: number): Buffer => Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0]);

/** The request's address and port; `more` where bytes are missing. */
export function requestOf(bytes: Buffer): End | 'more' | 'refused' {
  if (bytes.length < 5) return 'more';
  const [version, command, , kind, first = 0] = bytes;
  if (version !== 5 || command !== 1) return 'refused';
  const length = { 1: 4, 3: 1 + first, 4: 16 }[kind ?? 0];
  if (length === undefined) return 'refused';
  if (bytes.length < 4 + length + 2) return 'more';
  const address = bytes.subarray(4, 4 + length);
  const port = bytes.readUInt16BE(4 + length);
  if (kind === 1) return { host: [...address].join('.'), port };
  if (kind === 4) return { host: (address.toString('hex').match(/.{4}/g) ?? []).map((group) => Number.parseInt(group, 16).toString(16)).join(':'), port };
  const host = address.subarray(1).toString('latin1');
  return /^[A-Za-z0-9_.:-]{1,253}$/.test(host) ? { host, port } : 'refused';
}
