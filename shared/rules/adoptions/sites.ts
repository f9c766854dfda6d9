import { domainRule } from '../domains.ts';
import type { NginxFacts } from './facts.ts';

/** Which bytes of an nginx file say where an app listens, and what they say once it lies in slots. */
export interface SiteEdit {
  path: string;
  digest: string;
  changes: { start: number; end: number; line: number; directive: string; before: string; text: string }[];
}

/** How nginx leads to an app. */
export interface LedBy {
  files: string[];
  domains: string[];
  https: boolean;
  /** Where it answers without a domain: a port of the host. */
  port: number | null;
  certificate: string | null;
  /** Why its words are not ours to change. */
  problem: string | null;
}

interface Leads extends LedBy {
  /** Edits that lead to the slots of an app of this name. */
  edits: (app: string) => SiteEdit[];
}

/** Where the servers of nginx lead that lead to one of these addresses; null where none does. */
export function ledBy(listens: readonly string[], nginx: NginxFacts): Leads | null {
  const pools = nginx.upstreams.filter(({ servers }) => servers.some(({ target }) => isOne(target, listens)));
  const leads = (target: string) => isOne(address(target) ?? '', listens) || pools.some(({ name }) => name === host(target));
  const servers = nginx.servers.filter(({ passes }) => passes.some(({ target, kind }) => leads(kind === 'proxy_pass' ? target : `http://${target}`)));
  if (servers.length === 0) return null;
  const passes = servers.flatMap((server) => server.passes.filter(({ target, kind }) => leads(kind === 'proxy_pass' ? target : `http://${target}`)));
  const direct = passes.filter(({ target }) => !pools.some(({ name }) => name === host(target)));
  const used = pools.filter(({ name }) => passes.some(({ target }) => host(target) === name));
  const words = [
    ...direct.map((one) => ({ ...one, isUrl: true, directive: one.kind })),
    ...used.flatMap((pool) => pool.servers.map((one) => ({ ...one, isUrl: false, directive: 'server' }))),
  ];
  const files = [...new Set(words.map(({ file }) => file))];
  const names = [...new Set(servers.flatMap((server) => server.names))].filter((name) => domainRule(name) === null);
  const tls = servers.filter(({ certificate, listens: at }) => certificate !== null || at.some((words) => /\bssl\b/.test(words)));
  const problem =
    passes.find(({ kind }) => kind !== 'proxy_pass') !== undefined
      ? 'nginx does not speak HTTP to it'
      : direct.some(({ target }) => target.startsWith('https:'))
        ? 'nginx speaks HTTPS to it'
        : used.some(({ keepalive }) => keepalive)
          ? 'its upstream keeps connections open (keepalive), which would go on reaching an old release'
          : used.some((pool) => pool.servers.length > 1)
            ? 'its upstream has several servers'
            : direct.some(({ target }) => !/^[\w./$-]*$/.test(uri(target)))
              ? 'its address in nginx has a path that is not plain'
              : (files.find((file) => !file.startsWith('/etc/nginx/')) ?? null) !== null
                ? 'its site lies outside of /etc/nginx'
                : null;
  return {
    files,
    domains: names,
    https: tls.length > 0,
    port: Number(/(\d+)(?:\s|$)/.exec(servers[0]?.listens[0] ?? '80')?.[1] ?? 80),
    certificate: tls.find(({ certificate }) => certificate !== null)?.certificate ?? null,
    problem,
    edits: (app) =>
      files.map((path) => {
        const mine = words.filter(({ file }) => file === path).map((word) => ({ ...word, text: socketOf(app, word.isUrl, word.target) }));
        const changes = mine.map(({ start, end, line, directive, target, text }) => ({ start, end, line, directive, before: target, text }));
        const once = new Map(changes.map((change) => [change.start, change]));
        return { path, digest: nginx.digests[path] ?? '', changes: [...once.values()].sort((one, other) => one.start - other.start) };
      }),
  };
}

function socketOf(app: string, isUrl: boolean, target: string): string {
  const socket = `unix:/srv/forgeboard/${app}/live/app.sock`;
  const path = uri(target);
  return isUrl ? `http://${socket}${path === '' ? '' : `:${path}`}` : socket;
}

const scheme = /^https?:\/\//;

/** "unix:/run/x.sock" of "http://unix:/run/x.sock:/path", "127.0.0.1:8000" of "http://127.0.0.1:8000/path". */
function address(target: string): string | null {
  const rest = target.replace(scheme, '');
  return /^unix:([^:]+)/.exec(rest)?.[0] ?? /^[^/]+/.exec(rest)?.[0] ?? null;
}

const host = (target: string) => (scheme.test(target) ? (/^[^/:]+/.exec(target.replace(scheme, ''))?.[0] ?? '') : '');

/** What follows the address: it replaces the part of the path that its location names. */
function uri(target: string): string {
  const rest = target.replace(scheme, '');
  return rest.startsWith('unix:') ? (/^unix:[^:]+:(.*)$/.exec(rest)?.[1] ?? '') : rest.slice(/^[^/]*/.exec(rest)?.[0].length ?? 0);
}

/** Whether an address of nginx is one of those where the app listens. */
function isOne(target: string, listens: readonly string[]): boolean {
  if (target.startsWith('unix:')) return listens.includes(target);
  const [, name = '', port = ''] = /^(127\.0\.0\.1|localhost|\[::1\]|0\.0\.0\.0)(?::(\d+))?$/.exec(target) ?? [];
  if (name === '') return false;
  return listens.some((one) => !one.startsWith('unix:') && one.endsWith(`:${port === '' ? '80' : port}`) && /^(127\.0\.0\.1|0\.0\.0\.0|\[::1?\]):/.test(one));
}
