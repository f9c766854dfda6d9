import { describe, expect, it } from 'vitest';
import { createApi } from '../../../renderer/lib/api.ts';
import { Failure } from '../../../shared/errors.ts';
import { type Answers, fakeBoard, usualAnswers } from '../board.ts';
import { logLines } from '../facts.ts';

const open = (answers: Answers = {}) => {
  const board = fakeBoard({ ...usualAnswers(), ...answers });
  return { board, api: createApi(board, window) };
};
const settled = () => new Promise((resolve) => setTimeout(resolve, 40));

describe('the client of the control port', () => {
  it('answers calls, and brings a failure with its words and its field', async () => {
    const { api } = open({
      'hosts.add': () => {
        throw new Failure('exists', 'A server called fra-1 is known already', { field: 'name', hint: 'Forget it first' });
      },
    });
    expect((await api.call('hosts.list', {})).hosts.map(({ name }) => name)).toEqual(['fra-1', 'hel-2', 'nbg-lab']);
    await expect(api.call('hosts.add', { name: 'fra-1', address: 'root@a' })).rejects.toMatchObject({ problem: 'exists', field: 'name', hint: 'Forget it first' });
  });

  it('tells events in order, says how many it has taken, and cancels by its signal', async () => {
    const { api, board } = open();
    const abort = new AbortController();
    const seen: object[] = [];
    const tail = api.call('logs.tail', { app: 'shop-api', host: 'fra-1', follow: true }, { signal: abort.signal, onEvent: (event) => void seen.push(event) });
    const places = 2;
    await expect.poll(() => seen.length).toBe(logLines.length + places);
    expect(seen.map((event) => 'at' in event && event.at).filter(Boolean)).toEqual(logLines.map(({ at }) => at));
    await expect.poll(() => board.sent.filter(({ type }) => type === 'taken').at(-1)).toMatchObject({ events: logLines.length + places });
    abort.abort();
    await expect(tail).rejects.toMatchObject({ problem: 'cancelled' });
    await settled();
    expect(board.sent.at(-1)?.type).toBe('cancel');
  });

  it('shows control and bidi characters of a server as marks, wherever they stand', async () => {
    const { api } = open();
    const seen: string[] = [];
    const abort = new AbortController();
    api.call('logs.tail', { app: 'shop-api', host: 'fra-1' }, { signal: abort.signal, onEvent: (event) => void (event.type === 'line' && seen.push(event.text)) }).catch(() => {});
    await settled();
    abort.abort();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not come through
    expect(seen.join('')).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u202a-\u202e]/);
    expect(seen.join('')).toContain('\\u{202e}gpj.exe\\u{202c} and a bell \\u{7} and \\u{1b}[31mred');
  });

  it('asks the person in the middle of a call, with what may be remembered', async () => {
    const { api, board } = open({
      'hosts.connect': async (_input, { ask }) => ({ connected: (await ask({ kind: 'password', host: 'fra-1', subject: 'root on fra-1', attempt: 1 })) === 'secret' }),
    });
    api.onAsk(async (question) => ({ value: question.kind === 'password' ? 'secret' : null, remember: true }));
    expect(await api.call('hosts.connect', { name: 'fra-1' })).toEqual({ connected: true });
    expect(board.sent.find(({ type }) => type === 'answer')).toMatchObject({ value: 'secret', remember: true });
  });

  it('fails what is open when the backend ends, waits while it is away, and goes on when it is back', async () => {
    const { api, board } = open();
    const open1 = api.call('deployments.start', { folder: 'folder-1', host: 'fra-1', app: 'shop-api' });
    await settled();
    board.setBackend('gone');
    await expect(open1).rejects.toMatchObject({ problem: 'unknown-outcome' });
    const waiting = api.call('hosts.list', {});
    board.setBackend('up');
    expect((await waiting).hosts).toHaveLength(3);
    board.setBackend('gone');
    board.setBackend('failed');
    await expect(api.call('hosts.list', {})).rejects.toMatchObject({ problem: 'bug' });
  });
});
