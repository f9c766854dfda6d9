import { Failure } from '../../../shared/errors.ts';

/** The port that a ticket stands for. */
export function terminalPort(ticket: string): Promise<MessagePort> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      removeEventListener('message', take);
      reject(new Failure('timeout', 'The terminal was not connected in ten seconds'));
    }, 10_000);
    const take = (event: MessageEvent) => {
      const [port] = event.ports;
      if (event.source !== window || event.data?.board !== 'port' || event.data.kind !== 'terminal' || event.data.ticket !== ticket || port === undefined) return;
      clearTimeout(timer);
      removeEventListener('message', take);
      resolve(port);
    };
    addEventListener('message', take);
    window.board.connect('terminal', ticket);
  });
}
