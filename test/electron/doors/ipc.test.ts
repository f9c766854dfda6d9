import { describe, expect, it } from 'vitest';
import type { Carrier, Dispatch, Outcome } from '../../../electron/dispatch.ts';
import { operations } from '../../../electron/dispatch.ts';
import { serveControl } from '../../../electron/doors/ipc.ts';
import { isPlainAndSmall } from '../../../electron/doors/ipc/limits.ts';
import { highWater, messageLimits, toPage } from '../../../shared/bridge.ts';
import { Secret } from '../../../shared/secret.ts';
import { settled, TestPort } from './port.ts';

/** A door whose operations do what the test says. */
function door(run: (name: string, input: unknown, carrier: Carrier) => Promise<unknown>) {
  const port = new TestPort();
  const logged: string[] = [];
  const dispatch: Dispatch = async (name, input, carrier): Promise<Outcome> => {
    try {
      return { ok: true, value: await run(name, input, carrier) };
    } catch (error) {
      return { ok: false, failure: { problem: 'bug', message: String(error) } };
    }
  };
  serveControl(port, { dispatch, actor: { name: 'ana@laptop', role: 'admin' }, log: (text) => logged.push(text) });
  return { port, logged };
}
const call = (id: number, name = 'hosts.list', input: unknown = {}) => ({ type: 'call', id, name, input });
const forever = (_name: string, _input: unknown, { signal }: Carrier) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));

