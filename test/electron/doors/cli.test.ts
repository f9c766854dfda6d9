import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Outcome } from '../../../electron/dispatch.ts';
import { visible } from '../../../shared/rules/visible.ts';
import { runCommandLine } from '../../../electron/doors/cli.ts';
import { escaped } from '../../../electron/doors/cli/ssh.ts';

let calls: [string, unknown][] = [];
let printed = '';
let said = '';

beforeEach(() => {
  [calls, printed, said] = [[], '', ''];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += text;
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

const run = (line: string[], outcome: Outcome = { ok: true, value: { hosts: [] } }, events: unknown[] = []) =>
  runCommandLine(line, {
    version: '1.2.3',
    actor: { name: 'ana@laptop', role: 'admin' },
    openFolder: (path) => `handle of ${path}`,
    terminal: () => undefined,
    command: () => undefined,
    dispatch: async (name, input, carrier) => {
      calls.push([name, input]);
      for (const event of events) await carrier.emit(event);
      return outcome;
    },
  });

describe('ssh', () => {
  it('takes everything behind the host for its command, also what looks like an option', async () => {
    await run(['ssh', 'fra-1', 'ls', '-la', '--json'], { ok: true, value: { ticket: 't' } });
    expect(calls).toEqual([['terminals.run', { host: 'fra-1', command: 'ls -la --json' }]]);
  });

  it.each([
    [['~.'], '', true],
    [['ls\r', '~', '.', 'x'], 'ls\r', true],
    [['a~.'], 'a~.', false],
    [['\r~~.'], '\r~.', false],
    [['~', 'x\r'], '~x\r', false],
  ])('sends %j as %j, and leaves: %s', (keys, sent, leaves) => {
    const typed = escaped();
    const all = keys.map(typed);
    const end = all.findIndex(({ leave }) => leave);
    expect([(end === -1 ? all : all.slice(0, end + 1)).map(({ text }) => text).join(''), end !== -1]).toEqual([sent, leaves]);
  });
});

describe('the command line', () => {
  it.each<[string[], string, unknown]>([
    [['hosts', 'add', 'fra-1', 'root@h', '--identity', '/k'], 'hosts.add', { name: 'fra-1', address: 'root@h', identity: '/k' }],
    [['servers', 'list'], 'hosts.list', {}],
    [['deploy', '/srv/shop', '--host', 'fra-1', '--app', 'shop'], 'deployments.start', { folder: 'handle of /srv/shop', host: 'fra-1', app: 'shop' }],
    [['deployments', 'start', '/srv/shop', '--host', 'fra-1'], 'deployments.start', { folder: 'handle of /srv/shop', host: 'fra-1' }],
    [['logs', 'shop', '--host', 'fra-1', '--follow'], 'logs.tail', { app: 'shop', host: 'fra-1', follow: true }],
    [['logs', 'tail', 'shop', '--host', 'fra-1'], 'logs.tail', { app: 'shop', host: 'fra-1' }],
    [
      ['logs', 'shop', '--host', 'fra-1', '--since', '2h', '--level', 'error', '--grep', 'a b', '--release', '47', '--source', 'web,nginx:access', '--status', '5xx'],
      'logs.tail',
      { app: 'shop', host: 'fra-1', since: '2h', level: 'error', grep: 'a b', release: '47', source: 'web,nginx:access', status: '5xx' },
    ],
    [['logs', 'host', 'fra-1', '--unit', 'nginx'], 'logs.host', { host: 'fra-1', unit: 'nginx' }],
    [['apps', 'remove', 'shop', '--host', 'fra-1', '--yes'], 'apps.remove', { app: 'shop', host: 'fra-1', archive: true, yes: true }],
    [['apps', 'remove', 'shop', '--host', 'fra-1', '--no-archive'], 'apps.remove', { app: 'shop', host: 'fra-1', archive: false }],
  ])('spells %j as %s', async (line, name, input) => {
    await run(line);
    expect(calls).toEqual([[name, input]]);
  });

  it('prints one JSON document for a query and one event a line for what streams', async () => {
    await run(['hosts', 'list', '--json'], { ok: true, value: { hosts: [] } });
    expect(printed).toBe('{"hosts":[]}\n');
    printed = '';
    await run(['deploy', '/x', '--host', 'h', '--json'], { ok: true, value: { release: 2 } }, [{ type: 'note', text: 'n' }]);
    expect(
      printed
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { type: 'note', text: 'n' },
      { type: 'result', value: { release: 2 } },
    ]);
    expect(said).toBe('');
  });

  it('prints one JSON document, and no progress, where the result is a document', async () => {
    await run(['inspect', '/x', '--json'], { ok: true, value: { app: true } }, [{ type: 'reading', files: 1, modules: 1, of: 1 }]);
    expect(calls).toEqual([['imports.inspect', { folder: 'handle of /x' }]]);
    expect(printed).toBe('{"app":true}\n');
    expect(said).toBe('');
  });

  it.each<[Outcome, number]>([
    [{ ok: true, value: { hosts: [] } }, 0],
    [{ ok: false, failure: { problem: 'busy', message: 'm' } }, 1],
    [{ ok: false, failure: { problem: 'invalid', message: 'm' } }, 2],
    [{ ok: false, failure: { problem: 'unknown-outcome', message: 'm' } }, 3],
  ])('ends %j with %i', async (outcome, code) => expect(await run(['hosts', 'list'], outcome)).toBe(code));

  it.each([[['nonsense']], [['hosts', 'add', 'x']], [['deploy', '/x']], [['hosts', 'list', '--nonsense']]])('ends wrong use %j with 2', async (line) => {
    expect(await run(line)).toBe(2);
    expect(calls).toEqual([]);
  });

  it('says field, what happened, what to do and the code, on stderr', async () => {
    await run(['hosts', 'list'], { ok: false, failure: { problem: 'not-found', message: 'No server is called x', hint: 'Known: fra-1', field: 'host' } });
    expect([printed, said]).toEqual(['', 'host: No server is called x\nKnown: fra-1\n(not-found)\n']);
  });

  it('shows control and bidi characters of hosts as marks', () => {
    expect(visible('a\u001b[31mb\u202ec\u0007')).toBe('a\\u{1b}[31mb\\u{202e}c\\u{7}');
  });
});
