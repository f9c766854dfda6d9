import { Agent, get } from 'node:http';

export interface Load {
  /** Stops sending and waits for what is under way. */
  stop(): Promise<{ sent: number; failed: number; reasons: string[] }>;
}

/** Asks a page again and again from four visitors, two of whom keep their connection, until it is stopped. */
export function startLoad(url: string, everyMs = 20): Load {
  const reasons = new Map<string, number>();
  let [sent, failed, running] = [0, 0, true];

  const visitor = async (keepAlive: boolean) => {
    const agent = new Agent({ keepAlive, maxSockets: 1 });
    while (running) {
      sent += 1;
      const wrong = await ask(url, agent);
      if (wrong !== null) {
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
      return { sent, failed, reasons: [...reasons].map(([reason, times]) => `${times} × ${reason}`) };
    },
  };
}

/** What went wrong with one request, or null. */
export function ask(url: string, agent?: Agent): Promise<string | null> {
  return new Promise((resolve) => {
    const request = get(url, { ...(agent !== undefined && { agent }), timeout: 10_000 }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode === 200 ? null : `status ${response.statusCode}`));
      response.on('error', (error) => resolve(error.message));
    });
    request.on('timeout', () => request.destroy(new Error('no answer in 10 s')));
    request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}
