import type { z } from 'zod';
import type { Board, ToBackend, ToPage } from '../../shared/bridge.ts';
import type { Contract } from '../../shared/contract/index.ts';
import type { Operation } from '../../shared/contract/operation.ts';
import type { Question } from '../../shared/contract/questions.ts';
import { Failure } from '../../shared/errors.ts';
import { shown } from './shown.ts';

declare global {
  interface Window {
    board: Board;
  }
}

/** Every operation by its full name: `hosts.add`, `apps.list`. */
export type OperationName = { [Noun in keyof Contract & string]: `${Noun}.${keyof Contract[Noun] & string}` }[keyof Contract & string];
type Declared<Name extends OperationName> = Name extends `${infer Noun}.${infer Verb}`
  ? Noun extends keyof Contract
    ? Verb extends keyof Contract[Noun]
      ? Contract[Noun][Verb] extends Operation<infer I, infer O, infer E>
        ? { input: z.input<I>; output: z.output<O>; event: z.output<E> }
        : never
      : never
    : never
  : never;
export type Input<Name extends OperationName> = Declared<Name>['input'];
export type Output<Name extends OperationName> = Declared<Name>['output'];
export type Event<Name extends OperationName> = Declared<Name>['event'];

/** What a person answers: the value, null for "not now", and whether a secret may be kept in the keyring. */
export interface Answer {
  value: string | boolean | null;
  remember?: boolean;
}

export interface CallOptions<E> {
  signal?: AbortSignal | undefined;
  onEvent?: ((event: E) => void) | undefined;
}

interface Open {
  resolve(value: unknown): void;
  reject(error: Failure): void;
  onEvent: ((event: never) => void) | undefined;
  taken: number;
  told: boolean;
}

/** How this page calls operations: one control port to the backend, asked for again whenever the backend comes back. */
export interface Api {
  call<Name extends OperationName>(name: Name, input: Input<Name>, options?: CallOptions<Event<Name>>): Promise<Output<Name>>;
  /** Who answers questions in the middle of a call; without one everything is declined. */
  onAsk(asker: (question: Question) => Promise<Answer>): void;
  /** Called with the state now and at each change. */
  onState(listener: (state: 'up' | 'gone' | 'failed') => void): () => void;
}

const gone = () =>
  new Failure('unknown-outcome', "ForgeBoard's background process ended while this ran", {
    hint: 'It starts again by itself. What runs on a server goes on there and is found again.',
  });

/** @param board what preload put on the window; @param page where its ports arrive. */
export function createApi(board: Board, page: Window): Api {
  const open = new Map<number, Open>();
  const states = new Set<(state: 'up' | 'gone' | 'failed') => void>();
  let asker: (question: Question) => Promise<Answer> = async () => ({ value: null });
  let state: 'up' | 'gone' | 'failed' = 'up';
  let port: MessagePort | undefined;
  let waiting: (() => void)[] = [];
  let last = 0;

  page.addEventListener('message', (message: MessageEvent) => {
    const [arrived] = message.ports;
    if (message.source !== page || message.data?.board !== 'port' || message.data.kind !== 'control' || arrived === undefined) return;
    port = arrived;
    port.onmessage = ({ data }: MessageEvent<ToPage>) => receive(data);
    for (const ready of waiting) ready();
    waiting = [];
  });

  board.onBackend((told) => {
    const before = state;
    state = told.state;
    if (state !== 'up') {
      port?.close();
      port = undefined;
      for (const call of open.values()) call.reject(gone());
      open.clear();
    } else if (before !== 'up' || port === undefined) board.connect('control');
    for (const listener of states) listener(state);
  });

  const post = (message: ToBackend) => port?.postMessage(message);

  function receive(message: ToPage): void {
    const call = open.get(message.id);
    if (call === undefined) return;
    if (message.type === 'event') {
      take(message.id, call, message.event);
      return;
    }
    if (message.type === 'ask') {
      void ask(message.id, message.asked, message.question);
      return;
    }
    open.delete(message.id);
    if (message.outcome.ok) call.resolve(shown(message.outcome.value));
    else call.reject(Failure.from(shown(message.outcome.failure)));
  }

  /** Acknowledged together, after what arrived at once was drawn: a slow page holds its sender back. */
  function take(id: number, call: Open, event: unknown): void {
    call.onEvent?.(shown(event) as never);
    call.taken += 1;
    if (call.told) return;
    call.told = true;
    setTimeout(() => {
      call.told = false;
      if (open.has(id)) post({ type: 'taken', id, events: call.taken });
    }, 0);
  }

  async function ask(id: number, asked: number, question: Question): Promise<void> {
    const answer = await asker(shown(question) as Question).catch((): Answer => ({ value: null }));
    if (open.has(id)) post({ type: 'answer', id, asked, ...answer });
  }

  const connected = () =>
    new Promise<void>((resolve, reject) => {
      if (port !== undefined) resolve();
      else if (state === 'failed') reject(new Failure('bug', "ForgeBoard's background process does not start", { hint: 'Quit and start ForgeBoard again.' }));
      else waiting.push(resolve);
    });

  return {
    async call(name, input, { signal, onEvent } = {}) {
      await connected();
      if (signal?.aborted) throw new Failure('cancelled', 'Cancelled');
      last += 1;
      const id = last;
      const outcome = new Promise((resolve, reject) => open.set(id, { resolve, reject, onEvent: onEvent as Open['onEvent'], taken: 0, told: false }));
      const cancel = () => {
        post({ type: 'cancel', id });
        open.get(id)?.reject(new Failure('cancelled', 'Cancelled'));
        open.delete(id);
      };
      signal?.addEventListener('abort', cancel, { once: true });
      post({ type: 'call', id, name, input });
      return (outcome as Promise<never>).finally(() => signal?.removeEventListener('abort', cancel));
    },
    onAsk: (given) => {
      asker = given;
    },
    onState(listener) {
      states.add(listener);
      listener(state);
      return () => states.delete(listener);
    },
  };
}
