import { messageLimits, type ToBackend, type ToPage, toBackend } from '../../shared/bridge.ts';
import { Failure } from '../../shared/errors.ts';
import { type Actor, type Dispatch, operations } from '../dispatch.ts';
import { Call } from './ipc/call.ts';
import { isPlainAndSmall } from './ipc/limits.ts';

/** A MessagePort as Electron's processes have it: nothing here needs Electron itself. */
export interface Port {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (message: { data: unknown }) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  start(): void;
  close(): void;
}

export interface WindowDoor {
  dispatch: Dispatch;
  actor: Actor;
  log(text: string): void;
}

/** Serves one page's control port until it closes. Whatever the page sends, this process lives on. */
export function serveControl(port: Port, door: WindowDoor): void {
  const calls = new Map<number, Call>();
  let open = true;
  const post = (message: ToPage): void => {
    if (open) port.postMessage(message);
  };
  const refuse = (id: number, failure: Failure) => post({ type: 'outcome', id, outcome: { ok: false, failure: failure.toJSON() } });

  const begin = ({ id, name, input }: Extract<ToBackend, { type: 'call' }>): void => {
    // The same id twice would let one call's answer pass for another's.
    if (calls.has(id)) return;
    if (calls.size >= messageLimits.openCalls) {
      refuse(id, new Failure('limit', `${messageLimits.openCalls} calls are open already`));
      return;
    }
    const call = new Call(id, post, operations.get(name)?.kind === 'command');
    calls.set(id, call);
    door
      .dispatch(name, input, { actor: door.actor, emit: (event) => call.emit(event), ask: (question) => call.ask(question), signal: call.controller.signal })
      .then((outcome) => post({ type: 'outcome', id, outcome }))
      .catch((error: unknown) => {
        // An answer that cannot be copied to another process is a fault of ours, and the page must not wait for ever.
        door.log(`ipc: the outcome of ${name} could not be sent: ${String(error)}`);
        refuse(id, new Failure('bug', 'The answer could not be brought to the window', { hint: 'The log says more.' }));
      })
      .finally(() => {
        calls.delete(id);
        call.end();
      });
  };

  const take = (data: unknown): void => {
    if (!isPlainAndSmall(data)) {
      const id = idOf(data);
      if (id !== undefined && !calls.has(id)) refuse(id, new Failure('limit', 'The message is too large'));
      return;
    }
    const parsed = toBackend.safeParse(data);
    if (!parsed.success) return;
    const message = parsed.data;
    const call = calls.get(message.id);
    if (message.type === 'call') begin(message);
    else if (message.type === 'cancel') call?.cancel();
    else if (message.type === 'taken') call?.taken(message.events);
    else call?.answer(message.asked, message.value, message.remember ?? false);
  };

  port.on('message', ({ data }) => {
    try {
      take(data);
    } catch (error) {
      door.log(`ipc: a message was dropped: ${String(error)}`);
    }
  });
  port.on('close', () => {
    open = false;
    for (const call of calls.values()) call.leave();
  });
  port.start();
}

/** The call that an unreadable message is about, without trusting anything else of it. */
function idOf(data: unknown): number | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const { type, id } = data as Record<string, unknown>;
  return type === 'call' && Number.isInteger(id) ? (id as number) : undefined;
}
