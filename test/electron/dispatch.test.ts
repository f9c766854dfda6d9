import { describe, expect, it } from 'vitest';
import { type AllHandlers, type Carrier, createDispatch, operations } from '../../electron/dispatch.ts';
import { Failure } from '../../shared/errors.ts';
import type { Role } from '../../shared/rules/permissions.ts';

const carrier = (role: Role = 'admin', signal = new AbortController().signal): Carrier => ({
  actor: { name: 'ana@laptop', role },
  emit: () => {},
  ask: async () => undefined,
  signal,
});

/** Handlers whose `hosts.list` and `hosts.get` do as told; the others are never reached here. */
function dispatchWith(list: () => Promise<unknown>, log: (line: string) => void = () => {}) {
  return createDispatch({ hosts: { list, get: list } } as unknown as AllHandlers, log);
}

describe('the one path of every call', () => {
  it('finds no operation that the contract does not list, whatever it is called', async () => {
    const dispatch = dispatchWith(async () => ({ hosts: [] }));
    for (const name of ['hosts.nothing', 'toString', '__proto__.toString', 'hosts', '', 'constructor.constructor']) {
      expect(await dispatch(name, {}, carrier())).toMatchObject({ ok: false, failure: { problem: 'invalid' } });
    }
  });

  it('refuses a role that the operation does not allow, before the input is looked at', async () => {
    expect(await dispatchWith(async () => ({}))('hosts.add', 'nonsense', carrier('dev'))).toMatchObject({ ok: false, failure: { problem: 'denied' } });
  });

  it('names the field of a broken rule', async () => {
    expect(await dispatchWith(async () => ({}))('hosts.get', { name: 'a;b' }, carrier())).toMatchObject({ ok: false, failure: { problem: 'invalid', field: 'name' } });
  });

  it('passes failures on as data and hides anything else behind a number that is in the log', async () => {
    const lines: string[] = [];
    const failing = dispatchWith(async () => Promise.reject(new Failure('busy', 'locked', { hint: 'wait' })));
    expect(await failing('hosts.list', {}, carrier())).toEqual({ ok: false, failure: { problem: 'busy', message: 'locked', hint: 'wait' } });
    const broken = dispatchWith(
      async () => Promise.reject(new TypeError('secret detail')),
      (line) => lines.push(line),
    );
    const outcome = await broken('hosts.list', {}, carrier());
    expect(JSON.stringify(outcome)).not.toContain('secret detail');
    expect(outcome).toMatchObject({ failure: { problem: 'bug' } });
    expect(lines.join()).toContain('secret detail');
  });

  it('says cancelled when the caller gave up', async () => {
    const dispatch = dispatchWith(async () => Promise.reject(new Error('aborted')));
    expect(await dispatch('hosts.list', {}, carrier('admin', AbortSignal.abort()))).toMatchObject({ failure: { problem: 'cancelled' } });
  });

  it('holds handlers to the shape of their output', async () => {
    expect(await dispatchWith(async () => ({ hosts: [{ password: 'x' }] }))('hosts.list', {}, carrier())).toMatchObject({ failure: { problem: 'bug' } });
  });

  it('has a sentence, a permission and both shapes for every operation', () => {
    for (const [name, { summary, input, output }] of operations) {
      expect(summary, name).toMatch(/^[A-Z].*\.$/s);
      expect([input, output].every(Boolean), name).toBe(true);
    }
  });
});