describe('the door of the window', () => {
  it('brings a call to dispatch and its outcome back, in the form that pages parse', async () => {
    const { port } = door(async (name, input, { actor }) => ({ name, input, actor: actor.name }));
    port.say(call(7, 'hosts.get', { name: 'shop-1' }));
    await settled();
    expect(port.received).toEqual([{ type: 'outcome', id: 7, outcome: { ok: true, value: { name: 'hosts.get', input: { name: 'shop-1' }, actor: 'ana@laptop' } } }]);
    expect(toPage.safeParse(port.received[0]).success).toBe(true);
  });

  it('holds a stream back when the page has not taken 256 events, and goes on when it has', async () => {
    let sent = 0;
    const { port } = door(async (_name, _input, { emit }) => {
      for (; sent < 1000; sent++) await emit({ n: sent });
    });
    port.say(call(1, 'logs.tail'));
    await settled(10);
    expect(port.of('event')).toHaveLength(highWater);
    port.say({ type: 'taken', id: 1, events: highWater / 2 - 1 });
    await settled(10);
    expect(port.of('event')).toHaveLength(highWater);
    port.say({ type: 'taken', id: 1, events: highWater });
    await settled(10);
    expect(port.of('event')).toHaveLength(2 * highWater);
    // More than was sent is a lie, and opens nothing.
    port.say({ type: 'taken', id: 1, events: 1e9 });
    await settled(10);
    expect(port.of('event')).toHaveLength(2 * highWater);
  });

  it('cancels a call that waits for a slow page, an answer or the server', async () => {
    const ends: string[] = [];
    const { port } = door(async (name, _input, { emit, ask, signal }) => {
      if (name === 'logs.tail') while (!signal.aborted) await emit({});
      else if (name === 'hosts.add') ends.push(await ask({ kind: 'confirm', text: 'Trust?', lines: [], verb: 'Trust' }).then(String, (error) => error.problem));
      else await forever(name, _input, { signal } as Carrier);
      ends.push(name);
    });
    for (const [id, name] of ['logs.tail', 'hosts.add', 'hosts.check'].entries()) port.say(call(id, name));
    await settled(10);
    for (const id of [0, 1, 2]) port.say({ type: 'cancel', id });
    await settled(10);
    expect(ends.sort()).toEqual(['cancelled', 'hosts.add', 'logs.tail']);
    expect(port.of('outcome')).toHaveLength(3);
  });

  it('makes a typed answer a Secret before anything sees it, and a decision true or false', async () => {
    const answers: unknown[] = [];
    const { port } = door(async (_name, _input, { ask }) => {
      answers.push(await ask({ kind: 'passphrase', host: 'shop-1', subject: 'the key', attempt: 1 }));
      answers.push(await ask({ kind: 'passphrase', host: 'shop-1', subject: 'the key', attempt: 2 }));
      answers.push(await ask({ kind: 'confirm', text: 'Remove?', lines: [], verb: 'Remove' }));
      answers.push(await ask({ kind: 'confirm', text: 'Remove?', lines: [], verb: 'Remove' }));
      answers.push(await ask({ kind: 'password', host: 'shop-1', subject: 'ana', attempt: 1 }));
    });
    port.say(call(1, 'hosts.add'));
    for (const answer of [{ value: 'open sesame', remember: true }, { value: null }, { value: true }, { value: null }, { value: true }]) {
      await settled();
      port.say({ type: 'answer', id: 1, asked: port.of('ask').length, ...answer });
    }
    await settled();
    const [secret, ...rest] = answers;
    expect(secret).toBeInstanceOf(Secret);
    expect((secret as Secret).reveal()).toBe('open sesame');
    expect((secret as Secret).remember).toBe(true);
    // A decision is no password.
    expect(rest).toEqual([undefined, true, false, undefined]);
    expect(JSON.stringify(port.received)).not.toContain('sesame');
  });

  it('says that nobody is there any more to what still asks after the outcome, so that others who wait for it are asked instead', async () => {
    const late: unknown[] = [];
    const { port } = door(async (_name, _input, { ask }) => {
      void ask({ kind: 'confirm', text: 'First?', lines: [], verb: 'Yes' }).catch((error) => late.push(error.problem));
      setTimeout(() => void ask({ kind: 'confirm', text: 'Late?', lines: [], verb: 'Yes' }).catch((error) => late.push(error.problem)), 5);
    });
    port.say(call(1));
    await settled(20);
    expect(late).toEqual(['cancelled', 'cancelled']);
    expect(port.of('ask')).toHaveLength(1);
  });

  it('lets a change go on when the window goes, and ends what only told it something', async () => {
    const ended: string[] = [];
    const { port } = door(async (name, input, carrier) => {
      await forever(name, input, carrier).catch(() => ended.push(name));
    });
    for (const [id, name] of ['deployments.start', 'hosts.watch', 'hosts.check'].entries()) port.say(call(id, name));
    port.close();
    await settled(10);
    expect(ended.sort()).toEqual(['hosts.check', 'hosts.watch']);
    expect(port.received).toEqual([]);
  });

  it('refuses the call after the 200th open one, and an id that is in use', async () => {
    let started = 0;
    const { port } = door((...args) => {
      started += 1;
      return forever(...args);
    });
    for (let id = 0; id < messageLimits.openCalls + 10; id++) port.say(call(id));
    port.say(call(0));
    await settled();
    expect(started).toBe(messageLimits.openCalls);
    expect(port.of('outcome')).toHaveLength(10);
    expect(port.received[0]).toMatchObject({ id: messageLimits.openCalls, outcome: { failure: { problem: 'limit' } } });
  });

  it('drops what is not a message, for every operation there is, without an effect', async () => {
    let started = 0;
    const { port, logged } = door(async () => {
      started += 1;
    });
    const circle: Record<string, unknown> = {};
    circle.me = circle;
    const hostile = [
      circle,
      new Map(),
      new Date(),
      new ArrayBuffer(8),
      () => {},
      Symbol('x'),
      1n,
      'x'.repeat(messageLimits.characters + 1),
      Array(messageLimits.values).fill(0),
      new (class Odd {})(),
    ];
    let id = 0;
    for (const name of operations.keys()) {
      for (const input of hostile) port.say({ type: 'call', id: ++id, name, input });
      for (const strange of [
        undefined,
        null,
        7,
        'call',
        [],
        {},
        { type: 'call', name },
        { type: 'call', id: 'x', name, input: {} },
        { type: 'call', id: 1.5, name, input: {} },
        { type: 'shutdown', id: 1 },
      ])
        port.say(strange);
    }
    await settled();
    expect(started).toBe(0);
    expect(port.received.every(({ outcome }) => (outcome as { failure?: { problem: string } }).failure?.problem === 'limit')).toBe(true);
    expect(port.received).toHaveLength(operations.size * hostile.length);
    expect(logged).toEqual([]);
  });

  it('answers with a bug where a value cannot be sent at all', async () => {
    const { port, logged } = door(async () => ({ broken: () => {} }));
    port.say(call(1));
    await settled();
    expect(port.received).toMatchObject([{ id: 1, outcome: { ok: false, failure: { problem: 'bug' } } }]);
    expect(logged).toHaveLength(1);
  });
});

describe('the size of a message', () => {
  it('is judged without walking into the deep', () => {
    let deep: unknown = [];
    for (let depth = 0; depth < 100_000; depth++) deep = [deep];
    expect(isPlainAndSmall(deep)).toBe(false);
    expect(isPlainAndSmall({ type: 'call', id: 1, name: 'hosts.list', input: { a: [1, 'x', null, true, undefined] } })).toBe(true);
  });
});
