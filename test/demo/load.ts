import { Agent, get } from 'node:http';
import { Agent as TlsAgent, get as getTls } from 'node:https';

export interface Load {
  /** Stops sending and waits for what is under way. times: milliseconds of the requests that were answered. */
  stop(): Promise<{ sent: number; failed: number; reasons: string[]; times: number[]; again: number }>;
}

interface Visitors {
  /** The name that the page is asked for by, where it is not the address; of HTTPS any certificate is taken then. */
  name?: string;
  /**
   * What browsers do: a request that crosses with the end of a kept connection, before a byte of an answer, is asked again
   * on a new one (RFC 9110, 9.2.2). nginx ends those that are idle when it is reloaded. Counted as `again`.
   */
  asksAgain?: boolean;
}

/** Asks a page again and again from four visitors, two of whom keep their connection, until it is stopped. */
export function startLoad(url: string, everyMs = 20, { name, asksAgain = false }: Visitors = {}): Load {
  const reasons = new Map<string, number>();
  const times: number[] = [];
  let [sent, failed, again, running] = [0, 0, 0, true];

  const visitor = async (keepAlive: boolean) => {
    const agent = url.startsWith('https:')
      ? new TlsAgent({ keepAlive, maxSockets: 1, servername: name ?? '', rejectUnauthorized: false })
      : new Agent({ keepAlive, maxSockets: 1 });
    while (running) {
      sent += 1;
      const from = performance.now();
      let wrong = await ask(url, agent, name);
      if (wrong === ended && asksAgain) {
        again += 1;
        wrong = await ask(url, agent, name);
      }
      if (wrong === null) times.push(performance.now() - from);
      else {
        failed += 1;
        reasons.set(wrong, (reasons.get(wrong) ?? 0) + 1);
      }
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
    agent.destroy();
  };
  const visitors = [true, true, false, false].map(visitor);
  return {
    async stop() {
      running = false;
      await Promise.all(visitors);
      return { sent, failed, reasons: [...reasons].map(([reason, count]) => `${count} × ${reason}`), times, again };
    },
  };
}

const ended = 'ECONNRESET of a kept connection';

/** What went wrong with one request, or null. */
export function ask(url: string, agent?: Agent, name?: string): Promise<string | null> {
  return new Promise((resolve) => {
    const asked = url.startsWith('https:') ? getTls : get;
    const request = asked(url, { ...(agent !== undefined && { agent }), ...(name !== undefined && { headers: { host: name } }), timeout: 10_000 }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode === 200 ? null : `status ${response.statusCode}`));
      response.on('error', (error) => resolve(error.message));
    });
    request.on('timeout', () => request.destroy(new Error('no answer in 10 s')));
    request.on('error', (error: NodeJS.ErrnoException) => resolve(request.reusedSocket && error.code === 'ECONNRESET' ? ended : (error.code ?? error.message)));
  });
}
