import type { Rule } from './refine.ts';

/** A host and port at one end of a forward. */
export interface End {
  host: string;
  port: number;
}

export type ForwardKind = 'local' | 'remote' | 'dynamic';

export interface Forward {
  /** Where connections are taken: on this computer, or on the server for `remote`. */
  listen: End;
  /** Where they lead to, as the other side sees it; null where each says it itself (`dynamic`). */
  to: End | null;
}

const forms = 'Accepted: 5433:5432, 5433:db.internal:5432, 127.0.0.1:5433:[2001:db8::1]:5432; with --dynamic 1080 or 127.0.0.1:1080';

/** Reads what `ssh -L`, `-R` and `-D` take. Without a host it is 127.0.0.1, at either end. */
export function parseForward(text: string, kind: ForwardKind): Forward | { wrong: string } {
  const parts = [...text.matchAll(/(?:^|:)(\[[0-9a-fA-F:.]+\]|[^:[\]]*)(?=:|$)/g)].map(([, part = '']) => part.replace(/^\[|\]$/g, ''));
  if (parts.length === 0 || text.length > 600 || parts.join(':').length !== text.replace(/[[\]]/g, '').length) return { wrong: `"${text}" is no forward. ${forms}` };
  const last = parts.pop() ?? '';
  const ends: End[] = [];
  const end = (host: string, port: string): string | null => {
    if (!/^(0|[1-9]\d{0,4})$/.test(port) || Number(port) > 65_535) return `The port "${port}" is not a whole number up to 65535. ${forms}`;
    if (!/^[A-Za-z0-9_.:*-]{1,253}$/.test(host) || host.startsWith('-')) return `"${host}" is not a host. ${forms}`;
    ends.push({ host: host === '*' ? '0.0.0.0' : host, port: Number(port) });
    return null;
  };
  const isPort = (part: string | undefined): boolean => part !== undefined && /^\d+$/.test(part);
  let wrong: string | null;
  if (kind === 'dynamic') wrong = parts.length > 1 ? `A dynamic forward takes [BIND:]PORT. ${forms}` : end(parts[0] ?? '127.0.0.1', last);
  else {
    // From the right: the port, the host where the part before is none, then the listener.
    const host = isPort(parts.at(-1)) && parts.length <= 2 ? '127.0.0.1' : parts.pop();
    const port = parts.pop();
    const bind = parts.pop() ?? '127.0.0.1';
    if (host === undefined || port === undefined || parts.length > 0) wrong = `A forward has two ends. ${forms}`;
    else wrong = end(bind, port) ?? end(host, last);
  }
  const [listen, to] = ends;
  if (wrong !== null || listen === undefined) return { wrong: wrong ?? forms };
  if (to?.port === 0) return { wrong: `Port 0 leads nowhere. ${forms}` };
  return { listen, to: to ?? null };
}

/** Whether it can be a forward of some kind; which one is said beside it. */
export const forwardRule: Rule = (text) => {
  const found = (['local', 'dynamic'] as const).map((kind) => parseForward(text, kind));
  const [local] = found;
  return found.some((each) => !('wrong' in each)) || local === undefined || !('wrong' in local) ? null : local.wrong;
};

export const endText = ({ host, port }: End): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;
